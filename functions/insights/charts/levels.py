"""Five levels of a mood, each with a colour. People with any of the common colour blindnesses can tell them apart."""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from shared import svg
from shared.svg import THEMES, ThemeName

BOUNDS = (-4.0, -1.5, 1.5, 4.0)  # of the scale from -10 to 10
COLOURS: Mapping[ThemeName, Sequence[str]] = {
    "light": ("#9c4a06", "#e8a860", "#c9ced8", "#74a9e0", "#1a539b"),
    "dark": ("#ffb566", "#a8652a", "#4a5160", "#3d77b8", "#8cc4ff"),
}
BRIGHT = 0.18  # the relative luminance from which black text is easier to read than white
LINEAR_UNTIL = 0.04045  # of a channel of sRGB
SQUARE = 12
LINE = 20


class Ink(NamedTuple):
    fill: str
    text: str


class Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float


def level_of(value: float) -> int:
    """0 for the lowest level, 4 for the highest."""
    return bisect(BOUNDS, value)


def ink_of(value: float, theme: ThemeName) -> Ink:
    fill = COLOURS[theme][level_of(value)]
    return Ink(fill, "#14171d" if luminance(fill) > BRIGHT else "#ffffff")


def luminance(colour: str) -> float:
    """The relative luminance of WCAG."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        channel / 12.92 if channel <= LINEAR_UNTIL else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def legend(left: float, top: float, width: float, words: Sequence[str], theme: ThemeName) -> Iterator[str]:
    """A square for each level, with its word. A word more than there are levels has an empty square."""
    colours = THEMES[theme]
    for place, word, fill in zip(_places(width, words), words, [*COLOURS[theme], "none"], strict=False):
        x, y = left + place.x, top + LINE * place.line
        yield rect(Box(x, y, SQUARE, SQUARE), fill, f'stroke="{colours.muted}"' if fill == "none" else "")
        yield svg.label(x + SQUARE + 6, y + 11, word, colours.ink)


def legend_height(width: float, words: Sequence[str]) -> float:
    return LINE * (_places(width, words)[-1].line + 1)


class _Place(NamedTuple):
    x: float
    line: int


def _places(width: float, words: Sequence[str]) -> list[_Place]:
    """Where each word stands, on as many lines as they need."""
    places, x, line = list[_Place](), 0.0, 0
    for word in words:
        needed = SQUARE + svg.text_width(word) + 20
        if x and x + needed > width:
            x, line = 0.0, line + 1
        places.append(_Place(x, line))
        x += needed
    return places


def rect(box: Box, fill: str, attributes: str = "") -> str:
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" fill="{fill}"'
        f" {attributes}/>"
    )
