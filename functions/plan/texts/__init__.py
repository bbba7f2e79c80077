"""The texts of plans, in each language."""

from datetime import date, timedelta
from pathlib import Path

from functions.plan.rules.reasons import StoredReason
from shared.languages import LabelledText, Languages, TextModel


class ReasonTexts(TextModel):
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


class PlanTexts(TextModel):
    reasons: ReasonTexts
    relaxed_rules: RuleTexts
    starts_tomorrow: str
    starts_on: str


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
