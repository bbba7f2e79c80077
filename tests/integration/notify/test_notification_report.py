"""What `mend deliveries` shows to support."""

from datetime import timedelta

from infra import notification_report
from shared.clock import utc_now
from tests.conftest import ClientFactory, Clone
from tests.integration.notify.scenario import ALL_ON, add_notification, create_recipient, run_ticks, utc

NOON = utc("2027-02-01 12:00")


async def test_support_sees_the_outcome_but_not_the_text(client_for: ClientFactory, database: Clone) -> None:
    """A line has kind, date, slot, state, reason and channels, but no title, body or data."""
    me = await create_recipient(client_for, kinds=ALL_ON["kinds"] | {"check_in": False})
    add_notification(database, me.person, NOON, "plan", "afternoon")
    add_notification(database, me.person, NOON, "check_in", "12:00")
    await run_ticks(NOON)
    [item] = (await me.get("/inbox")).json()["items"]

    rows = notification_report.latest(database.dsn("postgres"), me.person, "sam")

    lines = sorted(delivery.line for delivery in rows)
    assert lines == [
        "2027-02-01T12:00+00:00  check_in  2027-02-01 12:00  dropped  switched_off",
        "2027-02-01T12:00+00:00  plan  2027-02-01 afternoon  sent  in_app:sent push:sent",
    ]
    assert item["title"] not in "".join(lines)


async def test_what_has_happened_is_listed_before_what_is_to_come(client_for: ClientFactory, database: Clone) -> None:
    """The latest of the past is first, and the next of the future follows the past."""
    me = await create_recipient(client_for)
    now = utc_now().replace(minute=0, second=0, microsecond=0)
    for days in (2, -2, 1, -1):
        add_notification(database, me.person, now + timedelta(days=days), "plan", f"day {days}")

    rows = notification_report.latest(database.dsn("postgres"), me.person, "sam")

    assert [delivery.slot for delivery in rows] == ["day -1", "day -2", "day 1", "day 2"]
