"""The colours of the levels of a mood."""

from itertools import combinations
from math import dist

import pytest

from functions.insights.charts.levels import COLOURS, ink_of, level_of, luminance
from shared.svg import THEMES, ThemeName

Matrix = tuple[tuple[float, float, float], ...]
# How people without one kind of cone see linear RGB (Machado, Oliveira and Fernandes 2009).
VISION: dict[str, Matrix] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
WHITE = (0.95047, 1.0, 1.08883)
TO_XYZ: Matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))


def linear(colour: str) -> list[float]:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def times(matrix: Matrix, vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def lab(colour: str, vision: Matrix) -> tuple[float, float, float]:
    seen = [min(max(channel, 0), 1) for channel in times(vision, linear(colour))]
    x, y, z = (
        value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116
        for value in (part / white for part, white in zip(times(TO_XYZ, seen), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES)
def test_any_two_levels_look_different(theme: ThemeName, vision: str) -> None:
    """Also to people with a colour blindness: a distance of 2 in CIELAB can be seen, and 15 at a glance."""
    seen = [lab(colour, VISION[vision]) for colour in COLOURS[theme]]

    assert min(dist(a, b) for a, b in combinations(seen, 2)) > 15


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("value", [-9, -3, 0, 3, 9])
def test_numbers_can_be_read_on_every_level(theme: ThemeName, value: float) -> None:
    """Their contrast is at least 4.5:1, as WCAG asks for."""
    ink = ink_of(value, theme)
    dark, light = sorted((luminance(ink.fill), luminance(ink.text)))

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_levels_are_ordered() -> None:
    """From 0 to 4, over the whole scale."""
    assert [level_of(value) for value in (-10, -3, 0, 3, 10)] == [0, 1, 2, 3, 4]
