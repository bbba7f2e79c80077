"""The texts of plans, in each language."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Self

from pydantic import model_validator

from functions.plan.journeys import JOURNEYS
from functions.plan.rules.adjustments import ChangeDetails
from functions.plan.rules.effect import EffectEstimate
from functions.plan.rules.reasons import StoredReason
from functions.plan.rules.review import ReviewSummary
from shared.labels import LABELS
from shared.languages import LabelledText, Languages, TextModel
from shared.ranking.better_days import BetterDays, better_days_text


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
    """By the codes of `rules.adjustments`, and sentences about their details."""

    paused: str
    paused_for_care: str
    unwanted_removed: str
    ended: str
    adjusted: str
    ahead_of_plan: str
    missed: str
    missed_one_day: str
    missed_days: str
    rest_goes_on: str
    resumed: str
    resumed_today: str
    resumed_tomorrow: str
    leads_to: str
    leads_part: str


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
    date_format: str

    def day(self, day: date) -> str:
        return self.date_format.format(day=day.day, month=self.months[day.month - 1])


class EffectTexts(TextModel):
    """By verdict, and for what is missing for one."""

    decimal_point: str
    figures: str
    benefit: str
    no_measurable_benefit: str
    worse: str
    too_few_moods_before: str
    one_day_missing: str
    days_missing: str
    too_few_moods: str


class ReviewTexts(TextModel):
    """The titles by outcome, and sentences about how much was done."""

    reached: str
    nearer: str
    over: str
    nothing_done: str
    one_done: str
    some_done: str


class PlanTexts(TextModel):
    reasons: ActivityReasonTexts
    relaxed_rules: RuleTexts
    starts_tomorrow: str
    starts_on: str
    journeys: Mapping[str, JourneyText]
    changes: ChangeTexts
    chart: ProgressChartTexts
    effect: EffectTexts
    review: ReviewTexts

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
    if "insight" in reason:
        return better_days_text(BetterDays(*reason["insight"]), locale)
    if code == "evidence":
        says = (reason.get("says") or {}).get(PLAN_TEXTS.code(locale)) or texts.evidence.label
        detail = texts.evidence.detail.format(says=says, citation=reason.get("citation", ""))
        return LabelledText.model_construct(label=texts.evidence.label, detail=detail)
    text: LabelledText = getattr(texts, code)
    return text


def starts_text(start: date, today: date, locale: str) -> str:
    """When a plan starts that has not started yet."""
    texts = PLAN_TEXTS.texts(locale)
    if start == today + timedelta(days=1):
        return texts.starts_tomorrow
    return texts.starts_on.format(date=texts.chart.day(start))


def change_text(code: str, details: ChangeDetails, locale: str) -> str:
    """The message of a change. Changes of before details were stored have none."""
    texts = PLAN_TEXTS.texts(locale).changes
    missed, resumes = details.get("missed_days"), details.get("resumes")
    if missed:
        sentences = [texts.missed_one_day if missed == 1 else texts.missed_days.format(days=missed)]
    else:
        sentences = [getattr(texts, f"{code}_{resumes}" if resumes in {"today", "tomorrow"} else code)]
    if details.get("days_left"):
        sentences.append(texts.rest_goes_on)
    if "leads_to" in details:
        mood = details["leads_to"]
        sentences.append(texts.leads_to.format(mood=LABELS.texts(locale).moods[mood]) if mood else texts.leads_part)
    return " ".join(sentences)


def effect_text(effect: EffectEstimate, locale: str, *, over: bool = False) -> str:
    """The verdict with its figures, or what is missing for one. When the plan is over, nothing more can come."""
    texts = PLAN_TEXTS.texts(locale).effect
    if "moods_before" in effect.missing:
        return texts.too_few_moods_before
    if effect.mean is None or effect.low is None or effect.high is None:
        if over:
            return texts.too_few_moods
        days = effect.missing["days_with_a_mood"]
        return texts.one_day_missing if days == 1 else texts.days_missing.format(days=days)
    values = {"mean": effect.mean, "low": effect.low, "high": effect.high}
    figures = texts.figures.format_map({name: _signed(value, texts) for name, value in values.items()})
    text: str = getattr(texts, effect.verdict)
    return text.format(figures=figures)


def review_title(review: ReviewSummary, locale: str) -> str:
    title: str = getattr(PLAN_TEXTS.texts(locale).review, review.outcome)
    return title


def review_body(done: int, effect: EffectEstimate, locale: str) -> str:
    """How much was done, and with what effect."""
    texts = PLAN_TEXTS.texts(locale).review
    sentence = texts.some_done.format(done=done) if done > 1 else texts.one_done if done else texts.nothing_done
    return f"{sentence} {effect_text(effect, locale, over=True)}"


def _signed(value: float, texts: EffectTexts) -> str:
    rounded = round(value, 1) or 0.0  # never a negative zero
    sign = "+" if rounded > 0 else ""
    return f"{sign}{rounded:.1f}".replace("-", "\N{MINUS SIGN}").replace(".", texts.decimal_point)
