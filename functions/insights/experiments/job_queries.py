"""The SQL of experiments as `mend_service`: for the job, and for events about care."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from functions.insights.experiments.queries import ExperimentDayRow, ExperimentRow
from shared.db import Connection, Result

# The rows stay locked until the transaction ends, so that each day is prepared once.
LOCK_DUE_EXPERIMENTS: LiteralString = """
    SELECT user_id, id, factor, kind, days, first_day, remind_at, seed, power, status, due_at, verdict, created_at,
           ended_at
    FROM public.experiments
    WHERE status = 'running' AND due_at <= %(now)s AND mend.has_consent(user_id, 'insights')
    ORDER BY due_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
"""
DAYS: LiteralString = """
    SELECT experiment_id, day, kept, paused FROM public.experiment_days WHERE experiment_id = ANY(%(ids)s)
"""
# Those after the reminder, on each day of the experiment.
LATER_MOODS: LiteralString = """
    SELECT x.id AS experiment_id, e.local_date, e.mood, e.intensity
    FROM public.experiments AS x
    JOIN public.mood_entries AS e
      ON e.user_id = x.user_id AND e.local_date >= x.first_day AND e.local_date < x.first_day + x.days
         AND e.occurred_at >= (e.local_date + x.remind_at) AT TIME ZONE e.timezone
    WHERE x.id = ANY(%(ids)s) AND x.user_id = ANY(%(people)s)
"""
SET_DUE: LiteralString = """
    UPDATE public.experiments SET due_at = %(due_at)s WHERE user_id = %(person)s AND id = %(id)s
"""
FINISH: LiteralString = """
    UPDATE public.experiments SET status = 'finished', due_at = NULL, ended_at = %(now)s, verdict = %(verdict)s
    WHERE user_id = %(person)s AND id = %(id)s
"""

STOP: LiteralString = """
    UPDATE public.experiments SET status = 'stopped', due_at = NULL, ended_at = %(now)s
    WHERE user_id = %(person)s AND status = 'running'
"""

PAUSE_DAYS: LiteralString = """
    INSERT INTO public.experiment_days (user_id, experiment_id, day, paused)
    SELECT x.user_id, x.id, d.day::date, true
    FROM public.experiments AS x
    JOIN public.care_periods AS c ON c.user_id = x.user_id AND c.ends_at > %(now)s
    CROSS JOIN generate_series(
        %(today)s::date, (c.ends_at AT TIME ZONE %(timezone)s)::date, interval '1 day'
    ) AS d (day)
    WHERE x.user_id = %(person)s AND x.status = 'running'
    ON CONFLICT (user_id, experiment_id, day) DO UPDATE SET paused = true
"""
RESUME_DAYS: LiteralString = """
    UPDATE public.experiment_days AS d SET paused = false
    FROM public.experiments AS x
    WHERE x.user_id = d.user_id AND x.id = d.experiment_id AND x.user_id = %(person)s AND x.status = 'running'
      AND d.paused AND d.day > %(today)s
      AND NOT EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = d.user_id AND c.ends_at > %(now)s)
"""


class LaterMoodRow(NamedTuple):
    experiment_id: UUID
    local_date: date
    mood: str
    intensity: int


async def lock_due_experiments(conn: Connection, now: datetime, limit: int) -> list[ExperimentRow]:
    return (await conn.run(LOCK_DUE_EXPERIMENTS, {"now": now, "limit": limit}, ExperimentRow)).rows


def queue_days(conn: Connection, experiments: Sequence[ExperimentRow]) -> Result[ExperimentDayRow]:
    return conn.queue(DAYS, {"ids": [each.id for each in experiments]}, ExperimentDayRow)


def queue_later_moods(conn: Connection, experiments: Sequence[ExperimentRow]) -> Result[LaterMoodRow]:
    params = {"ids": [each.id for each in experiments], "people": [each.user_id for each in experiments]}
    return conn.queue(LATER_MOODS, params, LaterMoodRow)


def set_due(conn: Connection, experiment: ExperimentRow, due_at: datetime) -> None:
    conn.queue(SET_DUE, {"person": experiment.user_id, "id": experiment.id, "due_at": due_at})


def finish(conn: Connection, experiment: ExperimentRow, verdict: dict[str, Any], now: datetime) -> None:
    params = {"person": experiment.user_id, "id": experiment.id, "verdict": Jsonb(verdict), "now": now}
    conn.queue(FINISH, params)


def stop(conn: Connection, person: UUID, now: datetime) -> None:
    """Stop the running experiment, without a verdict."""
    conn.queue(STOP, {"person": person, "now": now})


def pause_days(conn: Connection, person: UUID, today: date, timezone: str, now: datetime) -> None:
    """Take out the days of the care period, if there still is one."""
    conn.queue(PAUSE_DAYS, {"person": person, "today": today, "timezone": timezone, "now": now})


def resume_days(conn: Connection, person: UUID, today: date, now: datetime) -> None:
    """Count the days after today again, unless another care period has begun."""
    conn.queue(RESUME_DAYS, {"person": person, "today": today, "now": now})
