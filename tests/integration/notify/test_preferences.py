"""Reading and replacing preferences, and what follows for pending notifications."""

from typing import Any

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.integration.notify.scenario import handle_event, states, utc

NEW: dict[str, Any] = {
    "channels": {"push": True, "email": True, "in_app": True},
    "kinds": {
        "check_in": True,
        "plan": True,
        "insight": True,
        "weekly_summary": True,
        "streak": False,
        "monthly_review": True,
        "yearly_review": True,
        "experiment": True,
    },
    "quiet_hours": {"from": "22:00", "to": "07:00"},
    "check_in_times": [],
    "max_per_day": 4,
}

PLAIN = NEW | {"kinds": {name: name == "check_in" for name in NEW["kinds"]}}


@pytest.fixture
def me(client_for: ClientFactory) -> Client:
    return client_for("notify")


async def test_a_new_person_has_default_preferences(me: Client) -> None:
    """There are no check-in times, streaks are off, and the night is quiet."""
    assert (await me.get("/preferences")).json() == NEW


async def test_stored_preferences_are_returned(me: Client) -> None:
    """Check-in times are sorted and without duplicates."""
    preferences = {
        "channels": {"push": True, "email": False, "in_app": True},
        "kinds": NEW["kinds"] | {"plan": False, "streak": True, "yearly_review": False},
        "quiet_hours": None,
        "check_in_times": ["20:00", "08:30", "20:00"],
        "max_per_day": 2,
    }
    stored = await me.put("/preferences", json=preferences)

    assert stored.json() == preferences | {"check_in_times": ["08:30", "20:00"]}
    assert (await me.get("/preferences")).json() == stored.json()


async def test_an_app_may_not_know_the_newer_kinds(me: Client) -> None:
    """Those that it does not send are on."""
    known = {"check_in": True, "plan": True, "insight": True, "weekly_summary": True, "streak": False}

    assert (await me.put("/preferences", json=NEW | {"kinds": known})).json() == NEW


@pytest.mark.parametrize(
    "wrong",
    [
        {"channels": None},
        {"kinds": {"check_in": True}},
        {"check_in_times": ["24:00"]},
        {"check_in_times": ["8:00"]},
        {"check_in_times": ["08:00:30"]},
        {"check_in_times": ["12:60"]},
        {"check_in_times": [f"{hour:02}:00" for hour in range(8, 15)]},
        {"check_in_times": ["23:00"]},  # within the default quiet hours
        {"check_in_times": ["22:00"]},
        {"check_in_times": ["06:59"]},
        {"check_in_times": ["13:30"], "quiet_hours": {"from": "13:00", "to": "14:00"}},
        {"quiet_hours": {"from": "22:00", "to": "22:00"}},
        {"quiet_hours": {"from": "22:00"}},
        {"quiet_hours": {"from": "25:00", "to": "07:00"}},
        {"quiet_hours": {"begins": "22:00", "ends": "07:00"}},
        {"kinds": NEW["kinds"] | {"marketing": True}},
        {"channels": NEW["channels"] | {"fax": True}},
        {"channels": NEW["channels"] | {"push": "yes"}},
        {"max_per_day": 0},
        {"max_per_day": 21},
    ],
    ids=str,
)
async def test_invalid_preferences_are_refused(me: Client, wrong: dict[str, Any]) -> None:
    """Invalid are times that do not exist or contradict each other, and unknown kinds and channels."""
    assert (await me.put("/preferences", json=NEW | wrong)).status_code == 422
    assert (await me.get("/preferences")).json() == NEW


async def test_check_in_times_may_touch_quiet_hours(me: Client) -> None:
    """Quiet hours include their begin and exclude their end."""
    assert (await me.put("/preferences", json=NEW | {"check_in_times": ["07:00", "21:59"]})).status_code == 200


async def test_pending_reminders_follow_new_times_at_once(me: Client, database: Clone) -> None:
    """Reminders at new times are added and those at old times deleted. Sent ones stay."""
    await me.put("/preferences", json=PLAIN | {"check_in_times": ["09:00", "12:00"]})
    with database.admin() as conn:
        query = "UPDATE public.notifications SET state = 'sent' WHERE user_id = %s AND slot = '09:00'"
        conn.execute(query, (me.person,))
    await me.put("/preferences", json=PLAIN | {"check_in_times": ["12:00", "13:00"]})

    reminders = {(row[2], row[3]) for row in states(database, me.person)}
    assert reminders == {("09:00", "sent"), ("12:00", "planned"), ("13:00", "planned")}


async def test_held_notifications_follow_new_quiet_hours(me: Client, database: Clone) -> None:
    """They are planned again for their own time, and the next tick decides."""
    await me.put("/preferences", json=PLAIN | {"check_in_times": ["12:00"]})
    with database.admin() as conn:
        query = "UPDATE public.notifications SET state = 'held', due_at = 'infinity' WHERE user_id = %s"
        conn.execute(query, (me.person,))
    await me.put("/preferences", json=PLAIN | {"check_in_times": ["12:00"], "quiet_hours": None})

    rows = database.rows("SELECT state, due_at < 'infinity' FROM public.notifications WHERE user_id = %s", me.person)
    assert set(rows) == {("planned", True)}


async def test_a_first_check_in_stores_default_preferences(me: Client, database: Clone) -> None:
    """Later check-ins do not change preferences that the person has stored."""
    await handle_event("mood.recorded", me.person, utc("2027-02-01 12:00"))
    await me.put("/preferences", json=NEW | {"max_per_day": 1})
    await handle_event("mood.recorded", me.person, utc("2027-02-01 13:00"))

    query = "SELECT max_per_day FROM public.notification_settings WHERE user_id = %s"
    assert database.rows(query, me.person) == [(1,)]
