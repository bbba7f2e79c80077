"""Which of Mend's moods a name in a file means: by the person's mapping, or by a name in some language."""

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from shared.csv_table import ImportRefused
from shared.diary_csv import INTENSITIES
from shared.factors import factor_name
from shared.labels import LABELS
from shared.moods import MOODS

CLOSE = 0.8  # the share of letters that a mistyped name has in common with the right one
WORD = re.compile(r"[^\W_]")


class BadMapping(ImportRefused):
    """Map each mood to one of Mend's, alone or with an intensity from 1 to 10, such as "bored" or "bored:7"."""


class MappedMood(NamedTuple):
    mood: str
    intensity: int = 5


DAYLIO_MOODS = {
    "rad": MappedMood("joyful", 8),
    "good": MappedMood("happy", 6),
    "meh": MappedMood("okay", 5),
    "bad": MappedMood("sad", 6),
    "awful": MappedMood("sad", 9),
}


class MoodNames:
    """The moods by the names that a file may have. Letter case, and signs beside the words, make no difference."""

    def __init__(self, mapping: Mapping[str, str], locale: str | None = None) -> None:
        """The mapping counts before Mend's names, and those before words of other languages. Raises `BadMapping`."""
        own = LABELS.texts(locale).moods
        custom = {factor_name(name): _parse_mapped_mood(text) for name, text in mapping.items()}
        self._moods = {**_known_names(), **_by_label(own), **_by_label({name: name for name in MOODS}), **custom}

    def get(self, name: str) -> MappedMood | None:
        return next((self._moods[key] for key in _keys(name) if key in self._moods), None)


def nearest_mood(name: str, locale: str | None) -> str | None:
    """The mood that a mistyped name may mean, or a word of its label, in the person's own language alone."""
    language = (locale or "en").partition("-")[0]
    if LABELS.code(locale) != language:
        return None  # spelling tells nothing about a word of another language
    labels = {factor_name(label): mood for mood, label in LABELS.by_code[language].moods.items()}
    key = factor_name(name)
    alike = [label for label in labels if key in label.split()] or get_close_matches(key, labels, 1, CLOSE)
    return labels[alike[0]] if alike else None


@cache
def _known_names() -> Mapping[str, MappedMood]:
    """Mend's labels in every language, Daylio's five moods in many, and emoji."""
    words: Mapping[str, list[str]] = json.loads(Path(__file__).with_name("daylio_words.json").read_bytes())
    labels = [_by_label(texts.moods) for texts in LABELS.by_code.values()]
    emoji = {mood.emoji: MappedMood(mood.name) for mood in MOODS.values()}
    daylio = {factor_name(word): DAYLIO_MOODS[mood] for mood, each in words.items() for word in each}
    return {name: mood for names in (daylio, *labels, emoji) for name, mood in names.items()}


def _by_label(labels: Mapping[str, str]) -> Mapping[str, MappedMood]:
    return {factor_name(label): MappedMood(mood) for mood, label in labels.items()}


def _keys(name: str) -> Iterator[str]:
    """The name, then its words alone, or the first emoji of a name without a word."""
    yield factor_name(name)
    if WORD.search(name):
        yield factor_name("".join(sign if _is_of_a_word(sign) else " " for sign in name))
    else:
        yield from (sign for sign in name if category(sign) == "So")


def _is_of_a_word(sign: str) -> bool:
    return category(sign)[0] in "LMN" or sign in "'\u2019-"


def _parse_mapped_mood(text: str) -> MappedMood:
    mood, colon, intensity = text.strip().casefold().partition(":")
    if mood not in MOODS or (colon and intensity not in INTENSITIES):
        raise BadMapping
    return MappedMood(mood, INTENSITIES[intensity]) if colon else MappedMood(mood)
