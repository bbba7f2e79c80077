"""What is told because something happened elsewhere."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.notify.job.reminder_job import tell_at_once
from functions.notify.main import event_consumer, reminder_consumer
from shared.events import Event
from shared.events.types import insight_found, notification_requested
from tests.conftest import ClientFactory, Clone
from tests.delivering import deliver
from tests.integration.notify.telling import happened, living_in, plan, pushed, states, ticked, utc

NOON = utc("2027-02-01 12:00")
RUN = """
    INSERT INTO public.user_streaks (user_id, current, longest, last_day, timezone, day_starts_at)
    VALUES (%(person)s, %(days)s, %(days)s, %(last)s, 'UTC', '00:00')
    ON CONFLICT (user_id) DO UPDATE SET current = excluded.current, last_day = excluded.last_day
"""


def ran(database: Clone, person: UUID, days: int, last: date) -> None:
    with database.admin() as conn:
        conn.execute(RUN, {"person": person, "days": days, "last": last})


async def test_an_insight_is_told_once_however_often_it_is_found(client_for: ClientFactory, database: Clone) -> None:
    """Its id is the slot; at night it waits until the morning."""
    me = await living_in(client_for, quiet_hours={"from": "22:00", "to": "07:00"})
    insight = str(uuid4())
    night = utc("2027-02-01 23:00")
    for _ in range(2):
        await happened("insight.found", me.person, night, insight_id=insight)

    await ticked(night, utc("2027-02-02 06:55"))
    assert [row[2:] for row in states(database, me.person)] == [(insight, "held", "quiet")]
    await ticked(utc("2027-02-02 07:00"), utc("2027-02-02 07:05"))

    assert [link for _, link in pushed(database, me.person)] == ["mend://insights"]


async def test_a_run_of_days_is_told_of_where_it_is_round_and_wanted(
    client_for: ClientFactory, database: Clone
) -> None:
    """After the entry that makes it so; a second entry of the day says nothing new."""
    me = await living_in(client_for)
    ran(database, me.person, 7, date(2027, 2, 1))
    for _ in range(2):
        await happened("mood.recorded", me.person, NOON)
    await ticked(NOON)
    ran(database, me.person, 8, date(2027, 2, 2))
    await happened("mood.recorded", me.person, utc("2027-02-02 12:00"))
    await ticked(utc("2027-02-02 12:00"))

    assert [row[0::2] for row in states(database, me.person)] == [("streak", "7", None)]
    assert len(pushed(database, me.person)) == 1


async def test_a_run_of_days_that_is_over_is_not_told_of(client_for: ClientFactory, database: Clone) -> None:
    """An entry added for an earlier day leaves the last run as it was: nobody is praised for what has ended."""
    me = await living_in(client_for)
    ran(database, me.person, 7, date(2027, 1, 20))

    await happened("mood.recorded", me.person, NOON)
    await ticked(NOON)

    assert states(database, me.person) == []


async def test_an_edit_that_tells_of_danger_silences_as_well(client_for: ClientFactory, database: Clone) -> None:
    """A later harmless one does not lift the silence."""
    me = await living_in(client_for)
    plan(database, me.person, NOON)
    await happened("mood.changed", me.person, utc("2027-02-01 11:00"), safety="indirect")
    await happened("mood.changed", me.person, utc("2027-02-01 11:30"), safety=None)

    await ticked(NOON)

    assert [row[3:] for row in states(database, me.person)] == [("dropped", "silence")]


@pytest.mark.parametrize("kind", ["mood.recorded", "insight.found", "profile.changed", "inbox.changed"])
async def test_an_account_that_is_gone_is_told_nothing(client_for: ClientFactory, database: Clone, kind: str) -> None:
    """Its events may come late; they leave no trace and are not tried again."""
    assert await living_in(client_for)
    nobody = uuid4()

    await happened(kind, nobody, NOON, insight_id=str(uuid4()), fields=["timezone"])
    await tell_at_once(notification_requested(nobody, NOON, kind="account"))

    assert states(database, nobody) == []


@pytest.mark.parametrize("changes", [{"version": 2}, {"data": {}}, {"data": {"insight_id": "no id"}}], ids=str)
async def test_what_cannot_be_understood_is_parked(
    client_for: ClientFactory, database: Clone, changes: dict[str, Any]
) -> None:
    """An unknown version, or an insight without a name."""
    me = await living_in(client_for)
    event = insight_found(me.person, NOON, insight_id=uuid4())
    told = Event.model_construct(**(event.model_dump() | changes))

    before = database.value("SELECT count(*) FROM mend.dead_letters")

    assert await deliver(event_consumer, told)

    assert database.value("SELECT count(*) FROM mend.dead_letters") == before + 1
    assert states(database, me.person) == []


@pytest.mark.parametrize("data", [{}, {"kind": "marketing"}, {"kind": "plan"}, {"kind": ["account"]}], ids=str)
async def test_only_known_requests_are_told(client_for: ClientFactory, database: Clone, data: dict[str, Any]) -> None:
    """What other functions schedule by day goes through the reminders, not through here."""
    me = await living_in(client_for)
    event = Event(type="notification.requested", user_id=me.person, occurred_at=NOON, data=data)
    before = database.value("SELECT count(*) FROM mend.dead_letters")

    assert await deliver(reminder_consumer, event)

    assert database.value("SELECT count(*) FROM mend.dead_letters") == before + 1


async def test_a_row_without_what_its_words_need_is_dropped(client_for: ClientFactory, database: Clone) -> None:
    """It holds up nobody else's."""
    me, other = await living_in(client_for), await living_in(client_for)
    plan(database, me.person, NOON, "streak")
    plan(database, other.person, NOON)

    await ticked(NOON)

    assert [row[3:] for row in states(database, me.person)] == [("dropped", "wordless")]
    assert len(pushed(database, other.person)) == 1
