"""The chart of a trend: a line that is interrupted where values are missing.

Of many points the line is the median of longer periods, in a band of their quartiles, and the points are faint dots.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from math import isclose
from statistics import fmean, quantiles
from typing import NamedTuple

from functions.insights.charts.axis import Axis, axis_over
from functions.insights.charts.table import ChartTable
from functions.insights.charts.texts import ChartTexts
from functions.insights.models import Granularity, Trend, TrendPoint
from functions.insights.rules.periods import Period, first_day
from shared import svg
from shared.svg import THEMES, Size, Theme, ThemeName

LEFT, RIGHT, TOP, BOTTOM = 52, 20, 56, 40
SHARE_OF_WIDTH = 0.5  # of the height
LOWEST, HIGHEST = 180, 520
LABEL_WIDTH = 90
MOST_DOTS = 60  # of more points the line shows longer periods
COARSER: dict[Granularity, Period] = {"day": "week", "week": "month", "month": "year"}
FEWEST_FOR_QUARTILES = 2
SUBTITLE_SIZE = 12
LONGEST_STEP: dict[Granularity, int] = {"day": 1, "week": 7, "month": 31, "year": 366}


class Quartiles(NamedTuple):
    """The quartiles of the points of a longer period, in the middle of which they lie."""

    begins: date
    middle: date
    low: float
    median: float
    high: float


def draw_trend(trend: Trend, theme: ThemeName, width: int, texts: ChartTexts) -> str:
    colours = THEMES[theme]
    size = Size(width, round(min(max(width * SHARE_OF_WIDTH, LOWEST), HIGHEST)))
    heading = svg.label(16, 26, svg.shortened(title(trend, texts), width - 32), colours.ink, 'font-weight="600"')
    parts = [heading, *_curve(trend, size, colours, texts)] if trend.points else [heading, _empty(size, colours, texts)]
    return svg.document(size, colours, title(trend, texts), description(trend, texts), parts)


def trend_table(trend: Trend, texts: ChartTexts) -> ChartTable:
    rows = [[texts.day(point.date), _value(point.value, trend, texts), str(point.days)] for point in trend.points]
    return ChartTable(title(trend, texts), description(trend, texts), texts.trend.columns, rows)


def title(trend: Trend, texts: ChartTexts) -> str:
    return texts.trend.title.format(metric=trend.measure or texts.metric(trend.metric))


def description(trend: Trend, texts: ChartTexts) -> str:
    if not trend.points:
        return texts.empty
    values = [point.value for point in trend.points]
    low, high = (_value(value, trend, texts) for value in (min(values), max(values)))
    sentence = texts.trend.description.format(
        period=texts.period(trend.first, trend.last), count=len(values), values=texts.between(low, high)
    )
    return f"{sentence} {_direction(trend, texts)}"


def _direction(trend: Trend, texts: ChartTexts) -> str:
    slope = trend.slope
    if slope is None or slope.low <= 0 <= slope.high:
        return texts.trend.unclear
    factor = _factor(trend)
    numbers = {name: texts.signed(value * factor) for name, value in slope.model_dump().items()}
    return texts.trend.clear.format(slope=numbers["mean"], slope_low=numbers["low"], slope_high=numbers["high"])


def _factor(trend: Trend) -> int:
    """Shares are shown in percent."""
    return 100 if trend.metric.startswith("mood:") else 1


def _value(value: float, trend: Trend, texts: ChartTexts) -> str:
    if _factor(trend) > 1:
        return f"{texts.number(value * 100, 0)} %"
    return texts.number(value, 0 if isclose(value, round(value)) else 1)


def _empty(size: Size, colours: Theme, texts: ChartTexts) -> str:
    return svg.label(16, size.height / 2, svg.shortened(texts.empty, size.width - 32), colours.muted)


def _curve(trend: Trend, size: Size, colours: Theme, texts: ChartTexts) -> Iterator[str]:
    axis = value_axis(trend)
    for tick in axis.ticks:
        y = _y(tick, axis, size)
        weight = 2 if tick == 0 else 1
        yield svg.rule(LEFT, y, size.width - RIGHT, y, f'stroke="{colours.faint}" stroke-width="{weight}"')
        yield svg.label(LEFT - 8, y + 4, _value(tick, trend, texts), colours.ink, 'text-anchor="end"')
    yield from _dates(trend, size, colours, texts)
    if len(trend.points) <= MOST_DOTS or trend.granularity not in COARSER:
        yield from _line(trend, axis, size, colours)
    else:
        subtitle = svg.shortened(texts.trend.spread[trend.granularity], size.width - 32, SUBTITLE_SIZE)
        yield svg.label(16, 44, subtitle, colours.muted, f'font-size="{SUBTITLE_SIZE}"')
        yield from _spread(trend, axis, size, colours)


def _line(trend: Trend, axis: Axis, size: Size, colours: Theme) -> Iterator[str]:
    for run in runs_of(trend):
        places = [(_x(point.date, trend, size), _y(point.value, axis, size)) for point in run]
        yield svg.line(places, f'stroke="{colours.accent}"')
        yield from (svg.dot(*place, colours) for place in places)


def _spread(trend: Trend, axis: Axis, size: Size, colours: Theme) -> Iterator[str]:
    """The band with its line, over the points. A period without points on either side has a dot."""
    for point in trend.points:
        place = _x(point.date, trend, size), _y(point.value, axis, size)
        yield svg.faint_dot(*place, colours)
    for run in _runs_of_spreads(trend):
        xs = [_x(spread.middle, trend, size) for spread in run]
        low, median, high = (
            [_y(value, axis, size) for value in values] for values in zip(*(spread[2:] for spread in run), strict=True)
        )
        yield svg.band([*zip(xs, high, strict=True)], [*zip(xs, low, strict=True)], colours)
        yield svg.line(zip(xs, median, strict=True), f'stroke="{colours.accent}" stroke-linecap="round"', 2.5)
        if len(run) == 1:
            yield svg.dot(xs[0], median[0], colours)


def spreads_of(trend: Trend) -> list[Quartiles]:
    """The quartiles of each week, month or year that has points."""
    grouped: dict[date, list[TrendPoint]] = defaultdict(list)
    for point in trend.points:
        grouped[first_day(COARSER[trend.granularity], point.date)].append(point)
    return [_spread_of(begins, points) for begins, points in grouped.items()]


def _spread_of(begins: date, points: Sequence[TrendPoint]) -> Quartiles:
    values = [point.value for point in points]
    few = len(values) < FEWEST_FOR_QUARTILES
    low, median, high = values * 3 if few else quantiles(values, n=4, method="inclusive")
    middle = date.fromordinal(round(fmean(point.date.toordinal() for point in points)))
    return Quartiles(begins, middle, low, median, high)


def _runs_of_spreads(trend: Trend) -> list[list[Quartiles]]:
    """The periods in groups without a gap."""
    spreads = spreads_of(trend)
    longest, runs = LONGEST_STEP[COARSER[trend.granularity]], [[spreads[0]]]
    for before, after in pairwise(spreads):
        if (after.begins - before.begins).days <= longest:
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs


def value_axis(trend: Trend) -> Axis:
    """Around zero, at least from -5 to 5, for a mood; over all values for the rest."""
    values = [point.value for point in trend.points]
    if trend.metric in ("mood", "arousal"):
        reach = max(5.0, *map(abs, values))
        return axis_over(-reach, reach, 4)
    if trend.scale:
        return axis_over(*trend.scale)
    return axis_over(min(0.0, *values) if trend.metric == "entries" else min(values), max(values))


def _dates(trend: Trend, size: Size, colours: Theme, texts: ChartTexts) -> Iterator[str]:
    """As many dates as fit. In a range of years, they have the year."""
    first, last = trend.points[0].date, trend.points[-1].date
    write = texts.short_day if (last - first).days < LONGEST_STEP["year"] else texts.day
    steps = max(min((size.width - LEFT - RIGHT) // LABEL_WIDTH, (last - first).days), 1)
    for number in range(steps + (last > first)):
        day = first + (last - first) * number / steps
        anchor = "start" if number == 0 else "end" if number == steps else "middle"
        x = _x(day, trend, size)
        yield svg.label(x, size.height - BOTTOM + 24, write(day), colours.ink, f'text-anchor="{anchor}"')


def runs_of(trend: Trend) -> list[list[TrendPoint]]:
    """The points in groups without a gap."""
    runs = [[trend.points[0]]]
    for before, after in pairwise(trend.points):
        if (after.date - before.date).days <= LONGEST_STEP[trend.granularity]:
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs


def _x(day: date, trend: Trend, size: Size) -> float:
    first, last = trend.points[0].date, trend.points[-1].date
    share = (day - first).days / max((last - first).days, 1)
    return round(LEFT + 6 + share * (size.width - LEFT - RIGHT - 12), 1)


def _y(value: float, axis: Axis, size: Size) -> float:
    return round(size.height - BOTTOM - axis.share(value) * (size.height - TOP - BOTTOM), 1)
