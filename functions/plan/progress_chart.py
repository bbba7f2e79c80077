"""Draws the progress of a plan as SVG: by day, the distance from the target, planned, adjusted and actual.

All styles are attributes: a content security policy may forbid style sheets in an SVG that is opened by itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from functions.plan.rules.review import DayDistances

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 68, 28, 44, 48
FONT = 'font-family="system-ui, sans-serif" font-size="13"'
MAX_LABELS = 8
VISIBLE_DIFFERENCE = 0.02
PLANNED, ADJUSTED = "6 5", "1 7"  # dashes and dots


class Theme(NamedTuple):
    page: str
    ink: str
    faint: str
    planned: str
    actual: str


THEMES: Mapping[str, Theme] = {
    "light": Theme("#ffffff", "#1f2430", "#d8dce4", "#5b6577", "#0b6e4f"),
    "dark": Theme("#14171d", "#eef1f6", "#353b47", "#9aa5b8", "#5fd3a6"),
}


def draw_chart(days: Sequence[DayDistances], theme: Literal["light", "dark"]) -> str:
    colours = THEMES[theme]
    scale = _Scale(days)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
            f' aria-labelledby="title desc" {FONT}>',
            '<title id="title">The way planned and the way walked</title>',
            f'<desc id="desc">{_description(days)}</desc>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="{colours.page}"/>',
            *_axes(days, scale, colours),
            _line(
                [(d.number, d.planned) for d in days], scale, f'stroke="{colours.planned}" stroke-dasharray="{PLANNED}"'
            ),
            *_adjusted_line(days, scale, colours),
            _line(_actual(days), scale, f'stroke="{colours.actual}"'),
            *(_dot(*point, scale, colours) for point in _actual(days)),
            *_legend(colours, adjusted=bool(_adjusted(days))),
            "</svg>",
        ]
    )


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


def _axes(days: Sequence[DayDistances], scale: _Scale, colours: Theme) -> Iterator[str]:
    yield (
        f'<line x1="{LEFT}" y1="{scale.y(0)}" x2="{WIDTH - RIGHT}" y2="{scale.y(0)}" stroke="{colours.faint}"'
        ' stroke-width="2"/>'
    )
    yield f'<text x="{LEFT - 8}" y="{scale.y(0) + 4}" fill="{colours.ink}" text-anchor="end">target</text>'
    yield f'<text x="{LEFT - 8}" y="{TOP + 4}" fill="{colours.ink}" text-anchor="end">further</text>'
    step = -(-len(days) // MAX_LABELS)
    for day in days[::step]:
        yield (
            f'<text x="{scale.x(day.number)}" y="{HEIGHT - BOTTOM + 20}" fill="{colours.ink}" text-anchor="middle">'
            f"{day.date.day} {day.date:%b}</text>"
        )


def _legend(colours: Theme, *, adjusted: bool) -> Iterator[str]:
    lines = [
        ("planned", f'stroke="{colours.planned}" stroke-dasharray="{PLANNED}"'),
        ("walked", f'stroke="{colours.actual}"'),
        ("since adapted", f'stroke="{colours.planned}" stroke-dasharray="{ADJUSTED}" stroke-linecap="round"'),
    ]
    for column, (label, style) in enumerate(lines if adjusted else lines[:2]):
        x = LEFT + 120 * column
        yield f'<line x1="{x}" y1="20" x2="{x + 28}" y2="20" stroke-width="3" {style}/>'
        yield f'<text x="{x + 36}" y="24" fill="{colours.ink}">{label}</text>'


def _adjusted_line(days: Sequence[DayDistances], scale: _Scale, colours: Theme) -> Iterator[str]:
    if adjusted := _adjusted(days):
        style = f'stroke="{colours.planned}" stroke-dasharray="{ADJUSTED}" stroke-linecap="round"'
        yield _line(adjusted, scale, style)


def _adjusted(days: Sequence[DayDistances]) -> list[tuple[int, float]]:
    """The adjusted distances, from the first day that differs from the plan as it was at first."""
    changed = [day.number for day in days if abs(day.adjusted - day.planned) > VISIBLE_DIFFERENCE]
    return [(day.number, day.adjusted) for day in days if changed and day.number >= changed[0]]


def _actual(days: Iterable[DayDistances]) -> list[tuple[int, float]]:
    return [(day.number, day.actual) for day in days if day.actual is not None]


def _line(distances: Iterable[tuple[int, float]], scale: _Scale, style: str) -> str:
    points = " ".join(f"{scale.x(number)},{scale.y(distance)}" for number, distance in distances)
    return f'<polyline points="{points}" fill="none" stroke-width="3" stroke-linejoin="round" {style}/>'


def _dot(number: int, distance: float, scale: _Scale, colours: Theme) -> str:
    return (
        f'<circle cx="{scale.x(number)}" cy="{scale.y(distance)}" r="4.5" fill="{colours.actual}"'
        f' stroke="{colours.page}" stroke-width="2"/>'
    )


def _description(days: Sequence[DayDistances]) -> str:
    """The text alternative for people who cannot see the chart."""
    with_mood = [day for day in days if day.actual is not None]
    if not with_mood:
        return f"A plan of {len(days)} days. No mood was recorded on any of them yet."
    nearer = sum(day.actual <= day.planned for day in with_mood if day.actual is not None)
    return (
        f"A plan of {len(days)} days. Days with a mood: {len(with_mood)}. "
        f"Days on which it was as near to the target as planned, or nearer: {nearer}."
    )
