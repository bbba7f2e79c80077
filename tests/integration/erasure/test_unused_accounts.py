"""Accounts that nobody uses are erased, after their people were told."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from functions.account.erasure.unused_accounts import UnusedRule, rules
from functions.account.main import erasure_consumer
from shared.clock import utc_now
from shared.events import tick
from tests.conftest import Clone
from tests.event_delivery import deliver

REGISTERED, ANONYMOUS = rules()
CHECK_IN = """
    INSERT INTO public.mood_entries (user_id, id, mood, intensity, occurred_at, timezone, local_date, edited_at)
    VALUES (%(person)s, gen_random_uuid(), 'sad', 5, %(now)s, 'UTC', '2026-01-01', %(now)s)
"""
USES = {
    "sign-in": "UPDATE auth.users SET last_sign_in_at = %(now)s WHERE id = %(person)s",
    "session": "INSERT INTO auth.sessions (id, user_id, updated_at) VALUES (%(person)s, %(person)s, %(now)s)",
    "device": "INSERT INTO public.devices (token, user_id, platform, seen_at) VALUES ('x', %(person)s, 'ios', %(now)s)",
    "check-in": CHECK_IN,
}
pytestmark = pytest.mark.usefixtures("services")


def account(database: Clone, last_use: datetime, *, anonymous: bool = False) -> UUID:
    person = uuid4()
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO auth.users (id, email, created_at, last_sign_in_at, is_anonymous) VALUES (%s, %s, %s, %s, %s)",
            (person, None if anonymous else f"{person}@example.org", last_use, last_use, anonymous),
        )
    return person


async def look_after(at: datetime) -> None:
    """Run the daily schedule as of a day in the past."""
    assert await deliver(erasure_consumer, tick("schedule.accounts", at))


def told(database: Clone) -> list[tuple[UUID, dict[str, int]]]:
    return database.rows("SELECT user_id, data -> 'data' FROM mend.outbox WHERE type = 'notification.requested'")


def erased(database: Clone) -> list[tuple[UUID, str]]:
    return database.rows("SELECT user_id, reason FROM mend.erasures")


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.mark.parametrize("rule", [REGISTERED, ANONYMOUS], ids=["registered", "anonymous"])
async def test_an_unused_account_is_told_once_and_erased_a_month_later(database: Clone, rule: UnusedRule) -> None:
    """Not before its time, and only after it was told."""
    now = utc_now() - days(200)
    person = account(database, now - days(rule.erased_after_days - rule.told_days - 1), anonymous=rule.anonymous)

    await look_after(now)
    told_early = told(database)
    for day in (2, 3, 20, 31):
        await look_after(now + days(day))
    erased_early = erased(database)
    await look_after(now + days(33))
    await look_after(now + days(34))

    assert (told_early, erased_early) == ([], [])
    assert told(database) == [(person, {"days": rule.told_days})]
    assert erased(database) == [(person, "unused")]


async def test_nobody_is_erased_untold(database: Clone) -> None:
    """Where the schedule did not run for years, people still get their month."""
    now = utc_now() - days(60)
    person = account(database, now - days(5000))

    await look_after(now)
    await look_after(now + days(29))
    before = erased(database)
    await look_after(now + days(31))

    assert before == []
    assert erased(database) == [(person, "unused")]


@pytest.mark.parametrize("use", USES.values(), ids=USES)
async def test_who_comes_back_keeps_the_account(database: Clone, use: str) -> None:
    """And is told again if they leave again."""
    now = utc_now() - days(60)
    person = account(database, now - days(5000))
    await look_after(now)

    with database.admin() as conn:
        conn.execute(use.encode(), {"person": person, "now": now + days(1)})
    await look_after(now + days(40))

    assert erased(database) == []
    assert len(told(database)) == 1


async def test_an_account_in_use_is_left_alone(database: Clone) -> None:
    """An anonymous one of last month, a registered one of last year."""
    now = utc_now()
    account(database, now - days(50), anonymous=True)
    account(database, now - days(400))

    await look_after(now)

    assert (told(database), erased(database)) == ([], [])


async def test_everybody_is_told_however_many_they_are(database: Clone) -> None:
    """In several transactions."""
    now = utc_now()
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO auth.users (id, created_at) SELECT gen_random_uuid(), %s FROM generate_series(1, 450)",
            (now - days(2000),),
        )

    await look_after(now)

    assert len(told(database)) == 450
