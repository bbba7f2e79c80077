"""Helpers: histories with a planted effect, and nights in which the job looks at people."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from functions.insights.job.main import consumer as job_consumer
from shared.clock import utc_now
from shared.events import Event
from tests.conftest import ClockMover, Clone
from tests.event_delivery import deliver
from tests.integration.insights.diary import Diary

INSIGHTS = "SELECT to_jsonb(i) FROM public.insights AS i WHERE user_id = %s ORDER BY found_at, id"
LEDGER = "SELECT ledger FROM mend.insight_people WHERE user_id = %s"
DUE_AT = "SELECT due_at FROM mend.insight_people WHERE user_id = %s"
FOUND = "SELECT count(*) FROM mend.outbox WHERE type = 'insight.found' AND user_id = %s"
GOOD, HARD = "happy", "sad"  # of nearly the same distance from neutral
Entry = tuple[date, str, int, list[str]]


def history(days: int, last: date, *, effect: bool = True, seed: int = 1) -> list[Entry]:
    """One entry a day. With an effect, days with "walk" are mostly good and the others mostly hard."""
    chance = Random(seed)  # noqa: S311 - not for security
    return [_entry(last - timedelta(days=days - 1 - number), chance, effect=effect) for number in range(days)]


def _entry(day: date, chance: Random, *, effect: bool) -> Entry:
    walks = chance.random() < 0.5
    is_good = chance.random() < (0.85 if walks else 0.15) if effect else chance.random() < 0.5
    others = [name for name in ("coffee", "music") if chance.random() < 0.4]
    return day, GOOD if is_good else HARD, chance.randint(3, 8), [*(["walk"] if walks else []), "work", *others]


async def night(database: Clone) -> None:
    """Let the job run as if it were 03:00 for everyone."""
    with database.admin() as conn:
        conn.execute("UPDATE mend.insight_people SET due_at = %s WHERE due_at IS NOT NULL", (utc_now(),))
    await run_job(utc_now())


async def run_job(now: datetime, move_clock: ClockMover | None = None) -> None:
    """Let the job run at a time. The clock is moved first if that is later."""
    if move_clock and now > utc_now():
        move_clock(now - utc_now() + timedelta(seconds=1))
    assert await deliver(job_consumer, Event(type="schedule.insights", occurred_at=now))


def insights_of(database: Clone, diary: Diary) -> list[dict[str, Any]]:
    return [row for (row,) in database.rows(INSIGHTS, diary.person)]


def ledger_of(database: Clone, diary: Diary) -> dict[str, Any] | None:
    ledger: dict[str, Any] | None = database.value(LEDGER, diary.person)
    return ledger


def kinds(insights: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(insight["about"], insight["status"]) for insight in insights]


def open_care(database: Clone, person: UUID) -> None:
    """A care period of three days that begins now."""
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.care_periods (user_id, grade, opened_at, ends_at) VALUES (%s, 'explicit', %s, %s)",
            (person, utc_now(), utc_now() + timedelta(hours=72)),
        )
