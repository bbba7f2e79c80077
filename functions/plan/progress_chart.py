"""The way planned and the way walked, drawn: how far from the target each day was to end, and how far it went.

All style stands in attributes: a picture that is opened by itself may load nothing, not even a style of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from functions.plan.rules.review import Walked

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 68, 28, 44, 48
FONT = 'font-family="system-ui, sans-serif" font-size="13"'
MOST_LABELS = 8
VISIBLE = 0.02
PLANNED, ADAPTED = "6 5", "1 7"  # dashes and dots


class Theme(NamedTuple):
    page: str
    ink: str
    faint: str
    planned: str
    walked: str


THEMES: Mapping[str, Theme] = {
    "light": Theme("#ffffff", "#1f2430", "#d8dce4", "#5b6577", "#0b6e4f"),
    "dark": Theme("#14171d", "#eef1f6", "#353b47", "#9aa5b8", "#5fd3a6"),
}


def draw(days: Sequence[Walked], theme: Literal["light", "dark"]) -> str:
    colours = THEMES[theme]
    scale = _Scale(days)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
            f' aria-labelledby="title desc" {FONT}>',
            '<title id="title">The way planned and the way walked</title>',
            f'<desc id="desc">{_described(days)}</desc>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="{colours.page}"/>',
            *_axes(days, scale, colours),
            _line(
                [(d.number, d.planned) for d in days], scale, f'stroke="{colours.planned}" stroke-dasharray="{PLANNED}"'
            ),
            *_adapted_line(days, scale, colours),
            _line(_felt(days), scale, f'stroke="{colours.walked}"'),
            *(_dot(*place, scale, colours) for place in _felt(days)),
            *_legend(colours, adapted=bool(_adapted(days))),
            "</svg>",
        ]
    )


class _Scale:
    def __init__(self, days: Sequence[Walked]) -> None:
        distances = [distance for d in days for distance in (d.planned, d.aimed, d.walked) if distance is not None]
        self._first, self._last = days[0].number, days[-1].number
        self._furthest = max(*distances, 0.5) * 1.08

    def x(self, number: int) -> float:
        share = (number - self._first) / max(self._last - self._first, 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT - 12) + 6, 1)

    def y(self, distance: float) -> float:
        return round(HEIGHT - BOTTOM - distance / self._furthest * (HEIGHT - TOP - BOTTOM), 1)


def _axes(days: Sequence[Walked], scale: _Scale, colours: Theme) -> Iterator[str]:
    yield (
        f'<line x1="{LEFT}" y1="{scale.y(0)}" x2="{WIDTH - RIGHT}" y2="{scale.y(0)}" stroke="{colours.faint}"'
        ' stroke-width="2"/>'
    )
    yield f'<text x="{LEFT - 8}" y="{scale.y(0) + 4}" fill="{colours.ink}" text-anchor="end">target</text>'
    yield f'<text x="{LEFT - 8}" y="{TOP + 4}" fill="{colours.ink}" text-anchor="end">further</text>'
    every = -(-len(days) // MOST_LABELS)
    for day in days[::every]:
        yield (
            f'<text x="{scale.x(day.number)}" y="{HEIGHT - BOTTOM + 20}" fill="{colours.ink}" text-anchor="middle">'
            f"{day.date.day} {day.date:%b}</text>"
        )


def _legend(colours: Theme, *, adapted: bool) -> Iterator[str]:
    lines = [
        ("planned", f'stroke="{colours.planned}" stroke-dasharray="{PLANNED}"'),
        ("walked", f'stroke="{colours.walked}"'),
        ("since adapted", f'stroke="{colours.planned}" stroke-dasharray="{ADAPTED}" stroke-linecap="round"'),
    ]
    for place, (word, style) in enumerate(lines if adapted else lines[:2]):
        x = LEFT + 120 * place
        yield f'<line x1="{x}" y1="20" x2="{x + 28}" y2="20" stroke-width="3" {style}/>'
        yield f'<text x="{x + 36}" y="24" fill="{colours.ink}">{word}</text>'


def _adapted_line(days: Sequence[Walked], scale: _Scale, colours: Theme) -> Iterator[str]:
    if adapted := _adapted(days):
        style = f'stroke="{colours.planned}" stroke-dasharray="{ADAPTED}" stroke-linecap="round"'
        yield _line(adapted, scale, style)


def _adapted(days: Sequence[Walked]) -> list[tuple[int, float]]:
    """From the first day that is no longer as it was planned."""
    bent = [day.number for day in days if abs(day.aimed - day.planned) > VISIBLE]
    return [(day.number, day.aimed) for day in days if bent and day.number >= bent[0]]


def _felt(days: Iterable[Walked]) -> list[tuple[int, float]]:
    return [(day.number, day.walked) for day in days if day.walked is not None]


def _line(places: Iterable[tuple[int, float]], scale: _Scale, style: str) -> str:
    points = " ".join(f"{scale.x(number)},{scale.y(distance)}" for number, distance in places)
    return f'<polyline points="{points}" fill="none" stroke-width="3" stroke-linejoin="round" {style}/>'


def _dot(number: int, distance: float, scale: _Scale, colours: Theme) -> str:
    return (
        f'<circle cx="{scale.x(number)}" cy="{scale.y(distance)}" r="4.5" fill="{colours.walked}"'
        f' stroke="{colours.page}" stroke-width="2"/>'
    )


def _described(days: Sequence[Walked]) -> str:
    """The same for those who cannot see it."""
    felt = [day for day in days if day.walked is not None]
    if not felt:
        return f"A plan of {len(days)} days. No mood was recorded on any of them yet."
    nearer = sum(day.walked <= day.planned for day in felt if day.walked is not None)
    return (
        f"A plan of {len(days)} days. Days with a mood: {len(felt)}. "
        f"Days on which it was as near to the target as planned, or nearer: {nearer}."
    )
