"""Presents records as API models, without cancelled activities."""

from collections.abc import Iterable
from typing import Any

from functions.plan.models import (
    Activity,
    ActivitySummary,
    Day,
    DayPreview,
    Plan,
    PlanCreated,
    PlanPreview,
    PlanSummary,
    Reason,
    Today,
)
from functions.plan.records import ActivityRow, DayRow, PlanRecord, PlanRow, activities_by_day, not_cancelled
from functions.plan.rules.adjustments import PAUSED_FOR_CARE
from functions.plan.rules.arc import named_goal
from functions.plan.rules.reasons import StoredReason
from functions.plan.rules.slots import SLOTS
from functions.plan.texts import PLAN_TEXTS, change_text, reason_text
from shared.languages import FALLBACK, LabelledText


def plan_created(record: PlanRecord, relaxed_rules: Iterable[str]) -> PlanCreated:
    days = [
        DayPreview(
            day=day.day,
            date=day.local_date,
            target=named_goal(day.target),
            activities=[activity_summary(activity, record.locale) for activity in activities],
        )
        for day, activities in activities_by_day(record)
    ]
    return PlanCreated.model_construct(
        plan_id=record.plan.id,
        status=record.plan.status,
        message=change_text(*PAUSED_FOR_CARE, record.locale) if record.plan.status == "paused" else None,
        activities_total=len(record.activities),
        preview=PlanPreview(days=days),
        relaxed_rules=[_relaxed_rule(code, record.locale) for code in relaxed_rules],
    )


def plan_summary(plan: PlanRow, total: int, done: int) -> PlanSummary:
    return PlanSummary(**_plan_fields(plan), activities_total=total, activities_done=done)


def plan(record: PlanRecord) -> Plan:
    statuses = [activity.status for activity in not_cancelled(record.activities)]
    return Plan.model_construct(
        **_plan_fields(record.plan),
        activities_total=len(statuses),
        activities_done=statuses.count("done"),
        days=[
            Day(
                day=day.day,
                date=day.local_date,
                target=named_goal(day.target),
                activities=[activity(row, record.locale) for row in rows],
            )
            for day, rows in activities_by_day(record)
        ],
    )


def today(record: PlanRecord, day: DayRow) -> Today:
    return Today.model_construct(
        plan_id=record.plan.id,
        day=day.day,
        days_total=record.plan.duration,
        date=day.local_date,
        target=named_goal(day.target),
        activities=[activity(row, record.locale) for row in not_cancelled(record.activities) if row.day == day.day],
    )


def activity_summary(row: ActivityRow, locale: str) -> ActivitySummary:
    reasons = [_reason(reason, row.slot, locale) for reason in row.reasons]
    why = row.reasons[0].get("why", {})
    return {
        "activity_id": row.id,
        "content_id": row.content_id,
        "title": row.title,
        "kind": row.kind,
        "minutes": row.minutes,
        "slot": row.slot,
        "local_time": f"{row.local_time:%H:%M}",
        "status": row.status,
        "why": why.get(PLAN_TEXTS.code(locale)) or why.get(FALLBACK) or reasons[0]["detail"],
        "reasons": reasons,
    }


def activity(row: ActivityRow, locale: str) -> Activity:
    return {
        **activity_summary(row, locale),
        "mood_after": row.mood_after,
        "body": row.body,
        "url": row.url,
        "image_url": row.image_url,
        "attribution": row.attribution,
    }


def _reason(reason: StoredReason, slot: str, locale: str) -> Reason:
    text = reason_text(reason, slot, locale)
    shown: Reason = {"code": reason["code"], "label": text.label, "detail": text.detail}
    if "insight" in reason:
        shown["insight_id"] = reason["insight"][0]  # a list, as JSON stores it
    return shown


def _relaxed_rule(code: str, locale: str) -> Reason:
    text: LabelledText = getattr(PLAN_TEXTS.texts(locale).relaxed_rules, code)
    return {"code": code, "label": text.label, "detail": text.detail}


def _plan_fields(plan: PlanRow) -> dict[str, Any]:
    return {
        "plan_id": plan.id,
        "status": plan.status,
        "current": plan.current_mood,
        "target": plan.target_mood,
        "duration": plan.duration,
        "per_day": plan.per_day,
        "minutes_per_day": plan.minutes_per_day,
        "kinds": plan.kinds,
        "journey": plan.journey,
        "start_date": plan.start_date,
        "last_date": plan.last_date,
        "paused_on": plan.paused_on,
        "reminders": {slot: plan.slot_times[slot] for slot in SLOTS} if plan.reminders_enabled else False,
        "reminder_trial": plan.reminder_trial,
        "created_at": plan.created_at,
        "ended_at": plan.ended_at,
    }
