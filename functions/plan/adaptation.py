"""Adapts a plan to what happens: missed days, moods off the arc, unwanted content, a pause, and the end.

Every change is stored with its reason, for a message to the person.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from functions.plan import queries, reminders
from functions.plan.errors import PlanActive
from functions.plan.records import ActivityRow, ChangeRow, DayRow, PlanRecord, PlanRow, not_cancelled
from functions.plan.rules import adjustments
from functions.plan.rules.adjustments import ONE_DAY, Adjustment, ChangeReason, DayState, PlannedDay
from functions.plan.rules.arc import named_goal
from functions.plan.rules.choice import NoOption
from functions.plan.selection import fill_places, load_options, open_places, plan_theme, replace_activity
from shared.db import Connection
from shared.errors import NotFound
from shared.events import emit
from shared.events.types import plan_changed, plan_ended
from shared.ids import new_id
from shared.moods import MOODS
from shared.people import Clock
from shared.ranking.conditions import places_are_open

FOLLOWED_MOOD = {adjustments.ADJUSTED.code, adjustments.AHEAD_OF_PLAN.code}


async def load_locked(conn: Connection, person: UUID, plan_id: UUID, now: datetime) -> PlanRecord:
    """The plan as of now, locked for a change. Raises `NotFound`."""
    queries.lock_plans(conn, person)
    record = await queries.load_plan(conn, person, plan_id, now)
    if record is None:
        raise NotFound
    return await _catch_up(conn, record, now)


async def load(conn: Connection, person: UUID, plan_id: UUID, now: datetime) -> PlanRecord:
    """The plan as of now. Takes the lock only if the plan has to catch up, which is seldom. Raises `NotFound`."""
    record = await queries.load_plan(conn, person, plan_id, now)
    if record is None:
        raise NotFound
    if not _is_behind(record, now):
        return record
    return await load_locked(conn, person, plan_id, now)


async def load_active(conn: Connection, person: UUID, now: datetime) -> PlanRecord | None:
    """The person's active plan as of now, locked. One whose last day is over is ended first, and not returned."""
    plan_id = await queries.active_plan(conn)
    record = await load_locked(conn, person, plan_id, now) if plan_id else None
    return record if record and record.plan.status == "active" else None


async def follow_mood(conn: Connection, record: PlanRecord, now: datetime) -> PlanRecord:
    """If today's moods are off the arc, adjust the days ahead. Happens at most once a day."""
    plan, today = record.plan, record.clock.today(now)
    changes = queries.queue_changes(conn, plan.id)
    moods = await queries.moods(conn, plan.created_at, now)
    if any(change.reason in FOLLOWED_MOOD and change.from_date == today for change in changes.rows):
        return record
    points = [MOODS[mood.mood].point for mood in moods if mood.local_date == today]
    adjustment = adjustments.follow_mood(planned_days(record), today, points, MOODS[plan.target_mood].point)
    if adjustment is None:
        return record
    await apply_adjustment(conn, record, adjustment, now)
    return await reload_changed(conn, record, now)


async def replace_content(conn: Connection, record: PlanRecord, content_id: UUID, now: datetime) -> PlanRecord:
    """Replace content that the person hides or dislikes wherever it is still planned, or just remove it."""
    unwanted = [activity for activity in _planned(record.activities) if activity.content_id == content_id]
    if not unwanted:
        return record
    await _replace(conn, record, unwanted, now)
    store_change(conn, record, adjustments.UNWANTED_REMOVED, now)
    return await reload_changed(conn, record, now)


async def pause(conn: Connection, record: PlanRecord, reason: ChangeReason, now: datetime) -> PlanRecord:
    queries.update_plan(conn, record.plan._replace(status="paused", paused_on=record.clock.today(now)))
    store_change(conn, record, reason, now)
    queries.increment_sequences(conn, record.plan.id, now)
    return await reload_changed(conn, record, now)


async def resume(conn: Connection, record: PlanRecord, now: datetime) -> PlanRecord:
    """Move the upcoming days, so that they go on from today, and adjust them to the moods of today."""
    if await load_active(conn, record.plan.user_id, now):
        raise PlanActive
    adjustment = adjustments.resume(planned_days(record), record.clock.today(now))
    plan = record.plan._replace(status="active", paused_on=None)
    queries.increment_sequences(conn, plan.id, now)
    await apply_adjustment(conn, record._replace(plan=plan), adjustment, now)
    resumed = await reload_changed(conn, record, now)
    return await follow_mood(conn, resumed, now)


async def end(conn: Connection, record: PlanRecord, now: datetime) -> PlanRecord:
    """Cancel what is still planned for today and later. A plan that is over has ended with its last day."""
    over_at = record.clock.day_start(record.plan.last_date + ONE_DAY)
    plan = record.plan._replace(status="ended", ended_at=min(now, over_at))
    queries.update_plan(conn, plan)
    overdue = _overdue(record, now)
    ahead = [activity.id for activity in _planned(record.activities) if activity not in overdue]
    queries.set_status(conn, plan.id, ahead, "cancelled", now)
    emit(conn, [plan_ended(plan.user_id, now, plan_id=plan.id)])
    return await reload_changed(conn, record, now)


async def apply_adjustment(conn: Connection, record: PlanRecord, adjustment: Adjustment, now: datetime) -> None:
    """Store the adjusted days and the reason, and refill upcoming days that start from another mood than before."""
    plan, today = record.plan, record.clock.today(now)
    previous = {day.day: day for day in record.days}
    days = [_day_row(previous[day.number], day) for day in adjustment.days]
    store_change(conn, record, adjustment.reason, now, list(_changed_days(previous, days)))
    queries.store_days(conn, plan.id, [day for day in days if day != previous[day.day]])
    dates = [day.local_date for day in days]
    queries.update_plan(conn, plan._replace(start_date=min(dates), last_date=max(dates)))
    moved = {day.day for day in days if day.local_date != previous[day.day].local_date}
    places = [{"day": a.day, "position": a.position} for a in _planned(record.activities) if a.day in moved]
    queries.move_activities(conn, plan.id, places, now)
    refill = [day for day in days if day.day in adjustment.days_to_refill and day.local_date > today]
    await _refill(conn, record, refill, now)


async def reload_changed(conn: Connection, record: PlanRecord, now: datetime) -> PlanRecord:
    """Emit `plan.changed`, read the plan as it was stored, and renew its reminders.

    An activity that was moved to a time when the place that it needs is closed is replaced.
    """
    emit(conn, [plan_changed(record.plan.user_id, now, plan_id=record.plan.id)])
    changed = await _reload(conn, record, now)
    if at_closed_doors := list(_at_closed_doors(changed)):
        await _replace(conn, changed, at_closed_doors, now)
        changed = await _reload(conn, record, now)
    reminders.renew(conn, changed, now)
    return changed


def store_change(
    conn: Connection,
    record: PlanRecord,
    reason: ChangeReason,
    now: datetime,
    days: Sequence[Mapping[str, object]] = (),
) -> None:
    change = ChangeRow(reason.code, reason.details, record.clock.today(now), now, days)
    queries.insert_change(conn, record.plan.id, new_id(), change)


def planned_days(record: PlanRecord) -> list[PlannedDay]:
    """The days as the rules take them."""
    return [
        PlannedDay(day.day, day.local_date, (day.valence, day.arousal), day.target, day.from_mood, _state(record, day))
        for day in record.days
    ]


async def _catch_up(conn: Connection, record: PlanRecord, now: datetime) -> PlanRecord:
    """Mark overdue activities as missed, then end the plan after its last day, or lead the rest on from there."""
    if not _is_behind(record, now):
        return record
    plan, today = record.plan, record.clock.today(now)
    queries.set_status(conn, plan.id, [activity.id for activity in _overdue(record, now)], "missed", now)
    if is_over(plan, record.clock, now):
        return await end(conn, record, now)
    moods = await queries.moods(conn, plan.created_at, now)
    position = MOODS[moods[-1].mood].point if moods else None
    adjustment = adjustments.catch_up(planned_days(record), today, position, MOODS[plan.target_mood].point)
    if adjustment:
        await apply_adjustment(conn, record, adjustment, now)
    return await reload_changed(conn, record, now)


async def _reload(conn: Connection, record: PlanRecord, now: datetime) -> PlanRecord:
    stored = await queries.load_plan(conn, record.plan.user_id, record.plan.id, now)
    assert stored is not None  # noqa: S101 - plans are never deleted, and this one is locked
    return stored


def _at_closed_doors(record: PlanRecord) -> Iterator[ActivityRow]:
    dates = {day.day: day.local_date for day in record.days}
    for activity in _planned(record.activities):
        date = record.clock.calendar_date(dates[activity.day], activity.local_time)
        at = datetime.combine(date, activity.local_time)
        if activity.needs_open_place and not places_are_open(at):
            yield activity


async def _replace(conn: Connection, record: PlanRecord, replaced: Sequence[ActivityRow], now: datetime) -> None:
    """Choose another activity for the place of each, or just remove it."""
    plan, days = record.plan, {day.day: day for day in record.days}
    moods = [(days[activity.day].from_mood, days[activity.day].target) for activity in replaced]
    options = await load_options(conn, plan.user_id, moods, now, plan_theme(plan))
    activities = list(record.activities)
    for activity in replaced:
        with suppress(NoOption):
            activities.append(replace_activity(record, days[activity.day], activity, options, activities))
    queries.set_status(conn, plan.id, [activity.id for activity in replaced], "cancelled", now)
    queries.insert_activities(conn, plan.id, activities[len(record.activities) :], now)


async def _refill(conn: Connection, record: PlanRecord, days: Sequence[DayRow], now: datetime) -> None:
    """Choose new activities for the days. If nothing fits, they keep what they have."""
    if not days:
        return
    plan, numbers = record.plan, {day.day for day in days}
    moods = ((day.from_mood, day.target) for day in days)
    options = await load_options(conn, plan.user_id, moods, now, plan_theme(plan))
    replaced = [activity for activity in _planned(record.activities) if activity.day in numbers]
    others = [activity for activity in not_cancelled(record.activities) if activity.day not in numbers]
    seed = plan.id.int + len(record.activities)
    try:
        activities, _ = fill_places(plan, open_places(plan, record.clock, days), options, seed, others)
    except NoOption:
        return
    queries.set_status(conn, plan.id, [activity.id for activity in replaced], "cancelled", now)
    queries.insert_activities(conn, plan.id, activities, now)


def _changed_days(previous: Mapping[int, DayRow], days: Iterable[DayRow]) -> Iterator[dict[str, object]]:
    for day in days:
        before = previous[day.day]
        target, previous_target = named_goal(day.target), named_goal(before.target)
        if (day.local_date, target) != (before.local_date, previous_target):
            yield {
                "day": day.day,
                "date": day.local_date,
                "target": target,
                "previous_date": before.local_date,
                "previous_target": previous_target,
            }


def _day_row(row: DayRow, day: PlannedDay) -> DayRow:
    valence, arousal = day.point
    return row._replace(
        local_date=day.date, from_mood=day.from_mood, target=day.target, valence=valence, arousal=arousal
    )


def _state(record: PlanRecord, day: DayRow) -> DayState:
    statuses = {activity.status for activity in record.activities if activity.day == day.day}
    if statuses & {"done", "skipped"}:
        return "started"
    return "missed" if "missed" in statuses else "upcoming"


def is_over(plan: PlanRow, clock: Clock, now: datetime) -> bool:
    """Whether a plan that is stored as active has had its last day."""
    return plan.status == "active" and clock.today(now) > plan.last_date


def _is_behind(record: PlanRecord, now: datetime) -> bool:
    plan = record.plan
    return is_over(plan, record.clock, now) or (plan.status == "active" and bool(_overdue(record, now)))


def _overdue(record: PlanRecord, now: datetime) -> list[ActivityRow]:
    """Activities of past days that are still planned."""
    today = record.clock.today(now)
    past = {day.day for day in record.days if day.local_date < today}
    return [activity for activity in _planned(record.activities) if activity.day in past]


def _planned(activities: Iterable[ActivityRow]) -> Iterator[ActivityRow]:
    return (activity for activity in activities if activity.status == "planned")
