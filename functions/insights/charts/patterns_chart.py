"""The chart of patterns: weekdays and times of the day, each with the mean mood as a colour and as a number."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from functions.insights.charts import levels
from functions.insights.charts.levels import Box, Ink
from functions.insights.charts.table import ChartTable
from functions.insights.charts.texts import ChartTexts
from functions.insights.models import HourCell, MoodPatterns
from shared import svg
from shared.svg import THEMES, Size, ThemeName

LEFT, RIGHT, TOP = 40, 16, 64
BLOCK_HOURS = 3
BLOCKS = 24 // BLOCK_HOURS
LOWEST_CELL, HIGHEST_CELL = 26, 56
SMALL = 10  # the font size of numbers in narrow cells
NARROW = 34
FEWEST_ENTRIES = 2  # of a cell with a colour: one entry is no pattern


class Block(NamedTuple):
    weekday: int
    block: int
    mean: float
    entries: int


def draw_patterns(patterns: MoodPatterns, theme: ThemeName, width: int, texts: ChartTexts) -> str:
    colours = THEMES[theme]
    column = (width - LEFT - RIGHT) / BLOCKS
    row = min(max(column * 0.6, LOWEST_CELL), HIGHEST_CELL)
    bottom = TOP + 7 * row + 18
    size = Size(width, round(bottom + levels.legend_height(width - 32, texts.levels) + 12))
    parts = [
        svg.label(16, 26, svg.shortened(texts.patterns.title, width - 32), colours.ink, 'font-weight="600"'),
        *_labels(column, row, theme, texts),
        *_cells(patterns, column, row, theme, texts),
        *levels.legend(16, bottom, width - 32, texts.levels, theme),
    ]
    return svg.document(size, colours, texts.patterns.title, description(patterns, texts), parts)


def patterns_table(patterns: MoodPatterns, texts: ChartTexts) -> ChartTable:
    rows = [
        [texts.weekdays[cell.weekday], f"{cell.hour:02}:00", str(cell.entries), texts.number(cell.mean)]
        for cell in patterns.hours
    ]
    return ChartTable(texts.patterns.title, description(patterns, texts), texts.patterns.columns, rows)


def description(patterns: MoodPatterns, texts: ChartTexts) -> str:
    if not patterns.hours:
        return texts.empty
    caveat = texts.caveats[patterns.coverage.caveat]
    if len(patterns.weekdays) < 2:  # noqa: PLR2004 - one weekday alone is neither the best nor the hardest
        return texts.caveats["few_days"]
    best = max(patterns.weekdays, key=lambda level: level.mean)
    hardest = min(patterns.weekdays, key=lambda level: level.mean)
    period = texts.period(patterns.first, patterns.last)
    sentences = [texts.patterns.description.format(period=period, count=patterns.entries)]
    if best.mean > hardest.mean:
        days = {"best": texts.weekdays[best.weekday], "hardest": texts.weekdays[hardest.weekday]}
        sentences.append(texts.patterns.extremes.format_map(days))
    return " ".join([*sentences, caveat]).rstrip()


def _labels(column: float, row: float, theme: ThemeName, texts: ChartTexts) -> Iterator[str]:
    ink = THEMES[theme].ink
    for block in range(BLOCKS):
        yield svg.label(LEFT + block * column + 2, TOP - 8, f"{block * BLOCK_HOURS:02}", ink)
    for weekday, name in enumerate(texts.weekdays):
        yield svg.label(LEFT - 8, TOP + (weekday + 0.5) * row + 4, name, ink, 'text-anchor="end"')


def _cells(patterns: MoodPatterns, column: float, row: float, theme: ThemeName, texts: ChartTexts) -> Iterator[str]:
    font = f'font-size="{SMALL}"' if column < NARROW else ""
    for cell in _blocks(patterns.hours):
        x, y, ink = LEFT + cell.block * column, TOP + cell.weekday * row, _ink(cell, theme)
        outline = f'stroke="{THEMES[theme].muted}"' if ink.fill == "none" else ""
        yield levels.rect(Box(x + 1, y + 1, column - 2, row - 2), ink.fill, f'rx="4" {outline}')
        number = texts.number(cell.mean, 0 if column < NARROW else 1)
        yield svg.label(
            round(x + column / 2, 1), round(y + row / 2 + 4, 1), number, ink.text, f'text-anchor="middle" {font}'
        )


def _ink(cell: Block, theme: ThemeName) -> Ink:
    return levels.ink_of(cell.mean, theme) if cell.entries >= FEWEST_ENTRIES else Ink("none", THEMES[theme].ink)


def _blocks(cells: list[HourCell]) -> Iterator[Block]:
    """The mean of each three hours."""
    grouped: dict[tuple[int, int], list[HourCell]] = defaultdict(list)
    for cell in cells:
        grouped[cell.weekday, cell.hour // BLOCK_HOURS].append(cell)
    for (weekday, block), members in sorted(grouped.items()):
        entries = sum(cell.entries for cell in members)
        yield Block(weekday, block, sum(cell.mean * cell.entries for cell in members) / entries, entries)
