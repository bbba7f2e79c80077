"""The job: counts changed days, and looks at the people about whom something is new, after 03:00 where they are.

It takes a few people at a time, in one transaction each time, and locks their rows meanwhile. So several instances
share the work, a killed one leaves nothing half done, and an hour in which the job did not run is made up by the next.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from functions.insights.job import experiment_days, queries, review_notices
from functions.insights.job.discoveries import compute
from functions.insights.job.learned_effects import content_ids
from functions.insights.job.queries import DuePersonRow, PersonData, PersonResult
from functions.insights.job.rules.daily_series import WINDOW_DAYS
from shared import logs
from shared.db import Connection, Database
from shared.errors import Unavailable
from shared.events import Event, emit
from shared.events.types import insight_found
from shared.services import services

BATCH = 8  # people in one transaction: it holds their rows for less than half a second
COUNTED_AT_ONCE = 20  # people whose days are counted in one transaction, for which their requests wait
COUNT_SECONDS = 240.0  # of a tick: the rest of its time is for looks
TICKS_APART = timedelta(hours=1)
FIRST_ID, LAST_ID = UUID(int=0), UUID(int=2**128 - 1)
WINDOW = timedelta(days=WINDOW_DAYS)

LockPeople = Callable[[Connection], Awaitable[list[DuePersonRow]]]


async def run(event: Event) -> None:
    """Handle one tick. The time of the tick counts as now.

    What has changed since the tick before is counted with the time of that one. So a change of before 03:00 is looked
    at now, and not a night later.
    """
    database, now = services().database, event.occurred_at
    await _count_changed_days(database, now - TICKS_APART)
    total = 0
    while people := await database.retry(
        lambda: _run_batch(database, now, lambda conn: queries.lock_due_people(conn, now, BATCH))
    ):
        total += people
    while await database.retry(lambda: _expire(database, now)):
        pass
    await experiment_days.run(database, now)
    logs.event("insights_computed", people=total)


async def refresh(event: Event) -> None:
    """Look at one person now, if something is new about them."""
    database, now, person = services().database, event.occurred_at, event.person

    async def lock(conn: Connection) -> list[DuePersonRow]:
        queries.count_changed_days(conn, [person], now)
        return await queries.lock_person(conn, person, now)

    await database.retry(lambda: _run_batch(database, now, lock))


async def _count_changed_days(database: Database, now: datetime) -> None:
    """Count what has changed of everybody who has not read their insights since, as far as the time allows."""
    ends_at = time.monotonic() + COUNT_SECONDS
    async for people in _people_with_changed_days(database):
        await _count(database, people, now, ends_at)
        if time.monotonic() >= ends_at:
            return


async def _people_with_changed_days(database: Database) -> AsyncIterator[list[UUID]]:
    """Everybody with changed days, a few at a time. It begins anywhere, so that nobody comes last each time."""

    async def load(after: UUID, until: UUID) -> list[UUID]:
        async with database.service() as conn:
            return await queries.load_people_with_changed_days(conn, after, until, COUNTED_AT_ONCE)

    start = uuid4()
    for first, last in ((start, LAST_ID), (FIRST_ID, start)):
        after = first
        while people := await database.retry(partial(load, after, last)):
            yield people
            after = people[-1]


async def _count(database: Database, people: Sequence[UUID], now: datetime, ends_at: float) -> None:
    """Count the changed days of these people at once, or one by one if one of them is locked or takes too long."""

    async def count() -> None:
        async with database.service() as conn:
            queries.count_changed_days(conn, people, now)

    try:
        await database.retry(count)
    except Unavailable:
        if len(people) == 1:
            logs.warn("insight_days_not_counted")
            return
        for person in people:
            if time.monotonic() < ends_at:
                await _count(database, [person], now, ends_at)


async def _run_batch(database: Database, now: datetime, lock_people: LockPeople) -> int:
    async with database.service() as conn:
        due = await lock_people(conn)
        if not due:
            return 0
        people = await queries.load_people(conn, [row for row in due if not row.in_care], now, WINDOW)
        study_effects = await _study_effects(conn, people)
        results = await asyncio.to_thread(_compute_all, people, study_effects, now)
        postponed = [PersonResult(row.user_id, row.ledger, row.withheld, done=False) for row in due if row.in_care]
        queries.store_results(conn, [*results, *postponed], now)
        review_notices.schedule(conn, people, now)
        await _tell(conn, [result for result in results if result.done], now)
    return len(due)


def _compute_all(people: Sequence[PersonData], study_effects: Mapping[str, float], now: datetime) -> list[PersonResult]:
    return [_compute_or_postpone(data, study_effects, now) for data in people]


def _compute_or_postpone(data: PersonData, study_effects: Mapping[str, float], now: datetime) -> PersonResult:
    try:
        return compute(data, study_effects, now)
    except Exception as error:  # noqa: BLE001 - one person's data must not hold up the others'
        logs.failure("insights_not_computed", error)
        return PersonResult(data.person.user_id, data.person.ledger, data.person.withheld, done=False)


async def _study_effects(conn: Connection, people: Sequence[PersonData]) -> dict[str, float]:
    """The study priors of all content that these people have done, by content id, and the greatest by kind."""
    ids = {content_id for data in people for content_id in content_ids(data.beliefs)}
    effects: dict[str, float] = {}
    for row in await queries.load_content_effects(conn, ids) if ids else ():
        effects[str(row.id)] = row.effect
        effects[row.kind] = max(effects.get(row.kind, 0.0), row.effect)
    return effects


async def _tell(conn: Connection, results: Sequence[PersonResult], now: datetime) -> None:
    """Announce the new insights of each person by one event, which names the strongest."""
    strongest: dict[object, queries.ToldRow] = {}
    for row in await queries.tell_new_insights(conn, [result.user_id for result in results], now):
        current = strongest.get(row.user_id)
        if current is None or row.strength > current.strength:
            strongest[row.user_id] = row
    emit(conn, [insight_found(row.user_id, now, insight_id=row.id) for row in strongest.values()])


async def _expire(database: Database, now: datetime) -> bool:
    async with database.service() as conn:
        return await queries.expire_insights(conn, now)
