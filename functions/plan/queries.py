"""SQL of `plan` as the person, whose id is `mend.uid()`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.plan.records import (
    ActivityCountRow,
    ActivityRow,
    ChangeRow,
    DayRow,
    MoodRow,
    PausedPlan,
    PlanRecord,
    PlanRow,
)
from functions.plan.rules.reasons import standing
from shared import locks, people
from shared.db import Connection, Result
from shared.ranking import picture_folder

MOST_MOODS = 5_000  # 25 a day for 200 days; loading them takes the event loop ten milliseconds

# A mood from weeks ago says nothing about the current one.
LATEST_MOOD: LiteralString = """
    SELECT mood FROM public.mood_entries
    WHERE user_id = mend.uid() AND occurred_at > %(now)s - interval '7 days'
    ORDER BY occurred_at DESC, id DESC
    LIMIT 1
"""

INSERT_PLAN: LiteralString = """
    INSERT INTO public.elevation_plans
        (user_id, id, current_mood, target_mood, duration, per_day, minutes_per_day, kinds, journey, start_date,
         last_date, slot_times, reminders_enabled, reminder_trial, next_day_starts_at, created_at)
    VALUES (mend.uid(), %(id)s, %(current_mood)s, %(target_mood)s, %(duration)s, %(per_day)s, %(minutes_per_day)s,
            %(kinds)s, %(journey)s, %(start_date)s, %(last_date)s, %(slot_times)s, %(reminders_enabled)s,
            %(reminder_trial)s, %(next_day_starts_at)s, %(created_at)s)
"""

# The reminder trial is randomised once: an update does not change `has_reminders` and `propensity`.
STORE_DAYS: LiteralString = """
    INSERT INTO public.plan_days
        (user_id, plan_id, day, local_date, from_mood, target, valence, arousal, has_reminders, propensity)
    SELECT (SELECT mend.uid()), %(plan)s, d.day, d.local_date, d.from_mood, d.target, d.valence, d.arousal,
           d.has_reminders, d.propensity
    FROM jsonb_to_recordset(%(days)s) AS d (
        day smallint, local_date date, from_mood text, target text, valence float8, arousal float8,
        has_reminders boolean, propensity real
    )
    ON CONFLICT (user_id, plan_id, day) DO UPDATE
        SET local_date = excluded.local_date, from_mood = excluded.from_mood, target = excluded.target,
            valence = excluded.valence, arousal = excluded.arousal
"""

INSERT_ACTIVITIES: LiteralString = """
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

PLANS: LiteralString = """
    SELECT e.user_id, e.id, e.status, e.current_mood, e.target_mood, e.duration, e.per_day, e.minutes_per_day, e.kinds,
           e.journey, e.start_date, e.last_date, e.paused_on, e.slot_times, e.reminders_enabled, e.reminder_trial,
           e.next_day_starts_at, e.created_at, e.ended_at
    FROM public.elevation_plans AS e
    WHERE e.user_id = mend.uid()
"""

PLAN: LiteralString = PLANS + " AND e.id = %(id)s"

PLAN_PAGE: LiteralString = (
    PLANS
    + """
      AND (e.created_at, e.id) < (%(before_time)s, %(before_id)s)
    ORDER BY e.created_at DESC, e.id DESC
    LIMIT %(limit)s
"""
)

ACTIVE_PLAN: LiteralString = "SELECT id FROM public.elevation_plans WHERE user_id = mend.uid() AND status = 'active'"

# Newest pause first, each with the reason of its latest pause.
PAUSED_PLANS: LiteralString = """
    SELECT e.id, pause.reason
    FROM public.elevation_plans AS e
    CROSS JOIN LATERAL (
        SELECT c.reason FROM public.plan_changes AS c
        WHERE c.user_id = e.user_id AND c.plan_id = e.id AND c.reason IN ('paused', 'paused_for_care')
        ORDER BY c.changed_at DESC, c.id DESC
        LIMIT 1
    ) AS pause
    WHERE e.user_id = mend.uid() AND e.status = 'paused'
    ORDER BY e.paused_on DESC, e.id DESC
"""

# A paused plan goes on with the activities that it has then, so it counts as well.
PLANS_WITH_CONTENT: LiteralString = """
    SELECT e.id FROM public.elevation_plans AS e
    WHERE e.user_id = mend.uid() AND e.status IN ('active', 'paused') AND EXISTS (
        SELECT FROM public.plan_activities AS a
        WHERE a.user_id = e.user_id AND a.plan_id = e.id AND a.content_id = %(content)s AND a.status = 'planned'
    )
    ORDER BY e.id
"""

ACTIVITY_COUNTS: LiteralString = """
    SELECT plan_id, count(*) FILTER (WHERE status <> 'cancelled') AS total,
           count(*) FILTER (WHERE status = 'done') AS done
    FROM public.plan_activities
    WHERE user_id = mend.uid() AND plan_id = ANY(%(ids)s)
    GROUP BY plan_id
"""

DAYS: LiteralString = """
    SELECT day, local_date, from_mood, target, valence, arousal, has_reminders, propensity
    FROM public.plan_days
    WHERE user_id = mend.uid() AND plan_id = %(id)s
    ORDER BY day
"""

ACTIVITIES: LiteralString = """
    SELECT a.id, a.day, a.position, a.slot, a.local_time, a.content_id, a.content_version, a.kind, a.minutes,
           a.reasons, a.status, a.mood_after, a.finished_at, a.sequence, a.changed_at, c.url,
           coalesce('open-place' = ANY(c.tags), false) AS needs_open_place,
           coalesce(t.text ->> 'title', a.title) AS title, coalesce(t.text ->> 'body', c.body) AS body,
           coalesce(t.text ->> 'attribution', c.attribution) AS attribution,
           coalesce(c.image_url, %(pictures)s || c.kind || '/' || c.fits[1] || '.svg') AS image_url
    FROM public.plan_activities AS a
    LEFT JOIN public.content AS c ON c.id = a.content_id AND c.deleted_at IS NULL
    LEFT JOIN LATERAL (SELECT c.translations -> (SELECT mend.language())) AS t (text) ON true
    WHERE a.user_id = mend.uid() AND a.plan_id = %(id)s
    ORDER BY a.day, a.position, a.id
"""

STANDING_INSIGHTS: LiteralString = """
    SELECT found ->> 0 FROM json_array_elements(mend.better_days(mend.uid(), %(now)s)) AS found
"""

CHANGES: LiteralString = """
    SELECT reason, details, from_date, changed_at, days
    FROM public.plan_changes
    WHERE user_id = mend.uid() AND plan_id = %(id)s
    ORDER BY changed_at, id
"""

INSERT_CHANGE: LiteralString = """
    INSERT INTO public.plan_changes (user_id, plan_id, id, reason, details, days, from_date, changed_at)
    VALUES (mend.uid(), %(plan)s, %(id)s, %(reason)s, %(details)s, %(days)s, %(from_date)s, %(changed_at)s)
"""

UPDATE_PLAN: LiteralString = """
    UPDATE public.elevation_plans
    SET status = %(status)s, start_date = %(start_date)s, last_date = %(last_date)s, paused_on = %(paused_on)s,
        slot_times = %(slot_times)s, reminders_enabled = %(reminders_enabled)s, ended_at = %(ended_at)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""

SET_STATUS: LiteralString = """
    UPDATE public.plan_activities
    SET status = %(status)s, sequence = sequence + 1, changed_at = %(now)s
    WHERE user_id = mend.uid() AND plan_id = %(plan)s AND id = ANY(%(ids)s)
"""

# The sequence grows, so that calendars take over the new date or time.
MOVE_ACTIVITIES: LiteralString = """
    UPDATE public.plan_activities AS a
    SET local_time = coalesce(p.local_time, a.local_time), sequence = a.sequence + 1, changed_at = %(now)s
    FROM jsonb_to_recordset(%(places)s) AS p (day smallint, position smallint, local_time time)
    WHERE a.user_id = mend.uid() AND a.plan_id = %(plan)s AND a.day = p.day AND a.position = p.position
      AND a.status = 'planned'
"""

# Calendars ignore an event unless its sequence has grown: after a pause, a resume, or a change of time zone.
INCREMENT_SEQUENCES: LiteralString = """
    UPDATE public.plan_activities SET sequence = sequence + 1, changed_at = %(now)s
    WHERE user_id = mend.uid() AND plan_id = %(plan)s
"""

FINISH_ACTIVITY: LiteralString = """
    UPDATE public.plan_activities
    SET status = %(status)s, mood_after = %(mood_after)s, finished_at = %(finished_at)s
    WHERE user_id = mend.uid() AND plan_id = %(plan)s AND id = %(id)s
"""

# The latest of a time, oldest first.
MOODS: LiteralString = """
    SELECT mood, intensity, occurred_at, timezone, local_date
    FROM (
        SELECT id, mood, intensity, occurred_at, timezone, local_date
        FROM public.mood_entries
        WHERE user_id = mend.uid() AND occurred_at >= %(since)s AND occurred_at <= %(until)s
        ORDER BY occurred_at DESC, id DESC
        LIMIT %(most)s
    ) AS latest
    ORDER BY occurred_at, id
"""

SET_NEXT_DAY: LiteralString = """
    UPDATE public.elevation_plans SET next_day_starts_at = %(next_day_starts_at)s
    WHERE user_id = mend.uid() AND id = %(id)s AND next_day_starts_at <> %(next_day_starts_at)s
"""

SET_CALENDAR_KEY: LiteralString = """
    UPDATE public.elevation_plans SET calendar_key_digest = %(digest)s
    WHERE user_id = mend.uid() AND id = %(id)s
    RETURNING id
"""


def lock_plans(conn: Connection, person: UUID) -> None:
    """Changes of one person's plans wait for each other."""
    locks.lock(conn, "plan", person)


async def latest_mood(conn: Connection, now: datetime) -> str | None:
    row = (await conn.run(LATEST_MOOD, {"now": now})).first
    return row[0] if row else None


def insert_plan(conn: Connection, record: PlanRecord) -> None:
    plan = record.plan
    conn.queue(INSERT_PLAN, _plan_params(plan))
    store_days(conn, plan.id, record.days)
    insert_activities(conn, plan.id, record.activities, plan.created_at)


def store_days(conn: Connection, plan_id: UUID, days: Sequence[DayRow]) -> None:
    conn.queue(STORE_DAYS, {"plan": plan_id, "days": Jsonb([day._asdict() for day in days], to_json)})


def insert_activities(conn: Connection, plan_id: UUID, activities: Sequence[ActivityRow], now: datetime) -> None:
    rows = [activity._asdict() for activity in activities]
    conn.queue(INSERT_ACTIVITIES, {"plan": plan_id, "activities": Jsonb(rows, to_json), "now": now})


async def load_plan(conn: Connection, person: UUID, plan_id: UUID, now: datetime) -> PlanRecord | None:
    """The plan, without reasons from insights that do not stand now."""
    params = {"id": plan_id}
    profiles = people.queue_profiles(conn, [person])
    days = conn.queue(DAYS, params, DayRow)
    activities = conn.queue(ACTIVITIES, {**params, "pictures": picture_folder()}, ActivityRow)
    insights = conn.queue(STANDING_INSIGHTS, {"now": now})
    plan = (await conn.run(PLAN, params, PlanRow)).first
    if plan is None:
        return None
    [profile] = profiles.rows
    ids = {id_ for (id_,) in insights.rows}
    rows = tuple(row._replace(reasons=standing(row.reasons, ids)) for row in activities.rows)
    return PlanRecord(plan, profile.clock, tuple(days.rows), rows, profile.locale)


def queue_active_plan(conn: Connection) -> Result[TupleRow]:
    """Returns the id of the active plan, if there is one, with the next answer."""
    return conn.queue(ACTIVE_PLAN)


async def active_plan(conn: Connection) -> UUID | None:
    row = (await conn.run(ACTIVE_PLAN)).first
    return row[0] if row else None


async def paused_plans(conn: Connection) -> list[PausedPlan]:
    """The paused plans and why they are, those that were paused last first."""
    return (await conn.run(PAUSED_PLANS, None, PausedPlan)).rows


async def plans_with_content(conn: Connection, content_id: UUID) -> list[UUID]:
    """The ids of the active and paused plans in which this content is still planned."""
    return [plan_id for (plan_id,) in (await conn.run(PLANS_WITH_CONTENT, {"content": content_id})).rows]


async def plan_page(
    conn: Connection, before: tuple[datetime, UUID], limit: int
) -> tuple[list[PlanRow], dict[UUID, ActivityCountRow]]:
    """Plans before a keyset of time and id, newest first, with the activity counts of each by its id."""
    plans = (
        await conn.run(PLAN_PAGE, {"before_time": before[0], "before_id": before[1], "limit": limit}, PlanRow)
    ).rows
    counts = (await conn.run(ACTIVITY_COUNTS, {"ids": [plan.id for plan in plans]}, ActivityCountRow)).rows
    return plans, {row.plan_id: row for row in counts}


def queue_changes(conn: Connection, plan_id: UUID) -> Result[ChangeRow]:
    return conn.queue(CHANGES, {"id": plan_id}, ChangeRow)


def insert_change(conn: Connection, plan_id: UUID, change_id: UUID, change: ChangeRow) -> None:
    documents = {"details": Jsonb(change.details), "days": Jsonb(change.days, to_json)}
    conn.queue(INSERT_CHANGE, {**change._asdict(), **documents, "plan": plan_id, "id": change_id})


def update_plan(conn: Connection, plan: PlanRow) -> None:
    conn.queue(UPDATE_PLAN, _plan_params(plan))


def set_status(conn: Connection, plan_id: UUID, ids: Sequence[UUID], status: str, now: datetime) -> None:
    if ids:
        conn.queue(SET_STATUS, {"plan": plan_id, "ids": list(ids), "status": status, "now": now})


def move_activities(conn: Connection, plan_id: UUID, places: Sequence[Mapping[str, object]], now: datetime) -> None:
    """Takes places by `day` and `position`, with a `local_time` where it changes."""
    if places:
        conn.queue(MOVE_ACTIVITIES, {"plan": plan_id, "places": Jsonb(list(places), to_json), "now": now})


def increment_sequences(conn: Connection, plan_id: UUID, now: datetime) -> None:
    conn.queue(INCREMENT_SEQUENCES, {"plan": plan_id, "now": now})


def finish_activity(conn: Connection, plan_id: UUID, activity: ActivityRow) -> None:
    params = {
        "plan": plan_id,
        "id": activity.id,
        "status": activity.status,
        "mood_after": activity.mood_after,
        "finished_at": activity.finished_at,
    }
    conn.queue(FINISH_ACTIVITY, params)


async def moods(conn: Connection, since: datetime, until: datetime) -> list[MoodRow]:
    """The moods of that time, oldest first; of very many the latest 5,000."""
    return (await conn.run(MOODS, {"since": since, "until": until, "most": MOST_MOODS}, MoodRow)).rows


def set_next_day(conn: Connection, plan_id: UUID, next_day_starts_at: datetime) -> None:
    conn.queue(SET_NEXT_DAY, {"id": plan_id, "next_day_starts_at": next_day_starts_at})


async def set_calendar_key(conn: Connection, plan_id: UUID, digest: bytes | None) -> bool:
    """Whether the person has such a plan."""
    return (await conn.run(SET_CALENDAR_KEY, {"id": plan_id, "digest": digest})).first is not None


def _plan_params(plan: PlanRow) -> dict[str, object]:
    return {**plan._asdict(), "slot_times": Jsonb(plan.slot_times)}
