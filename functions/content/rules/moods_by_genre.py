"""Which moods a thing suits and where it leads, by rule: genres and themes say what it is like, and that says the rest.

Placed by hand, as the catalogue of our own is; what people make of it is learnt from what they do.
"""

from collections.abc import Collection, Mapping
from math import fsum
from typing import Literal, NamedTuple, TypeAlias

from shared.moods import MOODS, Point

Flavour: TypeAlias = Literal["calming", "comforting", "tender", "funny", "lively", "stirring", "wondrous", "steadying"]

AGITATED = 0.3  # from this arousal on, an unpleasant mood is to be answered with less of it


class Suits(NamedTuple):
    fits: tuple[str, ...]
    leads: Point


FLAVOURS: Mapping[Flavour, Suits] = {
    "calming": Suits(
        ("anxious", "stressed", "overwhelmed", "restless", "irritable", "tired", "calm", "peaceful", "relaxed"),
        (0.55, -0.55),
    ),
    "comforting": Suits(
        ("sad", "lonely", "disappointed", "exhausted", "drained", "hurt", "worried", "comfortable", "content"),
        (0.55, -0.35),
    ),
    "tender": Suits(("sad", "lonely", "numb", "hurt", "jealous", "loved", "grateful", "hopeful"), (0.6, 0.05)),
    "funny": Suits(
        ("bored", "sad", "annoyed", "frustrated", "irritable", "disappointed", "playful", "happy", "okay"), (0.7, 0.25)
    ),
    "lively": Suits(
        ("bored", "numb", "tired", "okay", "happy", "joyful", "energetic", "excited", "playful"), (0.7, 0.55)
    ),
    "stirring": Suits(
        ("bored", "numb", "disappointed", "enthusiastic", "inspired", "confident", "proud", "excited"), (0.65, 0.45)
    ),
    "wondrous": Suits(("bored", "numb", "okay", "worried", "curious", "inspired", "satisfied", "relieved"), (0.6, 0.2)),
    "steadying": Suits(
        ("hopeless", "afraid", "guilty", "ashamed", "angry", "worried", "overwhelmed", "hopeful", "grateful"),
        (0.5, -0.25),
    ),
}

# TMDB's ids of genres.
FILM_GENRES: Mapping[int, Flavour] = {
    12: "stirring",  # adventure
    14: "wondrous",  # fantasy
    16: "comforting",  # animation
    35: "funny",  # comedy
    36: "wondrous",  # history
    99: "wondrous",  # documentary
    10402: "lively",  # music
    10749: "tender",  # romance
    10751: "comforting",  # family
}
FILM_GENRES_LEFT_OUT = frozenset({27, 53, 80, 10752})  # horror, thriller, crime, war

# Google Books' subjects, as publishers file them (BISAC).
BOOK_SUBJECTS: Mapping[str, Flavour] = {
    "humor": "funny",
    "nature": "calming",
    "gardening": "calming",
    "poetry": "tender",
    "family & relationships": "tender",
    "travel": "wondrous",
    "science": "wondrous",
    "art": "wondrous",
    "cooking": "comforting",
    "pets": "comforting",
    "sports & recreation": "stirring",
    "music": "lively",
}
# A book that is filed there as well is not for somebody who feels low.
BOOK_SUBJECTS_LEFT_OUT = frozenset(
    {"true crime", "horror", "medical", "psychology", "self-help", "health & fitness", "political science", "law"}
)

# Genres that Spotify's search knows.
MUSIC_GENRES: Mapping[str, Flavour] = {
    "ambient": "calming",
    "new-age": "calming",
    "bossanova": "calming",
    "acoustic": "comforting",
    "folk": "comforting",
    "soul": "tender",
    "disco": "lively",
    "funk": "lively",
    "soundtracks": "stirring",
    "classical": "wondrous",
}


def suits(flavours: Collection[Flavour], leads: Point | None = None) -> Suits:
    """All that it fits by one flavour or another; it leads to the midst of them, unless that is known better."""
    known = [FLAVOURS[flavour] for flavour in sorted(flavours)]
    to = leads or (_midst([each.leads[0] for each in known]), _midst([each.leads[1] for each in known]))
    named = dict.fromkeys(mood for each in known for mood in each.fits)
    return Suits(tuple(mood for mood in named if not _stirs_up(mood, to)), to)


def heard(valence: float, energy: float) -> Point:
    """Where music leads by how it sounds, each of 0…1: sad music is no reason to be led to sadness."""
    return _twentieth(0.1 + 0.7 * valence), _twentieth(1.6 * energy - 0.8)


def _stirs_up(mood: str, leads: Point) -> bool:
    felt = MOODS[mood]
    return felt.valence < 0 and felt.arousal >= AGITATED and leads[1] >= felt.arousal


def _midst(values: Collection[float]) -> float:
    return _twentieth(fsum(values) / len(values))


def _twentieth(value: float) -> float:
    return round(20 * value) / 20
