"""A plan goes with what happens: what was missed is let go, a mood off the way bends the rest, the last day ends it.

Each change is told to the person, with its reason, and nobody is blamed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from functions.plan import queries, reminders
from functions.plan.records import Activity, Change, Course, Day, standing
from functions.plan.rules import adjustments
from functions.plan.rules.adjustments import Adaptation, DayState
from functions.plan.rules.choice import NothingFits
from functions.plan.selection import filled, instead, supply
from shared.db import Connection
from shared.events import emit
from shared.events.types import plan_changed, plan_ended
from shared.ids import new_id
from shared.moods import MOODS

BENDING = {"bent", "ahead"}


async def locked(conn: Connection, person: UUID, plan_id: UUID, now: datetime) -> Course | None:
    """The plan as of now, for somebody who is about to change it."""
    queries.lock(conn, person)
    course = await queries.course(conn, person, plan_id)
    return course and await brought_up(conn, course, now)


async def current(conn: Connection, person: UUID, plan_id: UUID, now: datetime) -> Course | None:
    """The plan as of now, for somebody who looks at it: seldom is there anything to bring up."""
    course = await queries.course(conn, person, plan_id)
    if course is None or not _behind(course, now):
        return course
    return await locked(conn, person, plan_id, now)


async def brought_up(conn: Connection, course: Course, now: datetime) -> Course:
    """What has gone by with nothing done was missed, and the rest goes on from there."""
    if not _behind(course, now):
        return course
    plan, today = course.plan, course.clock.today(now)
    queries.set_status(conn, plan.id, [a.id for a in _left_behind(course, now)], "missed", now)
    if today > plan.last_date:
        return await end(conn, course, now)
    moods = await queries.moods(conn, plan.created_at, now)
    here = MOODS[moods[-1].mood].point if moods else None
    adaptation = adjustments.catch_up(days_of(course), today, here, MOODS[plan.target_mood].point)
    if adaptation:
        await adapt(conn, course, adaptation, now)
    return await renewed(conn, course, now)


async def follow_mood(conn: Connection, course: Course, now: datetime) -> bool:
    """A mood off the way bends what is ahead, once a day at most. Whether it did."""
    plan, today = course.plan, course.clock.today(now)
    changes = queries.queue_changes(conn, plan.id)
    moods = await queries.moods(conn, plan.created_at, now)
    if any(change.reason in BENDING and change.from_date == today for change in changes.rows):
        return False
    felt = [MOODS[mood.mood].point for mood in moods if mood.local_date == today]
    adaptation = adjustments.follow_mood(days_of(course), today, felt, MOODS[plan.target_mood].point) if felt else None
    if adaptation:
        await adapt(conn, course, adaptation, now)
    return adaptation is not None


async def adapt(conn: Connection, course: Course, adaptation: Adaptation, now: datetime) -> None:
    """Store the days as they are to be, and choose anew for those that set out from another mood."""
    plan, today = course.plan, course.clock.today(now)
    before = {day.day: day for day in course.days}
    after = [_row(before[day.number], day) for day in adaptation.days]
    tell(conn, course, adaptation.change, now, list(_changed(before, after)))
    queries.store_days(conn, plan.id, [day for day in after if day != before[day.day]])
    dates = [day.local_date for day in after]
    queries.change_plan(conn, plan._replace(start_date=min(dates), last_date=max(dates)))
    moved = {day.day for day in after if day.local_date != before[day.day].local_date}
    queries.move(conn, plan.id, [_place(a) for a in _planned(course.activities) if a.day in moved], now)
    await _choose_anew(conn, course, [d for d in after if d.day in adaptation.anew and d.local_date > today], now)


async def without(conn: Connection, course: Course, content_id: str, now: datetime) -> Course:
    """What a person hides or dislikes is asked of them no more: something else comes in its place, if there is any."""
    plan, days = course.plan, {day.day: day for day in course.days}
    unwanted = [activity for activity in _planned(course.activities) if str(activity.content_id) == content_id]
    if not unwanted:
        return course
    legs = [(days[activity.day].leaving, days[activity.day].target) for activity in unwanted]
    supplied = await supply(conn, plan.user_id, legs, now)
    everything = list(course.activities)
    for activity in unwanted:
        with suppress(NothingFits):
            everything.append(instead(plan, days[activity.day], activity, supplied, everything))
    tell(conn, course, adjustments.SPARED, now)
    queries.set_status(conn, plan.id, [activity.id for activity in unwanted], "cancelled", now)
    queries.store_activities(conn, plan.id, everything[len(course.activities) :], now)
    return await renewed(conn, course, now)


async def end(conn: Connection, course: Course, now: datetime) -> Course:
    plan = course.plan._replace(status="ended", ended_at=now)
    queries.change_plan(conn, plan)
    gone = _left_behind(course, now)
    ahead = [activity.id for activity in _planned(course.activities) if activity not in gone]
    queries.set_status(conn, plan.id, ahead, "cancelled", now)
    emit(conn, [plan_ended(plan.user_id, now, plan_id=plan.id)])
    return await renewed(conn, course, now)


async def renewed(conn: Connection, course: Course, now: datetime) -> Course:
    """As it stands now that it was changed, its reminders included."""
    plan_id, person = course.plan.id, course.plan.user_id
    emit(conn, [plan_changed(person, now, plan_id=plan_id)])
    found = await queries.course(conn, person, plan_id)
    assert found is not None  # noqa: S101 - plans are never deleted, and this one is locked
    reminders.renew(conn, found, now)
    return found


def tell(
    conn: Connection,
    course: Course,
    change: adjustments.Change,
    now: datetime,
    days: Sequence[Mapping[str, object]] = (),
) -> None:
    told = Change(change.code, change.text, course.clock.today(now), now, days)
    queries.add_change(conn, course.plan.id, new_id(), told)


def _changed(before: Mapping[int, Day], after: Iterable[Day]) -> Iterator[dict[str, object]]:
    for day in after:
        was = before[day.day]
        if (day.local_date, day.target) != (was.local_date, was.target):
            yield {
                "day": day.day,
                "date": day.local_date,
                "target": day.target,
                "was_date": was.local_date,
                "was_target": was.target,
            }


def days_of(course: Course) -> list[adjustments.Day]:
    return [
        adjustments.Day(
            day.day, day.local_date, (day.valence, day.arousal), day.target, day.leaving, _state(course, day)
        )
        for day in course.days
    ]


def _state(course: Course, day: Day) -> DayState:
    statuses = {activity.status for activity in course.activities if activity.day == day.day}
    if statuses & {"done", "skipped"}:
        return "lived"
    return "missed" if "missed" in statuses else "ahead"


def _row(day: Day, wanted: adjustments.Day) -> Day:
    valence, arousal = wanted.aim
    return day._replace(
        local_date=wanted.date, leaving=wanted.leaving, target=wanted.mood, valence=valence, arousal=arousal
    )


def _place(activity: Activity) -> dict[str, object]:
    return {"day": activity.day, "position": activity.position}


async def _choose_anew(conn: Connection, course: Course, days: Sequence[Day], now: datetime) -> None:
    """Where there is nothing to choose from, what was planned stays."""
    if not days:
        return
    plan, numbers = course.plan, {day.day for day in days}
    supplied = await supply(conn, plan.user_id, ((day.leaving, day.target) for day in days), now)
    given_up = [activity for activity in _planned(course.activities) if activity.day in numbers]
    staying = [activity for activity in standing(course.activities) if activity.day not in numbers]
    try:
        chosen, _ = filled(plan, days, supplied, plan.id.int + len(course.activities), staying)
    except NothingFits:
        return
    queries.set_status(conn, plan.id, [a.id for a in given_up], "cancelled", now)
    queries.store_activities(conn, plan.id, chosen, now)


def _behind(course: Course, now: datetime) -> bool:
    plan = course.plan
    return plan.status == "active" and bool(course.clock.today(now) > plan.last_date or _left_behind(course, now))


def _left_behind(course: Course, now: datetime) -> list[Activity]:
    today = course.clock.today(now)
    gone = {day.day for day in course.days if day.local_date < today}
    return [activity for activity in _planned(course.activities) if activity.day in gone]


def _planned(activities: Iterable[Activity]) -> Iterator[Activity]:
    return (activity for activity in activities if activity.status == "planned")
