"""The sentences about recommendations, in each language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypeAlias

from pydantic import model_validator

from shared.languages import LabelledText, Languages, TextModel

Variants: TypeAlias = tuple[str, ...]


class WhyTexts(TextModel):
    """The openings of `why`, by the term that they name."""

    evidence: Variants  # for studies without words of their own
    everyone: Variants
    uplift: Variants
    uplift_this: Variants
    taste: Variants
    similar_taste: Variants
    explore: Variants
    variety: Variants
    evening: Variants
    daylight: Variants


class TermTexts(TextModel):
    """The texts of the terms, by term or by its case."""

    mood_fit: LabelledText
    target_fit: LabelledText
    effort: LabelledText
    evidence: LabelledText
    everyone: LabelledText
    uplift: LabelledText
    liked: LabelledText
    passed: LabelledText
    similar_taste: LabelledText
    fatigue: LabelledText
    explore: LabelledText
    variety: LabelledText
    unsure: LabelledText


class DoubtTexts(TextModel):
    large: str
    small: str


class Endings(TextModel):
    """Where an item leads, from the mood that it is for."""

    settle: Variants
    wake: Variants
    brighten: Variants


class ReasonTexts(TextModel):
    after_kind: Mapping[str, str]
    after_this: str
    why: WhyTexts
    openings: Mapping[str, Variants]  # of `why` for the term `mood_fit`, by kind
    endings: Endings
    terms: TermTexts
    doubts: DoubtTexts

    @model_validator(mode="after")
    def _has_the_same_kinds_everywhere(self) -> Self:
        if self.after_kind.keys() != self.openings.keys():
            raise ValueError("after_kind and openings must have the same kinds")
        return self


REASON_TEXTS = Languages(Path(__file__).with_name("texts"), ReasonTexts)
