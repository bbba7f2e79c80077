"""The job: what is due is told once, by the clock where the person is."""

from datetime import date, timedelta

import pytest

from shared.clock import utc_now
from tests.conftest import ClientFactory, Clone
from tests.integration.notify.telling import happened, living_in, plan, pushed, states, ticked, utc

NOON = utc("2027-02-01 12:00")
MINUTE = timedelta(minutes=1)


async def test_what_is_due_is_told_once(client_for: ClientFactory, database: Clone) -> None:
    """By the first tick that finds it due; another tick, or the same one again, tells nothing more."""
    me = await living_in(client_for)
    plan(database, me.person, NOON)

    await ticked(NOON - MINUTE)
    assert pushed(database, me.person) == []
    await ticked(NOON, NOON, NOON + 5 * MINUTE)

    assert [link for _, link in pushed(database, me.person)] == ["mend://plan"]
    assert [row[3:] for row in states(database, me.person)] == [("sent", None)]


async def test_check_ins_are_planned_ahead_and_rolled_on(client_for: ClientFactory, database: Clone) -> None:
    """A week of ticks: one reminder for each time of each day."""
    me = await living_in(client_for)
    with database.admin() as conn:
        conn.execute("DELETE FROM public.notifications WHERE user_id = %s", (me.person,))
        conn.execute(
            "UPDATE public.notification_settings SET check_in_times = '{09:00,20:00}', rolls_at = %s"
            " WHERE user_id = %s",
            (NOON, me.person),
        )

    for hours in range(24 * 7):
        await ticked(NOON + timedelta(hours=hours))

    told = [(row[1], row[2]) for row in states(database, me.person) if row[0] == "check_in" and row[3] == "sent"]
    days = [date(2027, 2, 1) + timedelta(days=number) for number in range(8)]
    expected = [(str(day), slot) for day in days for slot in ("09:00", "20:00")]
    assert told == expected[1:-1]
    assert len(pushed(database, me.person)) == len(told)


async def test_a_time_that_the_night_skips_is_told_at_its_first_minute(
    client_for: ClientFactory, database: Clone
) -> None:
    """New York, 14 March 2027: after 01:59 comes 03:00, which is 07:00 in UTC."""
    me = await living_in(client_for, "America/New_York")
    with database.admin() as conn:
        conn.execute(
            "UPDATE public.notification_settings SET check_in_times = '{02:30}', rolls_at = %s WHERE user_id = %s",
            (utc("2027-03-13 12:00"), me.person),
        )

    await ticked(utc("2027-03-13 12:00"), utc("2027-03-14 06:55"))
    assert pushed(database, me.person) == []
    await ticked(utc("2027-03-14 07:00"), utc("2027-03-14 07:30"))

    assert len(pushed(database, me.person)) == 1


async def test_a_time_that_the_night_repeats_is_told_the_first_time(client_for: ClientFactory, database: Clone) -> None:
    """New York, 1 November 2026: 01:30 comes at 05:30 and at 06:30 in UTC."""
    me = await living_in(client_for, "America/New_York")
    with database.admin() as conn:
        conn.execute(
            "UPDATE public.notification_settings SET check_in_times = '{01:30}', rolls_at = %s WHERE user_id = %s",
            (utc("2026-10-31 12:00"), me.person),
        )

    await ticked(utc("2026-10-31 12:00"), utc("2026-11-01 05:25"))
    assert pushed(database, me.person) == []
    await ticked(utc("2026-11-01 05:30"), utc("2026-11-01 06:30"))

    assert len(pushed(database, me.person)) == 1


async def test_what_is_quiet_is_held_until_quiet_ends(client_for: ClientFactory, database: Clone) -> None:
    """At 06:00 it waits for 07:00; at 23:00 it has lost its day."""
    me = await living_in(client_for, quiet_hours={"from": "22:00", "to": "07:00"})
    plan(database, me.person, utc("2027-02-01 06:00"), slot="early")
    plan(database, me.person, utc("2027-02-01 23:00"), slot="late")

    await ticked(utc("2027-02-01 06:00"), utc("2027-02-01 06:55"))
    assert [row[2:] for row in states(database, me.person)] == [("early", "held", "quiet"), ("late", "planned", None)]
    await ticked(utc("2027-02-01 07:00"), utc("2027-02-01 07:05"), utc("2027-02-01 23:00"), utc("2027-02-02 07:00"))

    assert [row[2:] for row in states(database, me.person)] == [("early", "sent", None), ("late", "dropped", "quiet")]
    assert len(pushed(database, me.person)) == 1


async def test_what_falls_together_is_one_push_and_two_lines_of_the_inbox(
    client_for: ClientFactory, database: Clone
) -> None:
    """Nobody's phone rings twice in a minute; two of one kind say once what one would say."""
    me = await living_in(client_for)
    for slot in ("morning", "other"):
        plan(database, me.person, NOON, slot=slot)

    await ticked(NOON)

    assert [link for _, link in pushed(database, me.person)] == ["mend://plan"]
    assert [item["kind"] for item in (await me.get("/inbox")).json()["items"]] == ["plan", "plan"]


async def test_a_cap_holds_over_ticks_and_kinds(client_for: ClientFactory, database: Clone) -> None:
    """Two messages a day, whatever they are about; the next day begins anew."""
    me = await living_in(client_for, max_per_day=2)
    for hour, kind in enumerate(["plan", "insight", "plan", "insight"]):
        plan(database, me.person, NOON + timedelta(hours=hour), kind)
    plan(database, me.person, NOON + timedelta(days=1))

    await ticked(*(NOON + timedelta(hours=hour) for hour in (0, 1, 2, 3, 24)))

    assert len(pushed(database, me.person)) == 3
    assert sorted(row[3:] for row in states(database, me.person)) == [("dropped", "cap")] * 2 + [("sent", None)] * 3


async def test_who_has_checked_in_is_left_alone(client_for: ClientFactory, database: Clone) -> None:
    """The reminder of that day is dropped as done."""
    me = await living_in(client_for)
    now = utc_now()
    await client_for("checkin", me.person).post("/", json={"mood": "sad", "intensity": 5})
    plan(database, me.person, now, "check_in")

    await ticked(now + MINUTE)

    assert [row[3:] for row in states(database, me.person)] == [("dropped", "done")]


async def test_an_entry_that_tells_of_danger_silences_everything(client_for: ClientFactory, database: Clone) -> None:
    """For three days, also what was planned before; then it is as it was."""
    me = await living_in(client_for)
    await happened("mood.recorded", me.person, NOON - MINUTE, safety="explicit", entry_id="x", local_date="2027-02-01")
    for days in (0, 2, 3):
        plan(database, me.person, NOON + timedelta(days=days))

    await ticked(*(NOON + timedelta(days=days) for days in (0, 2, 3)))

    assert [row[3:] for row in states(database, me.person)] == [("dropped", "silence")] * 2 + [("sent", None)]


async def test_a_move_takes_what_is_ahead_along(client_for: ClientFactory, database: Clone) -> None:
    """20:00 is 20:00 where they are by then, and a day that was told stays told."""
    me = await living_in(client_for, "Asia/Tokyo")
    with database.admin() as conn:
        conn.execute(
            "UPDATE public.notification_settings SET check_in_times = '{20:00}', rolls_at = %s WHERE user_id = %s",
            (utc("2027-02-01 00:00"), me.person),
        )
    await ticked(utc("2027-02-01 00:00"), utc("2027-02-01 11:00"))  # 20:00 in Tokyo
    await client_for("account", me.person).patch("/profile", json={"timezone": "Pacific/Honolulu"})
    await happened("profile.changed", me.person, utc("2027-02-01 12:00"), fields=["timezone"])

    await ticked(utc("2027-02-02 06:00"), utc("2027-02-02 11:00"))  # the first of February's 20:00, once more
    assert len(pushed(database, me.person)) == 1
    await ticked(utc("2027-02-03 05:55"))
    assert len(pushed(database, me.person)) == 1
    await ticked(utc("2027-02-03 06:00"))

    assert len(pushed(database, me.person)) == 2


async def test_what_no_tick_came_for_in_time_is_dropped(client_for: ClientFactory, database: Clone) -> None:
    """After an outage of a day the nudges of yesterday are not sent, those of today are."""
    me = await living_in(client_for)
    plan(database, me.person, NOON, slot="a")
    plan(database, me.person, NOON + timedelta(days=1), slot="b")

    await ticked(NOON + timedelta(days=1, hours=5))

    assert [row[2:] for row in states(database, me.person)] == [("a", "dropped", "late"), ("b", "sent", None)]


@pytest.mark.parametrize(("read", "why"), [(True, "done"), (False, "late")])
async def test_what_waits_for_its_provider_is_in_the_inbox_already(
    client_for: ClientFactory, database: Clone, *, read: bool, why: str
) -> None:
    """It stays there with its words, whatever becomes of the push; who has read it needs no push."""
    me = await living_in(client_for)
    plan(database, me.person, NOON)
    await ticked(NOON)
    with database.admin() as conn:  # as if the provider had been away
        query = "UPDATE public.notifications SET state = 'planned', due_at = %s WHERE user_id = %s"
        conn.execute(query, (NOON + 5 * MINUTE, me.person))
    before = (await me.get("/inbox")).json()["items"]
    if read:
        await me.post("/inbox/read", json={"all": True})

    await ticked(NOON + (5 * MINUTE if read else timedelta(days=1)))

    after = (await me.get("/inbox")).json()["items"]
    assert [item["title"] for item in after] == [item["title"] for item in before] != []
    assert [row[3:] for row in states(database, me.person)] == [("dropped", why)]
    assert len(pushed(database, me.person)) == 1


async def test_who_has_said_nothing_is_told_by_day(client_for: ClientFactory, database: Clone) -> None:
    """A plan's reminders reach them all the same, and the night is quiet."""
    me = client_for("notify")
    await me.put(f"/devices/phone-{me.person}", json={"platform": "web"})
    plan(database, me.person, utc("2027-02-01 06:00"))

    await ticked(utc("2027-02-01 06:00"))
    assert pushed(database, me.person) == []
    await ticked(utc("2027-02-01 07:00"))

    assert len(pushed(database, me.person)) == 1


async def test_without_a_device_there_is_the_inbox(client_for: ClientFactory, database: Clone) -> None:
    """Signed out everywhere: what is told waits there."""
    me = await living_in(client_for)
    plan(database, me.person, NOON)
    await me.delete(f"/devices/phone-{me.person}")

    await ticked(NOON)

    assert [row[3:] for row in states(database, me.person)] == [("sent", None)]
    assert len((await me.get("/inbox")).json()["items"]) == 1
