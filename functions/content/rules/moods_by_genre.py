"""The moods that an item fits and where it leads, by rule: a genre has a flavour, and a flavour has both.

The values are set by hand, as in our own catalogue. How people respond is learned later from their interactions.
"""

from collections.abc import Collection, Mapping
from math import fsum
from typing import Literal, NamedTuple, TypeAlias

from shared.moods import MOODS, Point

Flavour: TypeAlias = Literal["calming", "comforting", "tender", "funny", "lively", "stirring", "wondrous", "steadying"]

AGITATED_AROUSAL = 0.3  # an unpleasant mood of this arousal or more needs something that lowers it


class MoodMatch(NamedTuple):
    fits: tuple[str, ...]
    leads: Point


FLAVOURS: Mapping[Flavour, MoodMatch] = {
    "calming": MoodMatch(
        ("anxious", "stressed", "overwhelmed", "restless", "irritable", "tired", "calm", "peaceful", "relaxed"),
        (0.55, -0.55),
    ),
    "comforting": MoodMatch(
        ("sad", "lonely", "disappointed", "exhausted", "drained", "hurt", "worried", "comfortable", "content"),
        (0.55, -0.35),
    ),
    "tender": MoodMatch(("sad", "lonely", "numb", "hurt", "jealous", "loved", "grateful", "hopeful"), (0.6, 0.05)),
    "funny": MoodMatch(
        ("bored", "sad", "annoyed", "frustrated", "irritable", "disappointed", "playful", "happy", "okay"), (0.7, 0.25)
    ),
    "lively": MoodMatch(
        ("bored", "numb", "tired", "okay", "happy", "joyful", "energetic", "excited", "playful"), (0.7, 0.55)
    ),
    "stirring": MoodMatch(
        ("bored", "numb", "disappointed", "enthusiastic", "inspired", "confident", "proud", "excited"), (0.65, 0.45)
    ),
    "wondrous": MoodMatch(
        ("bored", "numb", "okay", "worried", "curious", "inspired", "satisfied", "relieved"), (0.6, 0.2)
    ),
    "steadying": MoodMatch(
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
# Books that are also filed under one of these are left out: they may burden somebody who feels low.
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


def match_moods(flavours: Collection[Flavour], leads: Point | None = None) -> MoodMatch:
    """The moods of all flavours, without those that it would agitate, and the mean of their points or `leads`."""
    matches = [FLAVOURS[flavour] for flavour in sorted(flavours)]
    to = leads or (_mean([match.leads[0] for match in matches]), _mean([match.leads[1] for match in matches]))
    moods = dict.fromkeys(mood for match in matches for mood in match.fits)
    return MoodMatch(tuple(mood for mood in moods if not _agitates(mood, to)), to)


def audio_leads(valence: float, energy: float) -> Point:
    """Where music leads by its audio features, each of 0…1. Sad music does not lead to an unpleasant mood."""
    return _to_twentieth(0.1 + 0.7 * valence), _to_twentieth(1.6 * energy - 0.8)


def _agitates(mood: str, leads: Point) -> bool:
    point = MOODS[mood]
    return point.valence < 0 and point.arousal >= AGITATED_AROUSAL and leads[1] >= point.arousal


def _mean(values: Collection[float]) -> float:
    return _to_twentieth(fsum(values) / len(values))


def _to_twentieth(value: float) -> float:
    return round(20 * value) / 20
