"""Parts of charts in SVG, in a light and a dark theme.

All styles are attributes: a content security policy may forbid style sheets in an SVG that is opened by itself.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Literal, NamedTuple, TypeAlias
from unicodedata import east_asian_width

FONT_SIZE = 13
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # no XML 1.0 document may have them
CHARACTER = 0.56  # of the font size: the mean width of a character
WIDE = 1.0  # of a character of East Asia

ThemeName: TypeAlias = Literal["light", "dark"]


class Theme(NamedTuple):
    page: str
    ink: str
    faint: str
    muted: str
    accent: str


THEMES: Mapping[ThemeName, Theme] = {
    "light": Theme("#ffffff", "#1f2430", "#d8dce4", "#5b6577", "#0b6e4f"),
    "dark": Theme("#14171d", "#eef1f6", "#353b47", "#9aa5b8", "#5fd3a6"),
}


class Size(NamedTuple):
    width: int
    height: int


def document(size: Size, theme: Theme, title: str, description: str, parts: Iterable[str]) -> str:
    """A picture with a title, and a description for people who cannot see it."""
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size.width} {size.height}" role="img"',
            f' aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="{FONT_SIZE}">',
            f'<title id="title">{xml(title)}</title><desc id="desc">{xml(description)}</desc>',
            f'<rect width="{size.width}" height="{size.height}" rx="12" fill="{theme.page}"/>',
            *parts,
            "</svg>",
        ]
    )


def xml(text: str) -> str:
    """Any text as the content of an element."""
    return escape(NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def label(x: float, y: float, text: str, colour: str, attributes: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" {attributes}>{xml(text)}</text>'


def line(points: Iterable[tuple[float, float]], style: str, weight: float = 3) -> str:
    listed = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{listed}" fill="none" stroke-width="{weight:g}" stroke-linejoin="round" {style}/>'


def rule(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" {style}/>'


def dot(x: float, y: float, theme: Theme, radius: float = 4.5) -> str:
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{theme.accent}" stroke="{theme.page}" stroke-width="2"/>'
    )


def faint_dot(x: float, y: float, theme: Theme) -> str:
    """One of many values behind a line."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="1.8" fill="{theme.accent}" fill-opacity="0.35"/>'


def band(
    upper: Iterable[tuple[float, float]], lower: Sequence[tuple[float, float]], theme: Theme, opacity: float = 0.18
) -> str:
    """The area between two lines."""
    corners = " ".join(f"{x:g},{y:g}" for x, y in (*upper, *reversed(lower)))
    return f'<polygon points="{corners}" fill="{theme.accent}" fill-opacity="{opacity:g}"/>'


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """About how wide a text is: nothing here knows the font of the reader."""
    return size * sum(WIDE if east_asian_width(character) in "WF" else CHARACTER for character in text)


def shortened(text: str, width: float, size: float = FONT_SIZE) -> str:
    """As much of the text as fits, with an ellipsis if that is not all."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
