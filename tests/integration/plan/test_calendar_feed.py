"""The calendar of a plan: for the person, and by a secret link."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar

from shared.clock import at_wall_time, utc_now, zone
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.plan.plans import change_plan, create_plan, days_pass, event_of, finish, handle

TODAY = utc_now().date()
EARLY = {"morning": "02:30", "afternoon": "03:00", "evening": "19:00"}


async def events(client: Client, path: str) -> dict[str, Any]:
    """The events by UID, as another program reads them."""
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return {str(event["UID"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


async def create_link(client: Client, plan_id: str) -> str:
    answer = await client.post(f"/{plan_id}/calendar-link")
    assert answer.status_code == 201
    return str(urlsplit(answer.json()["url"]).path).removeprefix("/plan")


async def test_every_activity_is_an_event(me: Client, client_for: ClientFactory) -> None:
    """With its local time in the person's time zone, its duration and its title."""
    await client_for("account", me.person).patch("/profile", json={"timezone": "America/New_York"})
    plan = await create_plan(me)

    calendar = await events(me, f"/{plan['plan_id']}/calendar.ics")

    activities = {a["activity_id"]: (day, a) for day in plan["preview"]["days"] for a in day["activities"]}
    assert {uid.removesuffix("@mend") for uid in calendar} == activities.keys()
    for uid, event in calendar.items():
        day, activity = activities[uid.removesuffix("@mend")]
        wall = datetime.fromisoformat(f"{day['date']}T{activity['local_time']}")
        assert event.start == at_wall_time(wall.date(), wall.time(), zone("America/New_York"))
        assert event.duration == timedelta(minutes=activity["minutes"])
        assert str(event["SUMMARY"]) == activity["title"]
        assert (event["SEQUENCE"], str(event["STATUS"])) == (0, "CONFIRMED")


async def test_a_calendar_has_no_moods(me: Client) -> None:
    """Calendars are often shared."""
    plan = await create_plan(me, current="hopeless", target="peaceful", duration=10)

    text = (await me.get(f"/{plan['plan_id']}/calendar.ics")).text.lower()

    assert "summary" in text
    assert "hopeless" not in text
    assert "description" not in text


async def test_a_moved_event_has_a_higher_sequence(me: Client, database: Clone) -> None:
    """SEQUENCE grows with each change of date or time. The UID stays."""
    plan = await create_plan(me)
    path = f"/{plan['plan_id']}/calendar.ics"
    first = await events(me, path)
    await change_plan(me, plan["plan_id"], reminders={"evening": "20:15"})
    second = await events(me, path)
    await change_plan(me, plan["plan_id"], status="paused")
    days_pass(database, me, 3)
    await change_plan(me, plan["plan_id"], status="active")
    third = await events(me, path)

    evenings = {uid for uid in first if second[uid].start != first[uid].start}
    assert first.keys() == second.keys() == third.keys()
    assert len(evenings) == 7
    assert {second[uid]["SEQUENCE"] for uid in evenings} == {1}
    assert {second[uid]["SEQUENCE"] for uid in first.keys() - evenings} == {0}
    assert all(third[uid]["SEQUENCE"] > second[uid]["SEQUENCE"] for uid in third)


async def test_a_new_time_zone_gives_all_events_a_higher_sequence(me: Client, client_for: ClientFactory) -> None:
    """Their instants change, those of done activities too. A new locale changes nothing."""
    plan = await create_plan(me)
    path = f"/{plan['plan_id']}/calendar.ics"
    await finish(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][0])
    same_day = "Asia/Tokyo" if utc_now().hour < 15 else "America/New_York"
    await client_for("account", me.person).patch("/profile", json={"timezone": same_day})
    await handle(event_of(me, "profile.changed", fields=["timezone"]))
    moved = await events(me, path)
    await handle(event_of(me, "profile.changed", fields=["locale"]))

    assert {event["SEQUENCE"] for event in moved.values()} == {1}
    assert await events(me, path) == moved


async def test_a_replaced_activity_is_cancelled(me: Client) -> None:
    """It stays as CANCELLED, so that calendars remove it. So do the planned activities of an ended plan."""
    plan = await create_plan(me)
    path, activity = f"/{plan['plan_id']}", plan["preview"]["days"][2]["activities"][0]
    await me.post(f"{path}/activities/{activity['activity_id']}/swap")
    swapped = await events(me, f"{path}/calendar.ics")
    await change_plan(me, plan["plan_id"], status="ended")
    ended = await events(me, f"{path}/calendar.ics")

    uid = f"{activity['activity_id']}@mend"
    assert (str(swapped[uid]["STATUS"]), swapped[uid]["SEQUENCE"]) == ("CANCELLED", 1)
    assert len(swapped) == 22
    assert [str(event["STATUS"]) for event in swapped.values()].count("CANCELLED") == 1
    assert {str(event["STATUS"]) for event in ended.values()} == {"CANCELLED"}


async def test_anyone_with_the_link_reads_the_calendar(me: Client, client_for: ClientFactory) -> None:
    """No access token is needed."""
    plan = await create_plan(me)
    signed_out = client_for("plan", signed_in=False)

    calendar = await events(signed_out, await create_link(me, plan["plan_id"]))

    assert calendar == await events(me, f"/{plan['plan_id']}/calendar.ics")
    assert len(calendar) == 21


async def test_a_link_can_be_replaced_and_deleted(me: Client, client_for: ClientFactory) -> None:
    """A new link replaces the one before. Replaced, deleted and unknown links have the same answer."""
    plan = await create_plan(me)
    signed_out = client_for("plan", signed_in=False)
    first = await create_link(me, plan["plan_id"])
    second = await create_link(me, plan["plan_id"])
    replaced = await signed_out.get(first)
    current = await signed_out.get(second)
    deleted = [await me.delete(f"/{plan['plan_id']}/calendar-link") for _ in range(2)]
    revoked = await signed_out.get(second)
    unknown = await signed_out.get(f"/calendar/{plan['plan_id']}.ics")

    assert first != second
    assert (current.status_code, [answer.status_code for answer in deleted]) == (200, [204, 204])
    problems = [answer.json() | {"request_id": ""} for answer in (replaced, revoked, unknown)]
    assert problems[0] == problems[1] == problems[2]
    assert (problems[0]["status"], problems[0]["code"]) == (404, "not_found")


async def test_the_secret_of_a_link_is_not_stored(
    me: Client, client_for: ClientFactory, database: Clone, capfd: pytest.CaptureFixture[str]
) -> None:
    """Postgres has only its digest, and no log has it."""
    plan = await create_plan(me)
    address = await create_link(me, plan["plan_id"])
    key = address.removeprefix("/calendar/").removesuffix(".ics")

    await client_for("plan", signed_in=False).get(address)

    [row] = database.rows("SELECT e::text FROM public.elevation_plans AS e WHERE user_id = %s", me.person)
    assert key not in row[0]
    assert key.replace("-", "") not in row[0].replace("-", "")
    assert key not in "".join(capfd.readouterr())


async def test_another_persons_plan_gets_no_link(me: Client, client_for: ClientFactory) -> None:
    """The link of another person's plan cannot be deleted either."""
    plan = await create_plan(me)
    address, other = await create_link(me, plan["plan_id"]), client_for("plan")

    answers = [
        await other.post(f"/{plan['plan_id']}/calendar-link"),
        await other.delete(f"/{plan['plan_id']}/calendar-link"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await client_for("plan", signed_in=False).get(address)).status_code == 200


async def test_an_event_has_the_time_of_its_last_change(me: Client) -> None:
    """As DTSTAMP, by which calendars find the newer version."""
    plan = await create_plan(me)
    before = utc_now()
    await change_plan(me, plan["plan_id"], reminders={"morning": "07:00"})

    calendar = await events(me, f"/{plan['plan_id']}/calendar.ics")

    stamps = {event["DTSTAMP"].dt.astimezone(UTC) for event in calendar.values() if event["SEQUENCE"] == 1}
    assert all(before - timedelta(seconds=2) <= stamp <= utc_now() for stamp in stamps)
    assert stamps


async def test_a_paused_plan_is_in_no_calendar(me: Client) -> None:
    """While a plan is paused its events are cancelled. Resumed, they are confirmed, with a higher sequence."""
    plan = await create_plan(me)
    path = f"/{plan['plan_id']}"

    await change_plan(me, plan["plan_id"], status="paused")
    paused = await events(me, f"{path}/calendar.ics")
    await change_plan(me, plan["plan_id"], status="active")
    resumed = await events(me, f"{path}/calendar.ics")

    assert {str(event["STATUS"]) for event in paused.values()} == {"CANCELLED"}
    assert {str(event["STATUS"]) for event in resumed.values()} == {"CONFIRMED"}
    assert all(resumed[uid]["SEQUENCE"] > event["SEQUENCE"] > 0 for uid, event in paused.items())


async def test_no_two_events_begin_at_once_when_clocks_skip_an_hour(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """The time that was skipped and the one after it come one after the other."""
    await client_for("account", me.person).patch("/profile", json={"timezone": "Europe/Berlin"})
    plan = await create_plan(me, start_date=(TODAY + timedelta(days=2)).isoformat(), reminders=EARLY)
    days_pass(database, me, (TODAY + timedelta(days=2) - date(2027, 3, 28)).days)

    calendar = await events(me, f"/{plan['plan_id']}/calendar.ics")

    morning, afternoon, evening = [
        calendar[f"{activity['activity_id']}@mend"] for activity in plan["preview"]["days"][0]["activities"]
    ]
    assert morning.start == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert afternoon.start == morning.start + morning.duration
    assert evening.start == datetime(2027, 3, 28, 17, tzinfo=UTC)
