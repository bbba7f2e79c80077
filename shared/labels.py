"""The names of moods, kinds and tags, as people read them. Those of moods stand in sentences."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import model_validator

from shared.languages import Languages, TextModel
from shared.moods import MOODS


class Labels(TextModel):
    moods: Mapping[str, str]
    kinds: Mapping[str, str]
    tags: Mapping[str, str]  # of the catalogue that we ship
    purposes: Mapping[str, str]  # of consents

    @model_validator(mode="after")
    def _names_all_moods(self) -> Self:
        if self.moods.keys() != MOODS.keys():
            raise ValueError("there must be a name for every mood, and no others")
        return self

    def of_word(self, word: str) -> str:
        """The label of a kind or a tag. A tag that only this installation has is its own label."""
        return self.kinds.get(word) or self.tags.get(word) or word


LABELS = Languages(Path(__file__).with_name("texts"), Labels)
