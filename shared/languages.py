"""Texts in each language: a folder `texts` beside the code that shows them, with one JSON file per language.

A new language is one new file in each of these folders. A person whose language has no file reads English.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

FALLBACK = "en"
WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")
TRADITIONAL = frozenset({"tw", "hk", "mo"})  # where Chinese is written in traditional characters


class TextModel(BaseModel):
    """The texts of one file. A missing or unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelledText(TextModel):
    label: str
    detail: str


Texts = TypeVar("Texts", bound=BaseModel)


class Languages(Generic[Texts]):
    """The texts of one folder. All files are validated when the first text is read."""

    def __init__(self, folder: Path, model: type[Texts]) -> None:
        self.folder, self._model = folder, model

    def code(self, *preferences: str | None) -> str:
        """The first language that has a file, of locales such as `de-AT` or `Accept-Language` headers, or English.

        The file of a script or a region, such as `zh-Hant`, comes before that of the language.
        """
        tags = (tag for preference in preferences if preference for tag in _wanted_tags(preference))
        return next((self._codes[tag] for tag in tags if tag in self._codes), FALLBACK)

    def texts(self, locale: str | None) -> Texts:
        return self.by_code[self.code(locale)]

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        return {code.lower(): code for code in self.by_code}

    @cached_property
    def by_code(self) -> Mapping[str, Texts]:
        """All languages. Raises `ValidationError` if a file lacks a key."""
        return {
            path.stem: self._model.model_validate_json(path.read_bytes()) for path in sorted(self.folder.glob("*.json"))
        }


@lru_cache(maxsize=200)
def _wanted_tags(preference: str) -> tuple[str, ...]:
    """The tags in small letters, the most wanted first, each before those that contain it."""
    return tuple(wider for tag in _by_weight(preference) for wider in _and_wider(tag))


def _by_weight(preference: str) -> Iterable[str]:
    """The tags without those that are refused, which have a weight of 0."""
    weights: dict[str, float] = {}
    for wish in preference.lower().replace("_", "-").split(","):
        tag, _, parameter = wish.partition(";")
        weight = WEIGHT.fullmatch(parameter.strip())
        weights.setdefault(tag.strip(), float(weight[1]) if weight else 1.0)
    return sorted(filter(weights.__getitem__, weights), key=weights.__getitem__, reverse=True)


def _and_wider(tag: str) -> Iterator[str]:
    """The tag and those that contain it: `zh-hant-tw`, `zh-hant` and `zh` for `zh-tw`, whose script is not written."""
    language, *rest = tag.split("-")
    if language == "zh" and not TRADITIONAL.isdisjoint(rest[:1]):
        rest = ["hant", *rest]
    for length in range(len(rest), -1, -1):
        yield "-".join([language, *rest[:length]])
