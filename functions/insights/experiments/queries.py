"""The SQL of experiments as the person, whose id is `mend.uid()`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection

EXPERIMENTS: LiteralString = """
    SELECT e.user_id, e.id, e.factor, e.kind, e.days, e.first_day, e.remind_at, e.seed, e.power, e.status, e.due_at,
           e.verdict, e.created_at, e.ended_at
    FROM public.experiments AS e
    WHERE e.user_id = mend.uid()
"""
EXPERIMENT: LiteralString = EXPERIMENTS + " AND e.id = %(id)s"
LOCK_EXPERIMENT: LiteralString = EXPERIMENT + " FOR UPDATE OF e"
EXPERIMENT_PAGE: LiteralString = (
    EXPERIMENTS
    + """
      AND (e.created_at, e.id) < (%(before_time)s, %(before_id)s)
    ORDER BY e.created_at DESC, e.id DESC
    LIMIT %(limit)s
"""
)
HAS_RUNNING: LiteralString = "SELECT 1 FROM public.experiments WHERE user_id = mend.uid() AND status = 'running'"
EXPERIMENT_DAYS: LiteralString = """
    SELECT experiment_id, day, kept, paused FROM public.experiment_days
    WHERE user_id = mend.uid() AND experiment_id = ANY(%(ids)s)
"""
INSERT_EXPERIMENT: LiteralString = """
    INSERT INTO public.experiments
        (user_id, id, factor, kind, days, first_day, remind_at, seed, power, status, due_at, created_at)
    VALUES (mend.uid(), %(id)s, %(factor)s, %(kind)s, %(days)s, %(first_day)s, %(remind_at)s, %(seed)s, %(power)s,
            %(status)s, %(due_at)s, %(created_at)s)
"""
STORE_KEPT: LiteralString = """
    INSERT INTO public.experiment_days (user_id, experiment_id, day, kept)
    VALUES (mend.uid(), %(id)s, %(day)s, %(kept)s)
    ON CONFLICT (user_id, experiment_id, day) DO UPDATE SET kept = excluded.kept
"""
STOP: LiteralString = """
    UPDATE public.experiments SET status = 'stopped', due_at = NULL, ended_at = %(now)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""


class ExperimentRow(NamedTuple):
    user_id: UUID
    id: UUID
    factor: str | None
    kind: str | None
    days: int
    first_day: date
    remind_at: time
    seed: str
    power: float
    status: str
    due_at: datetime | None
    verdict: dict[str, Any] | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.days - 1)


class ExperimentDayRow(NamedTuple):
    experiment_id: UUID
    day: date
    kept: bool | None
    paused: bool


DaysByDate = Mapping[date, ExperimentDayRow]


async def experiment_page(conn: Connection, before: tuple[datetime, UUID], limit: int) -> list[ExperimentRow]:
    params = {"before_time": before[0], "before_id": before[1], "limit": limit}
    return (await conn.run(EXPERIMENT_PAGE, params, ExperimentRow)).rows


async def load_experiment(conn: Connection, id_: UUID) -> ExperimentRow | None:
    return (await conn.run(EXPERIMENT, {"id": id_}, ExperimentRow)).first


async def load_experiment_locked(conn: Connection, id_: UUID) -> ExperimentRow | None:
    return (await conn.run(LOCK_EXPERIMENT, {"id": id_}, ExperimentRow)).first


async def has_running(conn: Connection) -> bool:
    return bool((await conn.run(HAS_RUNNING)).rows)


async def load_days(conn: Connection, ids: Sequence[UUID]) -> Mapping[UUID, DaysByDate]:
    """What is known of the days of these experiments, by id and date."""
    days: dict[UUID, dict[date, ExperimentDayRow]] = defaultdict(dict)
    for row in (await conn.run(EXPERIMENT_DAYS, {"ids": list(ids)}, ExperimentDayRow)).rows:
        days[row.experiment_id][row.day] = row
    return days


def insert_experiment(conn: Connection, experiment: ExperimentRow) -> None:
    conn.queue(INSERT_EXPERIMENT, experiment._asdict())


def store_kept(conn: Connection, id_: UUID, day: date, *, kept: bool) -> None:
    conn.queue(STORE_KEPT, {"id": id_, "day": day, "kept": kept})


def stop(conn: Connection, id_: UUID, now: datetime) -> None:
    conn.queue(STOP, {"id": id_, "now": now})
