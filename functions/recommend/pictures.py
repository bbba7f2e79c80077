"""Draws a picture for a kind of item and a mood, for items that have none: a sign of the kind over waves of the mood.

The colours are attributes, for light and for unknown themes. A style sheet replaces them in a dark theme.
"""

from collections.abc import Mapping
from functools import cache
from math import pi, sin
from typing import get_args

from starlette.responses import Response

from shared.errors import NotFound
from shared.http import Kind, PublicCall
from shared.moods import MOODS, Mood

WIDTH, HEIGHT = 400, 300
MEDIA_TYPE = "image/svg+xml"
CACHING = "public, max-age=604800"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
LIGHT, DARK = "#ffffff", "#12151b"

# Outlines on a grid of 24 by 24.
SIGNS: Mapping[str, str] = {
    "book": "M12 6.5C10 5 7 4.5 4 5v13c3-.5 6 0 8 1.5 2-1.5 5-2 8-1.5V5c-3-.5-6 0-8 1.5v13",
    "breathing": "M3 9h11a2.5 2.5 0 1 0-2.5-2.5M3 13h16a2.5 2.5 0 1 1-2.5 2.5M3 17h8a2 2 0 1 1-2 2",
    "connection": "M5 8a3 3 0 1 0 6 0a3 3 0 1 0-6 0M2.5 19c.5-4 3-6 5.5-6s5 2 5.5 6M14 9a2.5 2.5 0 1 0 5 0"
    "a2.5 2.5 0 1 0-5 0M15.5 14c3-.8 5.3 1 6 5",
    "film": "M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM10 9l5 3-5 3z",
    "gratitude": "M12 20s-7.5-4.7-7.5-10A4.2 4.2 0 0 1 12 7.5 4.2 4.2 0 0 1 19.5 10c0 5.3-7.5 10-7.5 10z",
    "learning": "M9.5 18h5M10.5 21h3M12 3a6 6 0 0 0-3.5 10.9c.6.5.9 1.2 1 2.1h5c.1-.9.4-1.6 1-2.1A6 6 0 0 0 12 3z",
    "mindfulness": "M10 12a2 2 0 1 0 4 0a2 2 0 1 0-4 0M6.5 12a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0"
    "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0",
    "movement": "M12 4.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0M5 21l4-5 2-7 4 3h4M7 12l1.5-3.5 3.5-1 2 1.5M10.5 14l3.5 2.5 1 4.5",
    "music": "M9 18V6l10-2v12M4 18a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M14 16a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0",
    "nature": "M6 19C5 10 11 5 20 4c0 9-5 15-14 15zM4 21c2-5 5-8 10-11",
    "rest": "M19 14.5A8 8 0 1 1 10.5 4.5a6.5 6.5 0 0 0 8.5 10z",
    "verse": "M10 11.5H5V6h5v6c0 3-1 4.5-4 6M19 11.5h-5V6h5v6c0 3-1 4.5-4 6",
    "writing": "M4 20l1-5L16 4l4 4L9 19zM13.5 6.5l4 4",
}


async def get_picture(call: PublicCall) -> Response:
    """A picture for a kind of item and a mood, for light and dark themes."""
    kind, mood = call.path["kind"], call.path["mood"]
    if kind not in get_args(Kind) or mood not in MOODS:
        raise NotFound
    headers = {"Cache-Control": CACHING, "Content-Security-Policy": POLICY}
    return Response(draw_picture(kind, mood), media_type=MEDIA_TYPE, headers=headers)


@cache
def draw_picture(kind: str, mood_name: str) -> str:
    mood = MOODS[mood_name]
    light, dark = _shades(mood.colour, LIGHT), _shades(mood.colour, DARK)
    sign, dark_sign = _mixed(LIGHT, mood.colour, 0.92), _mixed(LIGHT, mood.colour, 0.55)
    waves = "".join(
        f'<path class="s{number}" fill="{light[number]}" d="{_wave(mood, number)}"/>' for number in (1, 2, 3)
    )
    dark_fills = "".join(f".s{number}{{fill:{colour}}}" for number, colour in enumerate(dark))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"<style>@media (prefers-color-scheme:dark){{{dark_fills}.sign{{stroke:{dark_sign}}}}}</style>"
        f'<rect class="s0" width="{WIDTH}" height="{HEIGHT}" fill="{light[0]}"/>{waves}'
        f'<path class="sign" transform="translate(140 56) scale(5)" fill="none" stroke="{sign}" stroke-width="1.2"'
        f' stroke-linecap="round" stroke-linejoin="round" d="{SIGNS[kind]}"/></svg>'
    )


def _shades(colour: str, page: str) -> list[str]:
    """From nearly the colour of the page towards the colour of the mood."""
    return [_mixed(page, colour, share) for share in (0.12, 0.22, 0.34, 0.48)]


def _mixed(page: str, colour: str, share: float) -> str:
    channels = (round(int(page[i : i + 2], 16) * (1 - share) + int(colour[i : i + 2], 16) * share) for i in (1, 3, 5))
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _wave(mood: Mood, number: int) -> str:
    """A wave across the picture. The more activated the mood, the higher and shorter; the more pleasant, the fuller."""
    height, crests = 10 + 16 * (mood.arousal + 1) / 2, 1.2 + 1.6 * (mood.arousal + 1) / 2
    base = HEIGHT - 92 + 28 * number - 10 * mood.valence
    points = (
        f"{x} {base + height * sin(2 * pi * (crests * x / WIDTH + number * 0.37)):.0f}" for x in range(0, WIDTH + 1, 10)
    )
    return f"M0 {HEIGHT}L{'L'.join(points)}L{WIDTH} {HEIGHT}Z"
