"""The names of moods and kinds, as people read them in a sentence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import model_validator

from shared.languages import Languages, TextModel
from shared.moods import MOODS


class Labels(TextModel):
    moods: Mapping[str, str]
    kinds: Mapping[str, str]

    @model_validator(mode="after")
    def _names_all_moods(self) -> Self:
        if self.moods.keys() != MOODS.keys():
            raise ValueError("there must be a name for every mood, and no others")
        return self


LABELS = Languages(Path(__file__).with_name("texts"), Labels)
