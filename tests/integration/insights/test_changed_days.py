"""Counts of changed days: two at once, those that fail, and who is not counted."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.clock import utc_now
from tests.conftest import ClientFactory, Clone, LogLines
from tests.integration.insights.diary import CHANGED_DAYS, Diary, ago, today
from tests.integration.insights.nights import run_job

LOCK = "SELECT pg_advisory_xact_lock(mend.lock_key('insight_days', %s::text))"
LOCK_ROW = "SELECT FROM mend.insight_people WHERE user_id = %s FOR UPDATE"
WAITING = """
    SELECT count(*), pg_sleep(0.005) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
CAN_LOCK = "SELECT pg_try_advisory_xact_lock(mend.lock_key('{}', %s::text))"
CAN_LOCK_VALUES = """
    SELECT count(*) > 0 FROM (SELECT FROM public.insight_measures WHERE user_id = %s FOR UPDATE SKIP LOCKED) AS m
"""
# Tallies each time that the days of a person are counted.
TALLY = """
    CREATE SEQUENCE mend.tally;
    CREATE FUNCTION mend.tally() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    AS $$ BEGIN PERFORM nextval('mend.tally'); RETURN NULL; END $$;
    CREATE TRIGGER tally AFTER INSERT ON mend.insight_days FOR EACH STATEMENT EXECUTE FUNCTION mend.tally();
"""
ERASE = """
    INSERT INTO mend.erasures (id, digest, user_id, reason, requested_at)
    VALUES (gen_random_uuid(), mend.person_digest(%(person)s), %(person)s, 'requested', now())
"""
ACCOUNTS_LOOKED_UP = "SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'has_account'"
NOT_COUNTED = "insight_days_not_counted"


def set_lock_timeout(database: Clone, timeout: str) -> None:
    """Of connections that the functions open from now on."""
    with database.admin() as conn:
        conn.execute(f"ALTER ROLE mend_app IN DATABASE {database.name} SET lock_timeout = '{timeout}'".encode())


def refuse_sums(database: Clone, person: UUID) -> None:
    """Let the next count of the person's days fail."""
    with database.admin() as conn:
        check = f"ALTER TABLE mend.insight_days ADD CONSTRAINT refused CHECK (user_id <> '{person}') NOT VALID"
        conn.execute(check.encode())


def allow_sums(database: Clone) -> None:
    with database.admin() as conn:
        conn.execute("ALTER TABLE mend.insight_days DROP CONSTRAINT refused")


async def until_waiting(database: Clone, requests: int) -> None:
    """Return once so many wait for a lock."""

    def look() -> None:
        ends_at = time.monotonic() + 20
        while database.value(WAITING) < requests:
            assert time.monotonic() < ends_at

    await asyncio.to_thread(look)


async def test_two_requests_of_a_person_at_once_count_once(diary: Diary, database: Clone) -> None:
    """The second one waits for the first, and both see the entry."""
    set_lock_timeout(database, "60s")
    await diary.check_in("happy", ago(1))
    with database.admin() as conn:
        conn.execute(TALLY)
        with conn.transaction():
            conn.execute(LOCK, (diary.person,))
            requests = [asyncio.create_task(diary.get("/summary", date=str(ago(1)))) for _ in range(2)]
            await until_waiting(database, 2)
    summaries = await asyncio.gather(*requests)

    assert [summary["entries"] for summary in summaries] == [1, 1]
    assert database.value("SELECT last_value FROM mend.tally") == 1


async def test_a_person_who_cannot_be_counted_sees_the_sums_of_before(
    diary: Diary, database: Clone, log_lines: LogLines
) -> None:
    """The changed days stay for a later count."""
    await diary.check_in("happy", today())
    await diary.count()
    refuse_sums(database, diary.person)
    await diary.check_in("sad", today())

    summary = await diary.get("/summary")

    assert summary["entries"] == 1
    assert log_lines.of(NOT_COUNTED) == [{}]
    allow_sums(database)
    assert (await diary.get("/summary"))["entries"] == 2


async def test_one_persons_entries_do_not_hold_up_the_others(
    client_for: ClientFactory, database: Clone, log_lines: LogLines
) -> None:
    """Who cannot be counted comes again with the next tick."""
    diaries = [Diary(client_for, database) for _ in range(3)]
    for diary in diaries:
        await diary.check_in("happy", ago(1))
    refuse_sums(database, diaries[1].person)

    await run_job(utc_now())

    assert [len(diary.days()) for diary in diaries] == [1, 0, 1]
    assert log_lines.of(NOT_COUNTED) == [{}]
    allow_sums(database)
    await run_job(utc_now())
    assert len(diaries[1].days()) == 1


async def test_a_locked_person_does_not_stop_the_job(
    client_for: ClientFactory, database: Clone, log_lines: LogLines
) -> None:
    """The others are counted one by one, and then the job looks at people."""
    set_lock_timeout(database, "100ms")
    diaries = [Diary(client_for, database) for _ in range(3)]
    for diary in diaries:
        await diary.check_in("happy", ago(1))

    with database.admin() as conn, conn.transaction():
        conn.execute(LOCK, (diaries[1].person,))
        await run_job(utc_now())

    assert [len(diary.days()) for diary in diaries] == [1, 0, 1]
    assert log_lines.of(NOT_COUNTED) == [{}]
    assert log_lines.of("insights_computed")


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_check_in_without_consent_counts_after_the_next_one(
    diary: Diary, client_for: ClientFactory, *, is_late: bool
) -> None:
    """In the next answer, before an event of the decision arrives, also if the job has run meanwhile."""
    account = client_for("account", diary.person)
    await diary.check_in("happy", ago(2))
    for granted in (False, True):
        decision = {"granted": granted, "version": "2026-11-27"}
        assert (await account.put("/consents/insights", json=decision)).status_code == 200
        if not granted:
            await diary.handle()
            await diary.check_in("sad", ago(1))
            assert diary.sums() == []
            if is_late:
                await run_job(utc_now())

    await diary.get("/summary")

    assert [(day, entries) for day, entries, *_ in diary.days()] == [(ago(2), 1), (ago(1), 1)]


async def test_who_agrees_again_has_their_measures_in_the_next_answer(diary: Diary, client_for: ClientFactory) -> None:
    """Also without any entry, and before an event of the decision arrives."""
    account = client_for("account", diary.person)
    await diary.insights.post("/measures", json={"name": "Sleep", "value": 7, "date": str(ago(1))})
    for granted in (False, True):
        await account.put("/consents/insights", json={"granted": granted, "version": "2026-11-27"})
        if not granted:
            await diary.handle()

    assert [item["name"] for item in (await diary.get("/measures"))["items"]] == ["Sleep"]


async def test_who_is_being_erased_is_not_counted(diary: Diary, database: Clone) -> None:
    """Nothing is computed of them any more."""
    await diary.check_in("happy", ago(1))
    with database.admin() as conn:
        conn.execute(ERASE, {"person": diary.person})

    await run_job(utc_now())

    assert diary.sums() == []
    assert database.rows(CHANGED_DAYS, diary.person) == []


async def test_a_deletion_looks_up_the_account_of_each_day_once(diary: Diary, database: Clone) -> None:
    """And not that of each entry."""
    diary.write([(ago(day), "happy", 5, []) for day in (1, 2) for _ in range(10)])
    with database.admin() as conn, conn.transaction():
        conn.execute("SET LOCAL track_functions = 'all'")
        conn.execute("DELETE FROM public.mood_entries WHERE user_id = %s", (diary.person,))

        assert conn.execute(ACCOUNTS_LOOKED_UP).fetchall() == [(2,)]


async def hide_a_factor(diary: Diary) -> None:
    await diary.insights.patch("/factors", json={"factor": "run", "hidden": True})


async def import_a_measure(diary: Diary) -> None:
    columns = b'{"date": "Day", "mood": "Feeling", "Sleep": "Hours"}'
    content = f"Day,Feeling,Hours\n{ago(3)},sad,7.5\n".encode()
    await diary.checkin.post("/import", files={"file": content, "columns": columns})


async def delete_a_value(diary: Diary) -> None:
    path = f"/measures/{await diary.measure_id('sleep')}/values"
    await diary.insights.delete(path, params={"date": str(ago(1))})


@pytest.mark.parametrize(
    ("change", "can_lock"),
    [
        (hide_a_factor, CAN_LOCK.format("insight_factors")),
        (import_a_measure, CAN_LOCK.format("measures")),
        (delete_a_value, CAN_LOCK_VALUES),
    ],
    ids=["factor", "import", "deletion"],
)
async def test_a_change_locks_the_row_of_the_person_first(
    diary: Diary, database: Clone, change: Callable[[Diary], Coroutine[Any, Any, None]], can_lock: str
) -> None:
    """As a request does that counts changed days before. Otherwise each could wait for the other."""
    set_lock_timeout(database, "60s")
    await diary.insights.post("/measures", json={"name": "sleep", "value": 7, "date": str(ago(1))})
    with database.admin() as conn, conn.transaction():
        conn.execute(LOCK_ROW, (diary.person,))
        waiting = asyncio.create_task(change(diary))
        await until_waiting(database, 1)

        assert conn.execute(can_lock.encode(), (diary.person,)).fetchone() == (True,)
    await waiting


async def test_the_job_counts_with_the_time_of_the_tick_before(diary: Diary, database: Clone) -> None:
    """What has changed since then may have changed before 03:00."""
    await diary.check_in("happy", ago(1))
    now = utc_now()

    await run_job(now)

    stale_since = "SELECT stale_since FROM mend.insight_people WHERE user_id = %s"
    assert database.value(stale_since, diary.person) == now - timedelta(hours=1)
