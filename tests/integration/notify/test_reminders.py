"""The reminder job sends due notifications once, in the local time of the person."""

from datetime import date, timedelta

import pytest

from shared.clock import utc_now
from tests.conftest import ClientFactory, Clone
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
MINUTE = timedelta(minutes=1)
OPEN_CARE_PERIOD = """
    INSERT INTO public.care_periods (user_id, grade, opened_at, ends_at) VALUES (%s, 'explicit', %s, %s)
"""
SET_CHECK_IN_TIMES = """
    UPDATE public.notification_settings SET check_in_times = %s::time[], schedule_next_at = %s WHERE user_id = %s
"""


async def test_a_due_notification_is_sent_once(client_for: ClientFactory, database: Clone) -> None:
    """The first tick after its time sends it. Later and repeated ticks send nothing more."""
    me = await create_recipient(client_for)
    add_notification(database, me.person, NOON)

    await run_ticks(NOON - MINUTE)
    assert pushes_to(database, me.person) == []
    await run_ticks(NOON, NOON, NOON + 5 * MINUTE)

    assert [link for _, link in pushes_to(database, me.person)] == ["mend://plan"]
    assert [row[3:] for row in states(database, me.person)] == [("sent", None)]


async def test_check_in_reminders_are_scheduled_day_after_day(client_for: ClientFactory, database: Clone) -> None:
    """A week of hourly ticks sends one reminder for each time of each day."""
    me = await create_recipient(client_for)
    with database.admin() as conn:
        conn.execute("DELETE FROM public.notifications WHERE user_id = %s", (me.person,))
        conn.execute(SET_CHECK_IN_TIMES, ("{09:00,20:00}", NOON, me.person))

    for hours in range(24 * 7):
        await run_ticks(NOON + timedelta(hours=hours))

    sent = [(row[1], row[2]) for row in states(database, me.person) if row[0] == "check_in" and row[3] == "sent"]
    days = [date(2027, 2, 1) + timedelta(days=number) for number in range(8)]
    expected = [(str(day), slot) for day in days for slot in ("09:00", "20:00")]
    assert sent == expected[1:-1]
    assert len(pushes_to(database, me.person)) == len(sent)


async def test_a_reminder_at_a_skipped_time_is_sent_after_the_gap(client_for: ClientFactory, database: Clone) -> None:
    """In New York, 03:00 follows 01:59 on 14 March 2027, which is 07:00 UTC."""
    me = await create_recipient(client_for, "America/New_York")
    with database.admin() as conn:
        conn.execute(SET_CHECK_IN_TIMES, ("{02:30}", utc("2027-03-13 12:00"), me.person))

    await run_ticks(utc("2027-03-13 12:00"), utc("2027-03-14 06:55"))
    assert pushes_to(database, me.person) == []
    await run_ticks(utc("2027-03-14 07:00"), utc("2027-03-14 07:30"))

    assert len(pushes_to(database, me.person)) == 1


async def test_a_reminder_at_a_repeated_time_is_sent_the_first_time(client_for: ClientFactory, database: Clone) -> None:
    """In New York, 01:30 comes twice on 1 November 2026, at 05:30 and 06:30 UTC."""
    me = await create_recipient(client_for, "America/New_York")
    with database.admin() as conn:
        conn.execute(SET_CHECK_IN_TIMES, ("{01:30}", utc("2026-10-31 12:00"), me.person))

    await run_ticks(utc("2026-10-31 12:00"), utc("2026-11-01 05:25"))
    assert pushes_to(database, me.person) == []
    await run_ticks(utc("2026-11-01 05:30"), utc("2026-11-01 06:30"))

    assert len(pushes_to(database, me.person)) == 1


async def test_quiet_hours_hold_a_notification_until_they_end(client_for: ClientFactory, database: Clone) -> None:
    """At 06:00 it is held until 07:00. At 23:00 it is dropped, because they end after its day."""
    me = await create_recipient(client_for, quiet_hours={"from": "22:00", "to": "07:00"})
    add_notification(database, me.person, utc("2027-02-01 06:00"), slot="early")
    add_notification(database, me.person, utc("2027-02-01 23:00"), slot="late")

    await run_ticks(utc("2027-02-01 06:00"), utc("2027-02-01 06:55"))
    assert [row[2:] for row in states(database, me.person)] == [
        ("early", "held", "quiet_hours"),
        ("late", "planned", None),
    ]
    await run_ticks(utc("2027-02-01 07:00"), utc("2027-02-01 07:05"), utc("2027-02-01 23:00"), utc("2027-02-02 07:00"))

    assert [row[2:] for row in states(database, me.person)] == [
        ("early", "sent", None),
        ("late", "dropped", "quiet_hours"),
    ]
    assert len(pushes_to(database, me.person)) == 1


async def test_two_notifications_are_one_push_and_two_inbox_items(client_for: ClientFactory, database: Clone) -> None:
    """Two of one kind are bundled in a push with the text and link of that kind."""
    me = await create_recipient(client_for)
    for slot in ("morning", "other"):
        add_notification(database, me.person, NOON, slot=slot)

    await run_ticks(NOON)

    assert [link for _, link in pushes_to(database, me.person)] == ["mend://plan"]
    assert [item["kind"] for item in (await me.get("/inbox")).json()["items"]] == ["plan", "plan"]


async def test_the_daily_limit_holds_across_ticks_and_kinds(client_for: ClientFactory, database: Clone) -> None:
    """With a limit of two, further notifications are dropped until the next local day."""
    me = await create_recipient(client_for, max_per_day=2)
    for hour, kind in enumerate(["plan", "insight", "plan", "insight"]):
        add_notification(database, me.person, NOON + timedelta(hours=hour), kind)
    add_notification(database, me.person, NOON + timedelta(days=1))

    await run_ticks(*(NOON + timedelta(hours=hour) for hour in (0, 1, 2, 3, 24)))

    assert len(pushes_to(database, me.person)) == 3
    assert (
        sorted(row[3:] for row in states(database, me.person))
        == [("dropped", "daily_limit")] * 2 + [("sent", None)] * 3
    )


async def test_no_check_in_reminder_after_a_check_in(client_for: ClientFactory, database: Clone) -> None:
    """The reminder of that day is dropped as done."""
    me = await create_recipient(client_for)
    now = utc_now()
    await client_for("checkin", me.person).post("/", json={"mood": "sad", "intensity": 5})
    add_notification(database, me.person, now, "check_in")

    await run_ticks(now + MINUTE)

    assert [row[3:] for row in states(database, me.person)] == [("dropped", "done")]


async def test_nothing_is_sent_in_a_care_period(client_for: ClientFactory, database: Clone) -> None:
    """Even notifications that were planned before are dropped."""
    me = await create_recipient(client_for)
    with database.admin() as conn:
        conn.execute(OPEN_CARE_PERIOD, (me.person, NOON - MINUTE, NOON + timedelta(hours=72) - MINUTE))
    for days in (0, 2, 3):
        add_notification(database, me.person, NOON + timedelta(days=days))

    await run_ticks(*(NOON + timedelta(days=days) for days in (0, 2, 3)))

    assert [row[3:] for row in states(database, me.person)] == [("dropped", "care_period")] * 2 + [("sent", None)]


async def test_pending_notifications_move_to_a_new_zone(client_for: ClientFactory, database: Clone) -> None:
    """The reminder comes at 20:00 in the new zone. A date whose reminder was sent gets no second one."""
    me = await create_recipient(client_for, "Asia/Tokyo")
    with database.admin() as conn:
        conn.execute(SET_CHECK_IN_TIMES, ("{20:00}", utc("2027-02-01 00:00"), me.person))
    await run_ticks(utc("2027-02-01 00:00"), utc("2027-02-01 11:00"))  # 20:00 in Tokyo
    await client_for("account", me.person).patch("/profile", json={"timezone": "Pacific/Honolulu"})
    await handle_event("profile.changed", me.person, utc("2027-02-01 12:00"), fields=["timezone"])

    await run_ticks(utc("2027-02-02 06:00"), utc("2027-02-02 11:00"))  # 20:00 on 1 February comes once more in Honolulu
    assert len(pushes_to(database, me.person)) == 1
    await run_ticks(utc("2027-02-03 05:55"))
    assert len(pushes_to(database, me.person)) == 1
    await run_ticks(utc("2027-02-03 06:00"))

    assert len(pushes_to(database, me.person)) == 2


async def test_expired_notifications_are_dropped_after_an_outage(client_for: ClientFactory, database: Clone) -> None:
    """After a day without ticks, those of yesterday are dropped and those of today are sent."""
    me = await create_recipient(client_for)
    add_notification(database, me.person, NOON, slot="a")
    add_notification(database, me.person, NOON + timedelta(days=1), slot="b")

    await run_ticks(NOON + timedelta(days=1, hours=2))

    assert [row[2:] for row in states(database, me.person)] == [("a", "dropped", "expired"), ("b", "sent", None)]


@pytest.mark.parametrize(("read", "reason"), [(True, "done"), (False, "expired")])
async def test_a_notification_stays_in_the_inbox_while_its_push_is_retried(
    client_for: ClientFactory, database: Clone, *, read: bool, reason: str
) -> None:
    """It keeps its title, whatever the outcome of the push. After it was read, no push is sent."""
    me = await create_recipient(client_for)
    add_notification(database, me.person, NOON)
    await run_ticks(NOON)
    with database.admin() as conn:  # as if the provider had been away
        query = "UPDATE public.notifications SET state = 'planned', due_at = %s WHERE user_id = %s"
        conn.execute(query, (NOON + 5 * MINUTE, me.person))
    before = (await me.get("/inbox")).json()["items"]
    if read:
        await me.post("/inbox/read", json={"all": True})

    await run_ticks(NOON + (5 * MINUTE if read else timedelta(days=1)))

    after = (await me.get("/inbox")).json()["items"]
    assert [item["title"] for item in after] == [item["title"] for item in before] != []
    assert [row[3:] for row in states(database, me.person)] == [("dropped", reason)]
    assert len(pushes_to(database, me.person)) == 1


async def test_default_preferences_apply_without_stored_ones(client_for: ClientFactory, database: Clone) -> None:
    """Plan reminders are on, and quiet hours end at 07:00."""
    me = client_for("notify")
    await me.put(f"/devices/phone-{me.person}", json={"platform": "web"})
    add_notification(database, me.person, utc("2027-02-01 06:00"))

    await run_ticks(utc("2027-02-01 06:00"))
    assert pushes_to(database, me.person) == []
    await run_ticks(utc("2027-02-01 07:00"))

    assert len(pushes_to(database, me.person)) == 1


async def test_without_a_device_notifications_enter_the_inbox(client_for: ClientFactory, database: Clone) -> None:
    """The notification counts as sent."""
    me = await create_recipient(client_for)
    add_notification(database, me.person, NOON)
    await me.delete(f"/devices/phone-{me.person}")

    await run_ticks(NOON)

    assert [row[3:] for row in states(database, me.person)] == [("sent", None)]
    assert len((await me.get("/inbox")).json()["items"]) == 1
