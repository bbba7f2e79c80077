"""The texts of plans, in each language."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Self

from pydantic import model_validator

from functions.plan.journeys import JOURNEYS
from functions.plan.rules.reasons import StoredReason
from shared.languages import FALLBACK, LabelledText, Languages, TextModel


class ActivityReasonTexts(TextModel):
    mood_fit: LabelledText
    evidence: LabelledText
    time_of_day_evening: LabelledText
    time_of_day_daylight: LabelledText
    practice: LabelledText


class RuleTexts(TextModel):
    """By the codes of `rules.reasons.RULE_CODES`."""

    different_kinds: LabelledText
    practice_rest: LabelledText
    time_of_day: LabelledText
    effort: LabelledText
    no_repeats: LabelledText
    minutes: LabelledText
    requested_kinds: LabelledText
    no_repeat_in_day: LabelledText


class JourneyText(TextModel):
    name: str
    about: str


class ChangeTexts(TextModel):
    """By the codes of `rules.adjustments`."""

    paused: str
    paused_for_care: str
    unwanted_removed: str
    ended: str
    adjusted: str
    ahead_of_plan: str
    missed: str
    resumed: str


class ProgressChartTexts(TextModel):
    title: str
    target: str
    further: str
    planned: str
    walked: str
    adapted: str
    no_mood: str
    description: str
    months: tuple[str, ...]
    date: str


class PlanTexts(TextModel):
    reasons: ActivityReasonTexts
    relaxed_rules: RuleTexts
    starts_tomorrow: str
    starts_on: str
    journeys: Mapping[str, JourneyText]
    changes: ChangeTexts
    chart: ProgressChartTexts

    @model_validator(mode="after")
    def _has_all_journeys(self) -> Self:
        if self.journeys.keys() != JOURNEYS.keys():
            raise ValueError("there must be texts for every journey, and no others")
        return self


PLAN_TEXTS = Languages(Path(__file__).parent, PlanTexts)


def reason_text(reason: StoredReason, slot: str, locale: str) -> LabelledText:
    """The label and the detail of a reason, with the finding and the citation of its study."""
    texts, code = PLAN_TEXTS.texts(locale).reasons, reason["code"]
    if code == "time_of_day":
        return texts.time_of_day_evening if slot == "evening" else texts.time_of_day_daylight
    if code == "evidence":
        says = (reason.get("says") or {}).get(PLAN_TEXTS.code(locale)) or texts.evidence.label
        detail = texts.evidence.detail.format(says=says, citation=reason.get("citation", ""))
        return LabelledText.model_construct(label=texts.evidence.label, detail=detail)
    text: LabelledText = getattr(texts, code)
    return text


def starts_text(start: date, today: date, locale: str) -> str:
    """When a plan starts that has not started yet."""
    texts = PLAN_TEXTS.texts(locale)
    return texts.starts_tomorrow if start == today + timedelta(days=1) else texts.starts_on.format(date=start)


def change_text(code: str, message: str, locale: str) -> str:
    """The message of a change: in English as stored, with its details, in other languages without them."""
    return message if PLAN_TEXTS.code(locale) == FALLBACK else getattr(PLAN_TEXTS.texts(locale).changes, code)
