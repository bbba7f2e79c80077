"""How `notify` handles the events of other capabilities."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.notify.job.reminder_job import send_requested
from functions.notify.main import event_consumer, reminder_consumer
from shared.events import Event
from shared.events.types import insight_found, notification_requested
from tests.conftest import ClientFactory, Clone
from tests.event_delivery import deliver
from tests.integration.notify.scenario import (
    add_notification,
    create_recipient,
    handle_event,
    pushes_to,
    run_ticks,
    states,
    utc,
)

NOON = utc("2027-02-01 12:00")
UPSERT_STREAK = """
    INSERT INTO public.user_streaks (user_id, current, longest, last_day, timezone, day_starts_at)
    VALUES (%(person)s, %(days)s, %(days)s, %(last)s, 'UTC', '00:00')
    ON CONFLICT (user_id) DO UPDATE SET current = excluded.current, last_day = excluded.last_day
"""


def set_streak(database: Clone, person: UUID, days: int, last: date) -> None:
    with database.admin() as conn:
        conn.execute(UPSERT_STREAK, {"person": person, "days": days, "last": last})


async def test_an_insight_is_sent_once_despite_repeated_events(client_for: ClientFactory, database: Clone) -> None:
    """Its id is the slot. It is told at 10:00, never at night."""
    me = await create_recipient(client_for)
    insight = str(uuid4())
    night = utc("2027-02-02 03:05")
    for _ in range(2):
        await handle_event("insight.found", me.person, night, insight_id=insight)

    await run_ticks(night, utc("2027-02-02 09:55"))
    assert [row[2:] for row in states(database, me.person)] == [(insight, "planned", None)]
    await run_ticks(utc("2027-02-02 10:00"), utc("2027-02-02 10:05"))

    assert [link for _, link in pushes_to(database, me.person)] == ["mend://insights"]


async def test_a_milestone_of_a_streak_is_sent_once(client_for: ClientFactory, database: Clone) -> None:
    """Seven days are a milestone, eight are not. A second entry on the day sends nothing more."""
    me = await create_recipient(client_for)
    set_streak(database, me.person, 7, date(2027, 2, 1))
    for _ in range(2):
        await handle_event("mood.recorded", me.person, NOON)
    await run_ticks(NOON)
    set_streak(database, me.person, 8, date(2027, 2, 2))
    await handle_event("mood.recorded", me.person, utc("2027-02-02 12:00"))
    await run_ticks(utc("2027-02-02 12:00"))

    assert [row[0::2] for row in states(database, me.person)] == [("streak", "7", None)]
    assert len(pushes_to(database, me.person)) == 1


async def test_a_streak_that_has_ended_is_not_sent(client_for: ClientFactory, database: Clone) -> None:
    """An entry for an earlier day does not extend the streak to today."""
    me = await create_recipient(client_for)
    set_streak(database, me.person, 7, date(2027, 1, 20))

    await handle_event("mood.recorded", me.person, NOON)
    await run_ticks(NOON)

    assert states(database, me.person) == []


@pytest.mark.parametrize("kind", ["mood.recorded", "insight.found", "profile.changed", "inbox.changed"])
async def test_events_of_a_deleted_account_change_nothing(
    client_for: ClientFactory, database: Clone, kind: str
) -> None:
    """Late events store nothing and are acknowledged."""
    assert await create_recipient(client_for)
    deleted = uuid4()

    await handle_event(kind, deleted, NOON, insight_id=str(uuid4()), fields=["timezone"])
    await send_requested(notification_requested(deleted, NOON, kind="account"))

    assert states(database, deleted) == []


@pytest.mark.parametrize("changes", [{"version": 2}, {"data": {}}, {"data": {"insight_id": "no id"}}], ids=str)
async def test_an_invalid_event_is_parked(client_for: ClientFactory, database: Clone, changes: dict[str, Any]) -> None:
    """Its version is unknown, or the id of the insight is missing or invalid."""
    me = await create_recipient(client_for)
    event = insight_found(me.person, NOON, insight_id=uuid4())
    invalid = Event.model_construct(**(event.model_dump() | changes))

    before = database.value("SELECT count(*) FROM mend.dead_letters")

    assert await deliver(event_consumer, invalid)

    assert database.value("SELECT count(*) FROM mend.dead_letters") == before + 1
    assert states(database, me.person) == []


@pytest.mark.parametrize("data", [{}, {"kind": "marketing"}, {"kind": "plan"}, {"kind": ["account"]}], ids=str)
async def test_an_unknown_request_is_parked(client_for: ClientFactory, database: Clone, data: dict[str, Any]) -> None:
    """Only `account` and `test` can be requested. Other kinds are scheduled."""
    me = await create_recipient(client_for)
    event = Event(type="notification.requested", user_id=me.person, occurred_at=NOON, data=data)
    before = database.value("SELECT count(*) FROM mend.dead_letters")

    assert await deliver(reminder_consumer, event)

    assert database.value("SELECT count(*) FROM mend.dead_letters") == before + 1


async def test_a_notification_without_values_for_its_text_is_dropped(
    client_for: ClientFactory, database: Clone
) -> None:
    """The notifications of other people in the batch are sent."""
    me, other = await create_recipient(client_for), await create_recipient(client_for)
    add_notification(database, me.person, NOON, "streak")
    add_notification(database, other.person, NOON)

    await run_ticks(NOON)

    assert [row[3:] for row in states(database, me.person)] == [("dropped", "no_text")]
    assert len(pushes_to(database, other.person)) == 1
