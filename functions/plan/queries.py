"""What plans ask of Postgres, as the person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.plan.records import (
    Activity,
    ActivityCount,
    Change,
    Course,
    Day,
    Felt,
    OwnedPlan,
    Plan,
    TurningPlan,
)
from shared import locks, people
from shared.db import Connection, Result

# What somebody felt weeks ago is no mood to start from.
LATEST_MOOD: LiteralString = """
    SELECT mood FROM public.mood_entries
    WHERE user_id = mend.uid() AND occurred_at > %(now)s - interval '7 days'
    ORDER BY occurred_at DESC, id DESC
    LIMIT 1
"""


STORE_PLAN: LiteralString = """
    INSERT INTO public.elevation_plans
        (user_id, id, current_mood, target_mood, duration, per_day, minutes_per_day, kinds, journey, start_date,
         last_date, slot_times, reminded, without_prompts, turns_at, created_at)
    VALUES (mend.uid(), %(id)s, %(current)s, %(target)s, %(duration)s, %(per_day)s, %(minutes)s, %(kinds)s,
            %(journey)s, %(start)s, %(last)s, %(slot_times)s, %(reminded)s, %(without_prompts)s, %(turns_at)s, %(now)s)
"""

# Whether a day is prompted was decided once.
STORE_DAYS: LiteralString = """
    INSERT INTO public.plan_days
        (user_id, plan_id, day, local_date, leaving, target, valence, arousal, prompted, propensity)
    SELECT (SELECT mend.uid()), %(plan)s, d.day, d.local_date, d.leaving, d.target, d.valence, d.arousal,
           d.prompted, d.propensity
    FROM jsonb_to_recordset(%(days)s) AS d (
        day smallint, local_date date, leaving text, target text, valence float8, arousal float8,
        prompted boolean, propensity real
    )
    ON CONFLICT (user_id, plan_id, day) DO UPDATE
        SET local_date = excluded.local_date, leaving = excluded.leaving, target = excluded.target,
            valence = excluded.valence, arousal = excluded.arousal
"""

STORE_ACTIVITIES: LiteralString = """
    INSERT INTO public.plan_activities
        (user_id, plan_id, id, day, position, slot, local_time, content_id, content_version, title, kind, minutes,
         reasons, changed_at)
    SELECT (SELECT mend.uid()), %(plan)s, a.id, a.day, a.position, a.slot, a.local_time, a.content_id,
           a.content_version, a.title, a.kind, a.minutes, a.reasons, %(now)s
    FROM jsonb_to_recordset(%(activities)s) AS a (
        id uuid, day smallint, position smallint, slot text, local_time time, content_id uuid,
        content_version integer, title text, kind text, minutes smallint, reasons jsonb
    )
"""

PLAN: LiteralString = """
    SELECT e.user_id, e.id, e.status, e.current_mood, e.target_mood, e.duration, e.per_day, e.minutes_per_day, e.kinds,
           e.journey, e.start_date, e.last_date, e.paused_on, e.slot_times, e.reminded, e.without_prompts, e.turns_at,
           e.created_at, e.ended_at
    FROM public.elevation_plans AS e
    WHERE e.user_id = mend.uid()
"""

ONE: LiteralString = PLAN + " AND e.id = %(id)s"

ACTIVE: LiteralString = "SELECT id FROM public.elevation_plans WHERE user_id = mend.uid() AND status = 'active'"

PAGE: LiteralString = (
    PLAN
    + """
      AND (e.created_at, e.id) < (%(before_at)s, %(before_id)s)
    ORDER BY e.created_at DESC, e.id DESC
    LIMIT %(limit)s
"""
)

COUNTS: LiteralString = """
    SELECT plan_id, count(*) FILTER (WHERE status <> 'cancelled') AS total,
           count(*) FILTER (WHERE status = 'done') AS done
    FROM public.plan_activities
    WHERE user_id = mend.uid() AND plan_id = ANY(%(ids)s)
    GROUP BY plan_id
"""

DAYS: LiteralString = """
    SELECT day, local_date, leaving, target, valence, arousal, prompted, propensity
    FROM public.plan_days
    WHERE user_id = mend.uid() AND plan_id = %(id)s
    ORDER BY day
"""

ACTIVITIES: LiteralString = """
    SELECT a.id, a.day, a.position, a.slot, a.local_time, a.content_id, a.content_version, a.title, a.kind, a.minutes,
           a.reasons, a.status, a.mood_after, a.finished_at, a.sequence, a.changed_at,
           c.body, c.url, c.image_url, c.attribution
    FROM public.plan_activities AS a
    LEFT JOIN public.content AS c ON c.id = a.content_id AND c.deleted_at IS NULL
    WHERE a.user_id = mend.uid() AND a.plan_id = %(id)s
    ORDER BY a.day, a.position, a.id
"""

CHANGES: LiteralString = """
    SELECT reason, told, from_date, changed_at, days
    FROM public.plan_changes
    WHERE user_id = mend.uid() AND plan_id = %(id)s
    ORDER BY changed_at, id
"""

ADD_CHANGE: LiteralString = """
    INSERT INTO public.plan_changes (user_id, plan_id, id, reason, told, days, from_date, changed_at)
    VALUES (mend.uid(), %(plan)s, %(id)s, %(reason)s, %(told)s, %(days)s, %(from_date)s, %(now)s)
"""

CHANGE_PLAN: LiteralString = """
    UPDATE public.elevation_plans
    SET status = %(status)s, start_date = %(start_date)s, last_date = %(last_date)s, paused_on = %(paused_on)s,
        slot_times = %(slot_times)s, reminded = %(reminded)s, ended_at = %(ended_at)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""

SET_STATUS: LiteralString = """
    UPDATE public.plan_activities
    SET status = %(status)s, sequence = sequence + 1, changed_at = %(now)s
    WHERE user_id = mend.uid() AND plan_id = %(plan)s AND id = ANY(%(ids)s)
"""

# Of what is planned from a day on, the calendar is to be told that it moved.
MOVE: LiteralString = """
    UPDATE public.plan_activities AS a
    SET local_time = coalesce(t.local_time, a.local_time), sequence = a.sequence + 1, changed_at = %(now)s
    FROM jsonb_to_recordset(%(places)s) AS t (day smallint, position smallint, local_time time)
    WHERE a.user_id = mend.uid() AND a.plan_id = %(plan)s AND a.day = t.day AND a.position = t.position
      AND a.status = 'planned'
"""

# A calendar takes over what a plan is to it only from a later version: the same time on another wall, a pause, its end.
REKEY: LiteralString = """
    UPDATE public.plan_activities SET sequence = sequence + 1, changed_at = %(now)s
    WHERE user_id = mend.uid() AND plan_id = %(plan)s
"""

FINISH: LiteralString = """
    UPDATE public.plan_activities
    SET status = %(status)s, mood_after = %(mood_after)s, finished_at = %(now)s
    WHERE user_id = mend.uid() AND plan_id = %(plan)s AND id = %(id)s
"""

MOODS: LiteralString = """
    SELECT mood, intensity, occurred_at, timezone, local_date
    FROM public.mood_entries
    WHERE user_id = mend.uid() AND occurred_at >= %(since)s AND occurred_at <= %(until)s
    ORDER BY occurred_at, id
"""

TURN: LiteralString = """
    UPDATE public.elevation_plans SET turns_at = %(turns_at)s
    WHERE user_id = mend.uid() AND id = %(id)s AND turns_at <> %(turns_at)s
"""

SET_KEY: LiteralString = """
    UPDATE public.elevation_plans SET calendar_key = %(digest)s
    WHERE user_id = mend.uid() AND id = %(id)s
    RETURNING id
"""

# As the service: whose calendar is read with this key, and for whom a day has turned.
OWNER: LiteralString = "SELECT user_id, id FROM public.elevation_plans WHERE calendar_key = %(digest)s"

TURNING: LiteralString = """
    SELECT turns_at, id, user_id
    FROM public.elevation_plans
    WHERE status = 'active' AND turns_at <= %(now)s AND (turns_at, id) > (%(after_at)s, %(after_id)s)
    ORDER BY turns_at, id
    LIMIT %(limit)s
"""


def lock(conn: Connection, person: UUID) -> None:
    """All that changes a person's plans happens one after the other."""
    locks.lock(conn, "plan", person)


def queue_active(conn: Connection) -> Result[TupleRow]:
    """Has a row if a plan of theirs is active."""
    return conn.queue(ACTIVE)


async def latest_mood(conn: Connection, now: datetime) -> str | None:
    row = (await conn.run(LATEST_MOOD, {"now": now})).first
    return row[0] if row else None


def store(conn: Connection, course: Course) -> None:
    plan = course.plan
    row = {
        "id": plan.id,
        "current": plan.current_mood,
        "target": plan.target_mood,
        "duration": plan.duration,
        "per_day": plan.per_day,
        "minutes": plan.minutes_per_day,
        "kinds": plan.kinds,
        "journey": plan.journey,
        "start": plan.start_date,
        "last": plan.last_date,
        "slot_times": Jsonb(plan.slot_times),
        "reminded": plan.reminded,
        "without_prompts": plan.without_prompts,
        "turns_at": plan.turns_at,
        "now": plan.created_at,
    }
    conn.queue(STORE_PLAN, row)
    store_days(conn, plan.id, course.days)
    store_activities(conn, plan.id, course.activities, plan.created_at)


def store_days(conn: Connection, plan_id: UUID, days: Sequence[Day]) -> None:
    conn.queue(STORE_DAYS, {"plan": plan_id, "days": Jsonb([day._asdict() for day in days], to_json)})


def store_activities(conn: Connection, plan_id: UUID, activities: Sequence[Activity], now: datetime) -> None:
    rows = [activity._asdict() for activity in activities]
    conn.queue(STORE_ACTIVITIES, {"plan": plan_id, "activities": Jsonb(rows, to_json), "now": now})


async def course(conn: Connection, person: UUID, plan_id: UUID) -> Course | None:
    params = {"id": plan_id}
    profiles = people.queue_profiles(conn, [person])
    days, activities = conn.queue(DAYS, params, Day), conn.queue(ACTIVITIES, params, Activity)
    plan = (await conn.run(ONE, params, Plan)).first
    if plan is None:
        return None
    [profile] = profiles.rows
    return Course(plan, profile.clock, tuple(days.rows), tuple(activities.rows))


async def active(conn: Connection) -> UUID | None:
    row = (await conn.run(ACTIVE)).first
    return row[0] if row else None


async def page(
    conn: Connection, before: tuple[datetime, UUID], limit: int
) -> tuple[list[Plan], dict[UUID, ActivityCount]]:
    """Plans, and of each how many activities it has and how many of them are done."""
    plans = (await conn.run(PAGE, {"before_at": before[0], "before_id": before[1], "limit": limit}, Plan)).rows
    counts = (await conn.run(COUNTS, {"ids": [plan.id for plan in plans]}, ActivityCount)).rows
    return plans, {row.plan_id: row for row in counts}


def queue_changes(conn: Connection, plan_id: UUID) -> Result[Change]:
    return conn.queue(CHANGES, {"id": plan_id}, Change)


def add_change(conn: Connection, plan_id: UUID, change_id: UUID, change: Change) -> None:
    row = {
        "plan": plan_id,
        "id": change_id,
        "reason": change.reason,
        "told": change.told,
        "days": Jsonb(change.days, to_json),
        "from_date": change.from_date,
        "now": change.changed_at,
    }
    conn.queue(ADD_CHANGE, row)


def change_plan(conn: Connection, plan: Plan) -> None:
    row = {**plan._asdict(), "slot_times": Jsonb(plan.slot_times)}
    conn.queue(CHANGE_PLAN, row)


def set_status(conn: Connection, plan_id: UUID, ids: Sequence[UUID], status: str, now: datetime) -> None:
    if ids:
        conn.queue(SET_STATUS, {"plan": plan_id, "ids": list(ids), "status": status, "now": now})


def move(conn: Connection, plan_id: UUID, places: Sequence[Mapping[str, object]], now: datetime) -> None:
    """Places of a day by number and position, with a `local_time` where that is new."""
    if places:
        conn.queue(MOVE, {"plan": plan_id, "places": Jsonb(list(places), to_json), "now": now})


def rekey(conn: Connection, plan_id: UUID, now: datetime) -> None:
    conn.queue(REKEY, {"plan": plan_id, "now": now})


def finish(conn: Connection, plan_id: UUID, activity: Activity) -> None:
    row = {"plan": plan_id, "id": activity.id, "status": activity.status, "mood_after": activity.mood_after}
    conn.queue(FINISH, {**row, "now": activity.finished_at})


async def moods(conn: Connection, since: datetime, until: datetime) -> list[Felt]:
    return (await conn.run(MOODS, {"since": since, "until": until}, Felt)).rows


def turn(conn: Connection, plan_id: UUID, turns_at: datetime) -> None:
    conn.queue(TURN, {"id": plan_id, "turns_at": turns_at})


async def set_key(conn: Connection, plan_id: UUID, digest: bytes | None) -> bool:
    return (await conn.run(SET_KEY, {"id": plan_id, "digest": digest})).first is not None


async def owner(conn: Connection, digest: bytes) -> OwnedPlan | None:
    """The plan whose calendar has this key."""
    return (await conn.run(OWNER, {"digest": digest}, OwnedPlan)).first


async def turning(conn: Connection, now: datetime, after: tuple[datetime, UUID], limit: int) -> list[TurningPlan]:
    """Plans whose next day has begun, from a place in their order."""
    params = {"now": now, "after_at": after[0], "after_id": after[1], "limit": limit}
    return (await conn.run(TURNING, params, TurningPlan)).rows
