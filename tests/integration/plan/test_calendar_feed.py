"""A plan as a calendar: for oneself, and by an address for one's own calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar

from shared.clock import at_wall_time, utc_now, zone
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.plan.plans import changed, days_pass, finished, of, planned, told

TODAY = utc_now().date()


async def events(client: Client, path: str) -> dict[str, Any]:
    """By uid, as another program reads them."""
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return {str(event["UID"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


async def linked(client: Client, plan_id: str) -> str:
    answer = await client.post(f"/{plan_id}/calendar-link")
    assert answer.status_code == 201
    return str(urlsplit(answer.json()["url"]).path).removeprefix("/plan")


async def test_every_activity_is_an_event(me: Client, client_for: ClientFactory) -> None:
    """At its time where the person is, as long as it takes, by its title."""
    await client_for("account", me.person).patch("/profile", json={"timezone": "America/New_York"})
    plan = await planned(me)

    found = await events(me, f"/{plan['plan_id']}/calendar.ics")

    activities = {a["activity_id"]: (day, a) for day in plan["preview"]["days"] for a in day["activities"]}
    assert {uid.removesuffix("@mend") for uid in found} == activities.keys()
    for uid, event in found.items():
        day, activity = activities[uid.removesuffix("@mend")]
        wall = datetime.fromisoformat(f"{day['date']}T{activity['local_time']}")
        assert event.start == at_wall_time(wall.date(), wall.time(), zone("America/New_York"))
        assert event.duration == timedelta(minutes=activity["minutes"])
        assert str(event["SUMMARY"]) == activity["title"]
        assert (event["SEQUENCE"], str(event["STATUS"])) == (0, "CONFIRMED")


async def test_a_calendar_says_nothing_of_moods(me: Client) -> None:
    """It is shared more easily than one thinks."""
    plan = await planned(me, current="hopeless", target="peaceful", duration=10)

    text = (await me.get(f"/{plan['plan_id']}/calendar.ics")).text.lower()

    assert "summary" in text
    assert "hopeless" not in text
    assert "description" not in text


async def test_what_moves_counts_on(me: Client, database: Clone) -> None:
    """With each change of its date or its time its SEQUENCE rises; its uid stays."""
    plan = await planned(me)
    path = f"/{plan['plan_id']}/calendar.ics"
    first = await events(me, path)
    await changed(me, plan["plan_id"], reminders={"evening": "20:15"})
    second = await events(me, path)
    await changed(me, plan["plan_id"], status="paused")
    days_pass(database, me, 3)
    await changed(me, plan["plan_id"], status="active")
    third = await events(me, path)

    evenings = {uid for uid in first if second[uid].start != first[uid].start}
    assert first.keys() == second.keys() == third.keys()
    assert len(evenings) == 7
    assert {second[uid]["SEQUENCE"] for uid in evenings} == {1}
    assert {second[uid]["SEQUENCE"] for uid in first.keys() - evenings} == {0}
    assert all(third[uid]["SEQUENCE"] > second[uid]["SEQUENCE"] for uid in third)


async def test_what_a_move_shifts_counts_on(me: Client, client_for: ClientFactory) -> None:
    """Eight in the morning is another instant elsewhere, of what is done as well; another language changes nothing."""
    plan = await planned(me)
    path = f"/{plan['plan_id']}/calendar.ics"
    await finished(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][0])
    same_day = "Asia/Tokyo" if utc_now().hour < 15 else "America/New_York"
    await client_for("account", me.person).patch("/profile", json={"timezone": same_day})
    await told(of(me, "profile.changed", fields=["timezone"]))
    moved = await events(me, path)
    await told(of(me, "profile.changed", fields=["locale"]))

    assert {event["SEQUENCE"] for event in moved.values()} == {1}
    assert await events(me, path) == moved


async def test_what_is_replaced_is_called_off(me: Client) -> None:
    """It stays as CANCELLED, so that calendars take it out; and so does what was ahead of a plan that is ended."""
    plan = await planned(me)
    path, activity = f"/{plan['plan_id']}", plan["preview"]["days"][2]["activities"][0]
    await me.post(f"{path}/activities/{activity['activity_id']}/swap")
    swapped = await events(me, f"{path}/calendar.ics")
    await changed(me, plan["plan_id"], status="ended")
    ended = await events(me, f"{path}/calendar.ics")

    uid = f"{activity['activity_id']}@mend"
    assert (str(swapped[uid]["STATUS"]), swapped[uid]["SEQUENCE"]) == ("CANCELLED", 1)
    assert len(swapped) == 22
    assert [str(event["STATUS"]) for event in swapped.values()].count("CANCELLED") == 1
    assert {str(event["STATUS"]) for event in ended.values()} == {"CANCELLED"}


async def test_whoever_has_the_address_reads_the_calendar(me: Client, client_for: ClientFactory) -> None:
    """Without signing in, and nothing but that."""
    plan = await planned(me)
    nobody = client_for("plan", signed_in=False)

    found = await events(nobody, await linked(me, plan["plan_id"]))

    assert found == await events(me, f"/{plan['plan_id']}/calendar.ics")
    assert len(found) == 21


async def test_an_address_can_be_taken_back(me: Client, client_for: ClientFactory) -> None:
    """A new one ends the one before. What was never an address answers just as one that has ended."""
    plan = await planned(me)
    nobody = client_for("plan", signed_in=False)
    first = await linked(me, plan["plan_id"])
    second = await linked(me, plan["plan_id"])
    replaced = await nobody.get(first)
    works = await nobody.get(second)
    taken_back = [await me.delete(f"/{plan['plan_id']}/calendar-link") for _ in range(2)]
    revoked = await nobody.get(second)
    never = await nobody.get(f"/calendar/{plan['plan_id']}.ics")

    assert first != second
    assert (works.status_code, [answer.status_code for answer in taken_back]) == (200, [204, 204])
    problems = [answer.json() | {"request_id": ""} for answer in (replaced, revoked, never)]
    assert problems[0] == problems[1] == problems[2]
    assert (problems[0]["status"], problems[0]["code"]) == (404, "not_found")


async def test_the_secret_of_an_address_is_kept_nowhere(
    me: Client, client_for: ClientFactory, database: Clone, capfd: pytest.CaptureFixture[str]
) -> None:
    """Postgres has a digest of it, and no log has any of it."""
    plan = await planned(me)
    address = await linked(me, plan["plan_id"])
    key = address.removeprefix("/calendar/").removesuffix(".ics")

    await client_for("plan", signed_in=False).get(address)

    [row] = database.rows("SELECT e::text FROM public.elevation_plans AS e WHERE user_id = %s", me.person)
    assert key not in row[0]
    assert key.replace("-", "") not in row[0].replace("-", "")
    assert key not in "".join(capfd.readouterr())


async def test_nobody_gives_an_address_to_anothers_plan(me: Client, client_for: ClientFactory) -> None:
    """Nor takes it back."""
    plan = await planned(me)
    address, other = await linked(me, plan["plan_id"]), client_for("plan")

    answers = [
        await other.post(f"/{plan['plan_id']}/calendar-link"),
        await other.delete(f"/{plan['plan_id']}/calendar-link"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await client_for("plan", signed_in=False).get(address)).status_code == 200


async def test_an_event_is_dated_by_its_last_change(me: Client) -> None:
    """DTSTAMP, by which calendars tell what is newer."""
    plan = await planned(me)
    before = utc_now()
    await changed(me, plan["plan_id"], reminders={"morning": "07:00"})

    found = await events(me, f"/{plan['plan_id']}/calendar.ics")

    stamps = {event["DTSTAMP"].dt.astimezone(UTC) for event in found.values() if event["SEQUENCE"] == 1}
    assert all(before - timedelta(seconds=2) <= stamp <= utc_now() for stamp in stamps)
    assert stamps


async def test_what_rests_is_in_no_calendar(me: Client) -> None:
    """While a plan is paused nothing of it has a date; once it goes on a later version of each says when."""
    plan = await planned(me)
    path = f"/{plan['plan_id']}"

    await changed(me, plan["plan_id"], status="paused")
    resting = await events(me, f"{path}/calendar.ics")
    await changed(me, plan["plan_id"], status="active")
    again = await events(me, f"{path}/calendar.ics")

    assert {str(event["STATUS"]) for event in resting.values()} == {"CANCELLED"}
    assert {str(event["STATUS"]) for event in again.values()} == {"CONFIRMED"}
    assert all(again[uid]["SEQUENCE"] > event["SEQUENCE"] > 0 for uid, event in resting.items())
