"""Days that start late: a time before the start of a person's day is at the end of that day, on the date after."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from icalendar import Calendar

from infra.local.postgres import Server
from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, ClockMover, Clone, cloned
from tests.integration.notify.scenario import create_recipient, run_ticks
from tests.integration.plan.plans import (
    change_plan,
    create_plan,
    event_of,
    finish,
    get,
    handle,
    reminders_of,
)

ONE_DAY = timedelta(days=1)
TIMES = {"morning": "08:45", "afternoon": "13:00", "evening": "19:00"}
STATES = """
    SELECT slot, state, state_reason FROM public.notifications
    WHERE user_id = %s AND kind = 'plan' AND state <> 'planned' ORDER BY due_at
"""


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    """One database for each test: the reminder job sends to all people."""
    with cloned(server) as clone:
        yield clone


@pytest.fixture
async def me(client_for: ClientFactory) -> Client:
    """A person with a device, whose day starts at ten."""
    me = client_for("plan", (await create_recipient(client_for)).person)
    await _start_day_at(client_for, me, "10:00")
    return me


async def _start_day_at(client_for: ClientFactory, me: Client, at: str) -> None:
    changed = await client_for("account", me.person).patch("/profile", json={"day_starts_at": at})
    assert changed.status_code == 200, changed.text


def _at(day: int, at: str) -> datetime:
    """This time of day, so many days after today."""
    return datetime.combine(utc_now().date() + day * ONE_DAY, time.fromisoformat(at), UTC)


def _sign_in_at(client_for: ClientFactory, move_clock: ClockMover, me: Client, moment: datetime) -> Client:
    """The same person at another time, with a token of that time."""
    move_clock(moment - utc_now())
    return client_for("plan", me.person)


async def _start_today(me: Client, **draft: object) -> str:
    """The id of a plan that starts today at ten."""
    plan = await create_plan(me, start_date=_at(0, "10:00").date().isoformat(), duration=3, reminders=TIMES, **draft)
    return str(plan["plan_id"])


async def test_the_calendar_today_and_reminders_agree(
    me: Client, client_for: ClientFactory, database: Clone, move_clock: ClockMover
) -> None:
    """When the reminder of the morning comes, on the date after, today is the day that it is about."""
    plan_id, morning = await _start_today(me, current="okay", target="hopeful"), _at(1, "08:45")
    planned = (await get(me, f"/{plan_id}"))["days"][0]["activities"]
    events = Calendar.from_ical((await me.get(f"/{plan_id}/calendar.ics")).content).walk("VEVENT")
    starts = {str(event["UID"]).removesuffix("@mend"): event.decoded("DTSTART") for event in events}
    reminders = reminders_of(database, me)[:3]
    me = _sign_in_at(client_for, move_clock, me, morning + timedelta(minutes=1))

    await run_ticks(utc_now())
    today = await get(me, "/today")

    assert [starts[each["activity_id"]] for each in planned] == [
        morning,
        morning.replace(hour=13, minute=0) - ONE_DAY,
        morning.replace(hour=19, minute=0) - ONE_DAY,
    ]
    assert reminders == [
        (morning.date() - ONE_DAY, "afternoon", "13:00"),
        (morning.date() - ONE_DAY, "evening", "19:00"),
        (morning.date(), "morning", "08:45"),
    ]
    assert database.rows(STATES, me.person)[-1] == ("morning", "sent", None)
    assert (today["day"], [each["activity_id"] for each in today["activities"]]) == (
        1,
        [each["activity_id"] for each in planned],
    )


async def test_what_is_done_before_its_reminder_needs_none(me: Client, database: Clone) -> None:
    """The reminder of that slot of that day goes, and no other."""
    plan_id = await _start_today(me, current="okay", target="hopeful")
    before = reminders_of(database, me)
    [morning, *_] = (await get(me, f"/{plan_id}"))["days"][0]["activities"]

    await finish(me, plan_id, morning)

    gone = (_at(1, "08:45").date(), "morning", "08:45")
    assert reminders_of(database, me) == [each for each in before if each != gone]
    assert gone in before


async def test_another_start_of_the_day_moves_reminders(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Each slot of each day has one before and afterwards, at the date that belongs to it now."""
    await _start_today(me, current="okay", target="hopeful")
    late = [each[0] for each in reminders_of(database, me) if each[1] == "morning"]

    await _start_day_at(client_for, me, "04:00")
    await handle(event_of(me, "profile.changed", fields=["day_starts_at"]))

    early = [each[0] for each in reminders_of(database, me) if each[1] == "morning"]
    assert late == [date + ONE_DAY for date in early] == [_at(day, "08:45").date() for day in (1, 2, 3)]
    assert len(reminders_of(database, me)) == 9


async def test_a_slot_that_moves_across_the_start_of_the_day_keeps_one_reminder(me: Client, database: Clone) -> None:
    """It is at the end of the day now, and no longer at its beginning."""
    plan_id = await _start_today(me, current="okay", target="hopeful")

    await change_plan(me, plan_id, reminders={"morning": "11:00"})
    early = [each for each in reminders_of(database, me) if each[1] == "morning"]
    await change_plan(me, plan_id, reminders={"morning": "09:00"})
    late = [each for each in reminders_of(database, me) if each[1] == "morning"]

    assert early == [(_at(day, "11:00").date(), "morning", "11:00") for day in range(3)]
    assert late == [(_at(day, "09:00").date(), "morning", "09:00") for day in (1, 2, 3)]


async def test_a_plan_that_starts_within_the_day_has_its_late_times_ahead(
    me: Client, client_for: ClientFactory, move_clock: ClockMover
) -> None:
    """At two, the time at 08:45 is to come. Only what has passed begins soon instead."""
    me = _sign_in_at(client_for, move_clock, me, _at(0, "14:10"))

    plan = await create_plan(me, current="okay", target="hopeful", duration=3, reminders=TIMES)

    [first, *_] = plan["preview"]["days"]
    assert first["date"] == _at(0, "14:10").date().isoformat()
    assert [(each["slot"], each["local_time"]) for each in first["activities"]] == [
        ("afternoon", "14:15"),
        ("evening", "19:00"),
        ("morning", "08:45"),
    ]


async def test_activities_move_to_the_times_of_their_slots(
    me: Client, client_for: ClientFactory, move_clock: ClockMover
) -> None:
    """Also those of a first day that began late, whose places are in another order."""
    me = _sign_in_at(client_for, move_clock, me, _at(0, "14:10"))
    plan = await create_plan(me, current="okay", target="hopeful", duration=3, reminders=TIMES)

    changed = await change_plan(me, plan["plan_id"], reminders={"evening": "20:00"})

    for day in changed["days"]:
        times = {each["slot"]: each["local_time"] for each in day["activities"]}
        assert times == {"morning": "08:45", "afternoon": "13:00", "evening": "20:00"}
