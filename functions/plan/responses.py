"""Plans, days and activities as every answer shows them. What was replaced is shown no more."""

from collections.abc import Iterable
from typing import Any

from functions.plan.models import (
    ActivityInFull,
    ActivityShown,
    DayPreview,
    DayShown,
    PlanMade,
    PlanShown,
    PlanSummary,
    Preview,
    ReasonShown,
    Today,
)
from functions.plan.records import Activity, Course, Day, Plan, by_day, standing
from functions.plan.rules.reasons import Reason
from functions.plan.rules.slots import SLOTS


def made(course: Course, gave_way: Iterable[Reason]) -> PlanMade:
    days = [
        DayPreview(day=day.day, date=day.local_date, target=day.target, activities=[short(a) for a in activities])
        for day, activities in by_day(course)
    ]
    return PlanMade.model_construct(
        plan_id=course.plan.id,
        activities_total=len(course.activities),
        preview=Preview(days=days),
        gave_way=reasons(gave_way),
    )


def summary(plan: Plan, total: int, done: int) -> PlanSummary:
    return PlanSummary(**_summary(plan), activities_total=total, activities_done=done)


def whole(course: Course) -> PlanShown:
    statuses = [activity.status for activity in standing(course.activities)]
    return PlanShown.model_construct(
        **_summary(course.plan),
        activities_total=len(statuses),
        activities_done=statuses.count("done"),
        days=[
            DayShown(day=day.day, date=day.local_date, target=day.target, activities=[full(a) for a in activities])
            for day, activities in by_day(course)
        ],
    )


def today(course: Course, day: Day) -> Today:
    return Today.model_construct(
        plan_id=course.plan.id,
        day=day.day,
        of=course.plan.duration,
        date=day.local_date,
        target=day.target,
        activities=[full(activity) for activity in standing(course.activities) if activity.day == day.day],
    )


def short(activity: Activity) -> ActivityShown:
    return {
        "activity_id": activity.id,
        "content_id": activity.content_id,
        "title": activity.title,
        "kind": activity.kind,
        "minutes": activity.minutes,
        "slot": activity.slot,
        "local_time": f"{activity.local_time:%H:%M}",
        "status": activity.status,
        "reasons": [*activity.reasons],
    }


def full(activity: Activity) -> ActivityInFull:
    return {
        **short(activity),
        "mood_after": activity.mood_after,
        "body": activity.body,
        "url": activity.url,
        "image_url": activity.image_url,
        "attribution": activity.attribution,
    }


def reasons(given: Iterable[Reason]) -> list[ReasonShown]:
    return [{"code": reason.code, "label": reason.label, "detail": reason.detail} for reason in given]


def _summary(plan: Plan) -> dict[str, Any]:
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
        "reminders": {slot: plan.slot_times[slot] for slot in SLOTS} if plan.reminded else False,
        "try_without_prompts": plan.without_prompts,
        "created_at": plan.created_at,
        "ended_at": plan.ended_at,
    }
