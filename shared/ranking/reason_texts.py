"""The sentences about recommendations, in each language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypeAlias

from pydantic import model_validator

from shared.languages import LabelledText, Languages, TextModel

Variants: TypeAlias = tuple[str, ...]


class ActivityWords(TextModel):
    why: str
    words: Variants  # that a person may write for it


class WhyTexts(TextModel):
    """The reasons in `why`, by the term that they name."""

    evidence: Variants  # for studies without words of their own
    evidence_of_good: Variants  # for somebody who feels well
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
    better_days: LabelledText
    explore: LabelledText
    variety: LabelledText
    unsure: LabelledText


class DoubtTexts(TextModel):
    large: str
    small: str


class ComparisonTexts(TextModel):
    """Of what a person has felt with what could be expected."""

    larger: str
    smaller: str


class Leads(TextModel):
    """Where an item leads, from the mood that it is for. Each goes with every subject."""

    settle: Variants
    wake: Variants
    brighten: Variants
    savour: Variants  # for somebody who feels well


class ReasonTexts(TextModel):
    after_kind: Mapping[str, str]
    after_this: str
    why: WhyTexts
    subjects: Mapping[str, Variants]  # of `why` for the term `mood_fit`, by kind; each is true of every item of it
    leads: Leads
    fit: str  # of a subject and where it leads
    joined: str  # of a reason and such a fit
    decimal_point: str
    activities: Mapping[str, ActivityWords]  # of `activities.toml`
    fillers: Variants  # words that change nothing of what somebody did
    terms: TermTexts
    doubts: DoubtTexts
    comparisons: ComparisonTexts
    relaxed_minutes: LabelledText  # where too few items fit into the minutes that somebody has

    @model_validator(mode="after")
    def _has_the_same_kinds_everywhere(self) -> Self:
        if self.after_kind.keys() != self.subjects.keys():
            raise ValueError("after_kind and subjects must have the same kinds")
        return self


REASON_TEXTS = Languages(Path(__file__).with_name("texts"), ReasonTexts)
