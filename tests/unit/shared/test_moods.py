from collections import Counter
from subprocess import run
from sys import executable

import pytest
from hypothesis import given
from hypothesis.strategies import floats

from shared.labels import LABELS
from shared.moods import MOODS, Mood, distance, nearest

coordinates = floats(min_value=-1, max_value=1)
every_mood = pytest.mark.parametrize("mood", MOODS.values(), ids=MOODS)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2, from 0 for black to 1 for white."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@every_mood
def test_a_mood_lies_inside_a_quadrant(mood: Mood) -> None:
    """Every mood is placed to a twentieth, within the circumplex and off its axes."""
    for coordinate in mood.point:
        assert 0 < abs(coordinate) <= 1
        assert round(coordinate * 20) / 20 == coordinate


@every_mood
def test_the_quadrant_follows_from_the_signs(mood: Mood) -> None:
    """Above zero is pleasant or activated, below it unpleasant or calm."""
    feeling, _, energy = mood.quadrant.partition("_")

    assert (feeling == "pleasant") == (mood.valence > 0)
    assert (energy == "activated") == (mood.arousal > 0)


@every_mood
def test_a_mood_is_nearest_to_its_own_place(mood: Mood) -> None:
    """No two moods share a place, so each is found again from where it lies."""
    assert nearest(*mood.point) == mood


@every_mood
def test_a_colour_can_be_seen_on_a_light_and_a_dark_page(mood: Mood) -> None:
    """Graphics need a contrast of 3:1 (WCAG 2, 1.4.11) on white as well as on black."""
    own = luminance(mood.colour) + 0.05

    assert 1.05 / own >= 3
    assert own / 0.05 >= 3


def test_the_vocabulary_is_complete() -> None:
    """Forty-four moods cover all four quadrants, each found under its own name."""
    assert all(name == mood.name for name, mood in MOODS.items())
    assert Counter(mood.quadrant for mood in MOODS.values()) == {
        "pleasant_activated": 12,
        "pleasant_calm": 9,
        "unpleasant_calm": 9,
        "unpleasant_activated": 14,
    }


def test_no_two_moods_look_alike() -> None:
    """Emoji and colour, and in every language the label, each tell a mood from every other."""
    for looks in ("emoji", "colour"):
        assert len({getattr(mood, looks) for mood in MOODS.values()}) == len(MOODS)
    for labels in LABELS.by_code.values():
        assert len({*labels.moods.values()}) == len(MOODS)


def test_the_vocabulary_cannot_be_changed() -> None:
    """A request cannot change the vocabulary that other requests read."""
    with pytest.raises(TypeError):
        MOODS["hungry"] = MOODS["happy"]  # type: ignore[index]


@given(coordinates, coordinates)
def test_no_mood_is_nearer_than_the_nearest(valence: float, arousal: float) -> None:
    """The nearest mood is at most as far as any other."""
    nearest_distance = distance(nearest(valence, arousal).point, (valence, arousal))

    assert all(nearest_distance <= distance(mood.point, (valence, arousal)) for mood in MOODS.values())


def test_opposite_feelings_are_farther_apart_than_kindred_ones() -> None:
    """Distance follows meaning: calm lies nearer to relaxed than to angry."""
    calm, relaxed, angry = (MOODS[name].point for name in ("calm", "relaxed", "angry"))

    assert distance(calm, relaxed) == pytest.approx(0.05)
    assert distance(calm, relaxed) < distance(calm, angry) == distance(angry, calm)


def test_the_vocabulary_is_cheap_to_import() -> None:
    """Every function loads it on a cold start, so it brings no validation library along."""
    code = "import sys, shared.moods; sys.exit('pydantic' in sys.modules or 'dataclasses' in sys.modules)"

    assert run([executable, "-c", code], check=False).returncode == 0
