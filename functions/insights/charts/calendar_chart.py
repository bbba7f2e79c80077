"""The chart of a year: a square for each day, a row for each month."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from datetime import date

from functions.insights.charts import levels
from functions.insights.charts.levels import Box
from functions.insights.charts.table import ChartTable
from functions.insights.charts.texts import ChartTexts
from functions.insights.models import YearCalendar
from shared import svg
from shared.svg import THEMES, Size, ThemeName

LEFT, RIGHT, TOP = 52, 16, 60
DAYS = 31
LOWEST_ROW, HIGHEST_ROW = 16, 44
LABELLED = (1, 5, 10, 15, 20, 25, 30)
WIDE = 400


def draw_calendar(calendar: YearCalendar, theme: ThemeName, width: int, texts: ChartTexts) -> str:
    colours, heading = THEMES[theme], title(calendar, texts)
    column = (width - LEFT - RIGHT) / DAYS
    row = min(max(column, LOWEST_ROW), HIGHEST_ROW)
    words = [*texts.levels, texts.calendar.missing]
    bottom = TOP + 12 * row + 16
    size = Size(width, round(bottom + levels.legend_height(width - 32, words) + 12))
    parts = [
        svg.label(16, 26, svg.shortened(heading, width - 32), colours.ink, 'font-weight="600"'),
        *_labels(column, row, theme, texts),
        *_days(calendar, column, row, theme),
        *levels.legend(16, bottom, width - 32, words, theme),
    ]
    return svg.document(size, colours, heading, description(calendar, texts), parts)


def calendar_table(calendar: YearCalendar, texts: ChartTexts) -> ChartTable:
    rows = [
        [texts.day(day.date), texts.number(day.mean), str(day.entries), texts.moods[day.mood]] for day in calendar.days
    ]
    return ChartTable(title(calendar, texts), description(calendar, texts), texts.calendar.columns, rows)


def title(calendar: YearCalendar, texts: ChartTexts) -> str:
    return texts.calendar.title.format(year=calendar.year)


def description(calendar: YearCalendar, texts: ChartTexts) -> str:
    if not calendar.days:
        return texts.empty
    counts = Counter(levels.level_of(day.mean) for day in calendar.days)
    parts = [f"{texts.levels[level]} {counts[level]}" for level in reversed(range(len(texts.levels)))]
    return texts.calendar.description.format(count=len(calendar.days), levels=", ".join(parts))


def _labels(column: float, row: float, theme: ThemeName, texts: ChartTexts) -> Iterator[str]:
    ink, wide = THEMES[theme].ink, column * DAYS > WIDE
    for day in LABELLED if wide else LABELLED[::3]:
        x = round(LEFT + (day - 0.5) * column, 1)
        yield svg.label(x, TOP - 8, str(day), ink, 'text-anchor="middle"')
    for number, month in enumerate(texts.months):
        yield svg.label(LEFT - 8, round(TOP + (number + 0.5) * row + 4, 1), month, ink, 'text-anchor="end"')


def _days(calendar: YearCalendar, column: float, row: float, theme: ThemeName) -> Iterator[str]:
    means = {day.date: day.mean for day in calendar.days}
    for month in range(1, 13):
        for day in range(1, monthrange(calendar.year, month)[1] + 1):
            mean = means.get(date(calendar.year, month, day))
            x, y = LEFT + (day - 1) * column, TOP + (month - 1) * row
            if mean is None:
                border = f'stroke="{THEMES[theme].faint}"'
                yield levels.rect(Box(x + 1, y + 1, column - 2, row - 2), "none", border)
            else:
                yield levels.rect(Box(x + 0.5, y + 0.5, column - 1, row - 1), levels.ink_of(mean, theme).fill)
