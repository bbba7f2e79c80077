"""Draws the progress of a plan as SVG: by day, the distance from the target, planned, adjusted and actual."""

from collections.abc import Iterable, Iterator, Sequence

from functions.plan.rules.review import DayDistances
from functions.plan.texts import ProgressChartTexts
from shared import svg
from shared.svg import THEMES, Size, Theme, ThemeName

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 68, 28, 44, 48
MAX_LABELS = 8
VISIBLE_DIFFERENCE = 0.02
PLANNED, ADJUSTED = "6 5", "1 7"  # dashes and dots


def draw_chart(days: Sequence[DayDistances], theme: ThemeName, texts: ProgressChartTexts) -> str:
    colours = THEMES[theme]
    scale = _Scale(days)
    planned = f'stroke="{colours.muted}" stroke-dasharray="{PLANNED}"'
    parts = [
        *_axes(days, scale, colours, texts),
        _line([(day.number, day.planned) for day in days], scale, planned),
        *_adjusted_line(days, scale, colours),
        _line(_actual(days), scale, f'stroke="{colours.accent}"'),
        *(svg.dot(scale.x(number), scale.y(distance), colours) for number, distance in _actual(days)),
        *_legend(colours, texts, adjusted=bool(_adjusted(days))),
    ]
    return svg.document(Size(WIDTH, HEIGHT), colours, texts.title, _description(days, texts), parts)


class _Scale:
    def __init__(self, days: Sequence[DayDistances]) -> None:
        distances = [distance for d in days for distance in (d.planned, d.adjusted, d.actual) if distance is not None]
        self._first, self._last = days[0].number, days[-1].number
        self._furthest = max(*distances, 0.5) * 1.08

    def x(self, number: int) -> float:
        share = (number - self._first) / max(self._last - self._first, 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT - 12) + 6, 1)

    def y(self, distance: float) -> float:
        return round(HEIGHT - BOTTOM - distance / self._furthest * (HEIGHT - TOP - BOTTOM), 1)


def _axes(days: Sequence[DayDistances], scale: _Scale, colours: Theme, texts: ProgressChartTexts) -> Iterator[str]:
    yield (
        f'<line x1="{LEFT}" y1="{scale.y(0)}" x2="{WIDTH - RIGHT}" y2="{scale.y(0)}" stroke="{colours.faint}"'
        ' stroke-width="2"/>'
    )
    yield f'<text x="{LEFT - 8}" y="{scale.y(0) + 4}" fill="{colours.ink}" text-anchor="end">{texts.target}</text>'
    yield f'<text x="{LEFT - 8}" y="{TOP + 4}" fill="{colours.ink}" text-anchor="end">{texts.further}</text>'
    step = -(-len(days) // MAX_LABELS)
    for day in days[::step]:
        yield (
            f'<text x="{scale.x(day.number)}" y="{HEIGHT - BOTTOM + 20}" fill="{colours.ink}" text-anchor="middle">'
            f"{texts.day(day.date)}</text>"
        )


def _legend(colours: Theme, texts: ProgressChartTexts, *, adjusted: bool) -> Iterator[str]:
    lines = [
        (texts.planned, f'stroke="{colours.muted}" stroke-dasharray="{PLANNED}"'),
        (texts.walked, f'stroke="{colours.accent}"'),
        (texts.adapted, f'stroke="{colours.muted}" stroke-dasharray="{ADJUSTED}" stroke-linecap="round"'),
    ]
    for column, (label, style) in enumerate(lines if adjusted else lines[:2]):
        x = LEFT + 120 * column
        yield f'<line x1="{x}" y1="20" x2="{x + 28}" y2="20" stroke-width="3" {style}/>'
        yield f'<text x="{x + 36}" y="24" fill="{colours.ink}">{label}</text>'


def _adjusted_line(days: Sequence[DayDistances], scale: _Scale, colours: Theme) -> Iterator[str]:
    if adjusted := _adjusted(days):
        style = f'stroke="{colours.muted}" stroke-dasharray="{ADJUSTED}" stroke-linecap="round"'
        yield _line(adjusted, scale, style)


def _adjusted(days: Sequence[DayDistances]) -> list[tuple[int, float]]:
    """The adjusted distances, from the first day that differs from the plan as it was at first."""
    changed = [day.number for day in days if abs(day.adjusted - day.planned) > VISIBLE_DIFFERENCE]
    return [(day.number, day.adjusted) for day in days if changed and day.number >= changed[0]]


def _actual(days: Iterable[DayDistances]) -> list[tuple[int, float]]:
    return [(day.number, day.actual) for day in days if day.actual is not None]


def _line(distances: Iterable[tuple[int, float]], scale: _Scale, style: str) -> str:
    return svg.line(((scale.x(number), scale.y(distance)) for number, distance in distances), style)


def _description(days: Sequence[DayDistances], texts: ProgressChartTexts) -> str:
    """The text alternative for people who cannot see the chart."""
    with_mood = [day for day in days if day.actual is not None]
    if not with_mood:
        return texts.no_mood.format(days=len(days))
    nearer = sum(day.actual <= day.planned for day in with_mood if day.actual is not None)
    return texts.description.format(days=len(days), with_mood=len(with_mood), nearer=nearer)
