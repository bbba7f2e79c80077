"""How plans react to events: moods, safety, unwanted content, time zones, and the start of days."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import accumulate
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from infra.local.postgres import Server
from shared.clock import local_day, utc_now
from shared.events import Event
from tests.conftest import Client, ClientFactory, ClockMover, Clone, cloned
from tests.integration.plan.plans import (
    change_plan,
    check_in,
    create_plan,
    days_pass,
    event_of,
    events_of,
    finish,
    get,
    handle,
    interacted,
    reasons_of,
    reminders_of,
    start_days,
    today_document,
)

TODAY = utc_now().date()
CRISIS = "I do not want to live any more and I am going to kill myself tonight"


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    """One database for each test: a schedule affects the plans of all people."""
    with cloned(server) as clone:
        yield clone


async def test_a_mood_off_the_arc_adjusts_the_days_ahead(me: Client, client_for: ClientFactory) -> None:
    """From tomorrow on the days start from that mood, with activities that suit it. Today stays."""
    plan = await create_plan(me, current="sad", target="peaceful", duration=10)
    before = await get(me, f"/{plan['plan_id']}")

    await handle(await check_in(client_for, me, "angry"))
    after = await get(me, f"/{plan['plan_id']}")

    assert await reasons_of(me, plan["plan_id"]) == ["adjusted"]
    assert after["days"][0] == before["days"][0]
    assert after["days"][1]["activities"] != before["days"][1]["activities"]
    assert after["days"][-1]["target"] == "peaceful"
    assert {len(day["activities"]) for day in after["days"]} == {3}
    contents = [activity["content_id"] for day in after["days"] for activity in day["activities"]]
    assert after["activities_total"] == 30 == len(contents)


async def test_adjusted_days_keep_their_reminders(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Each slot of each day has one."""
    await create_plan(me, duration=10, start_date=(TODAY + timedelta(days=0)).isoformat())
    before = [each for each in reminders_of(database, me) if each[0] > TODAY]

    await handle(await check_in(client_for, me, "angry"))

    assert [each for each in reminders_of(database, me) if each[0] > TODAY] == before
    assert len(before) == 18


async def test_a_plan_is_adjusted_once_a_day(me: Client, client_for: ClientFactory) -> None:
    """Further moods of the day change nothing."""
    plan = await create_plan(me, duration=10)

    for mood in ("angry", "excited", "afraid"):
        await handle(await check_in(client_for, me, mood))

    assert await reasons_of(me, plan["plan_id"]) == ["adjusted"]


async def test_a_mood_on_the_arc_changes_nothing(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Nothing is stored, and no event is emitted."""
    plan = await create_plan(me)
    before = await get(me, f"/{plan['plan_id']}")

    await handle(await check_in(client_for, me, "lonely"))

    assert await get(me, f"/{plan['plan_id']}") == before
    assert events_of(database, me) == ["plan.created"]


async def test_one_event_takes_effect_once(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Duplicate deliveries have no effect, one after the other or concurrently."""
    plan = await create_plan(me, duration=10)
    event = await check_in(client_for, me, "angry")

    await handle(event)
    adjusted = await get(me, f"/{plan['plan_id']}")
    await asyncio.gather(*(handle(event) for _ in range(8)))

    assert await get(me, f"/{plan['plan_id']}") == adjusted
    assert await reasons_of(me, plan["plan_id"]) == ["adjusted"]


async def test_concurrent_moods_adjust_a_plan_once(me: Client, client_for: ClientFactory) -> None:
    """Events of one person wait for each other."""
    plan = await create_plan(me, duration=10)
    events = [await check_in(client_for, me, mood) for mood in ("angry", "afraid", "anxious")]

    await asyncio.gather(*map(handle, events))

    assert await reasons_of(me, plan["plan_id"]) == ["adjusted"]
    days = (await get(me, f"/{plan['plan_id']}"))["days"]
    assert {len(day["activities"]) for day in days} == {3}


@pytest.mark.parametrize("kind", ["hide", "dislike"])
async def test_unwanted_content_is_replaced(me: Client, client_for: ClientFactory, kind: str) -> None:
    """Wherever it is still planned, today as well. The change has a reason."""
    plan = await create_plan(me)
    [content, *_] = [a["content_id"] for a in plan["preview"]["days"][0]["activities"]]
    await client_for("recommend", me.person).post("/interactions", json={"content_id": content, "kind": kind})

    await handle(interacted(me, content, kind))

    after = await get(me, f"/{plan['plan_id']}")
    held = [activity["content_id"] for day in after["days"] for activity in day["activities"]]
    assert content not in held
    assert [len(day["activities"]) for day in after["days"]] == [3] * 7
    assert await reasons_of(me, plan["plan_id"]) == ["unwanted_removed"]


@pytest.mark.parametrize("kind", ["hide", "dislike"])
async def test_content_that_becomes_unwanted_during_a_pause_is_gone_when_the_plan_goes_on(
    me: Client, client_for: ClientFactory, kind: str
) -> None:
    """It is replaced in every paused plan, and the plans stay paused."""
    unwanted = {}
    for _ in range(2):
        plan = await create_plan(me)
        await change_plan(me, plan["plan_id"], status="paused")
        unwanted[plan["plan_id"]] = plan["preview"]["days"][0]["activities"][0]["content_id"]
    for content in unwanted.values():
        await client_for("recommend", me.person).post("/interactions", json={"content_id": content, "kind": kind})
        await handle(interacted(me, content, kind))

    for plan_id in unwanted:
        assert (await get(me, f"/{plan_id}"))["status"] == "paused"
        resumed = await change_plan(me, plan_id, status="active")
        held = {activity["content_id"] for day in resumed["days"] for activity in day["activities"]}
        assert held.isdisjoint(unwanted.values())
        assert [len(day["activities"]) for day in resumed["days"]] == [3] * 7
        assert (await reasons_of(me, plan_id))[1] == "unwanted_removed"
        await change_plan(me, plan_id, status="paused")


async def test_a_resumed_plan_starts_from_the_moods_of_that_day(me: Client, client_for: ClientFactory) -> None:
    """A mood off the arc that was recorded during the pause adjusts the days ahead, as in an active plan."""
    plan = await create_plan(me, duration=10)
    await change_plan(me, plan["plan_id"], status="paused")
    await handle(await check_in(client_for, me, "angry"))
    paused = await get(me, f"/{plan['plan_id']}")

    resumed = await change_plan(me, plan["plan_id"], status="active")

    assert await reasons_of(me, plan["plan_id"]) == ["paused", "resumed", "adjusted"]
    assert resumed["days"][0] == paused["days"][0]
    assert resumed["days"][1]["activities"] != paused["days"][1]["activities"]
    assert resumed["days"][-1]["target"] == "peaceful"


async def test_a_resumed_plan_follows_a_time_zone_that_changed_during_the_pause(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Its days go on from the local date of the new zone, and its reminders are due at its local times."""
    plan = await create_plan(me)
    await change_plan(me, plan["plan_id"], status="paused")
    far = "Pacific/Kiritimati" if utc_now().hour >= 10 else "Pacific/Pago_Pago"
    await client_for("account", me.person).patch("/profile", json={"timezone": far})
    await handle(event_of(me, "profile.changed", fields=["timezone"]))

    resumed = await change_plan(me, plan["plan_id"], status="active")
    await handle(event_of(me, "plan.changed"))

    first = max(local_day(utc_now(), ZoneInfo(far), time()), TODAY)  # a resumed day never moves back
    assert [day["date"] for day in resumed["days"]] == [(first + timedelta(days=n)).isoformat() for n in range(7)]
    local_times = database.rows(
        "SELECT (due_at AT TIME ZONE %s)::timestamp = local_date + local_time FROM public.notifications"
        " WHERE user_id = %s AND kind = 'plan'",
        far,
        me.person,
    )
    assert len(local_times) >= 18
    assert set(local_times) == {(True,)}


async def test_other_interactions_change_nothing(me: Client) -> None:
    """A view, and a dislike of content that is not in the plan, do not change the plan."""
    plan = await create_plan(me)
    before = await get(me, f"/{plan['plan_id']}")
    content = before["days"][0]["activities"][0]["content_id"]

    await handle(interacted(me, content, "view"))
    await handle(interacted(me, plan["plan_id"], "dislike"))

    assert await get(me, f"/{plan['plan_id']}") == before
    assert await reasons_of(me, plan["plan_id"]) == []


async def test_a_care_period_pauses_the_plan(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Reminders and the live document go, and the change has a reason of its own."""
    plan = await create_plan(me)

    await check_in(client_for, me, "hopeless", note=CRISIS)
    await handle(event_of(me, "care.opened"))

    assert (await get(me, f"/{plan['plan_id']}"))["status"] == "paused"
    assert await reasons_of(me, plan["plan_id"]) == ["paused_for_care"]
    assert reminders_of(database, me) == []
    assert today_document(database, me) == {}


async def test_a_plan_resumes_when_its_person_closes_the_care_period(me: Client, client_for: ClientFactory) -> None:
    """One that the person paused stays paused."""
    plan = await create_plan(me)
    await check_in(client_for, me, "hopeless", note=CRISIS)
    await handle(event_of(me, "care.opened"))

    assert (await client_for("account", me.person).delete("/care")).status_code == 204
    await handle(event_of(me, "care.closed"))

    assert (await get(me, f"/{plan['plan_id']}"))["status"] == "active"
    await change_plan(me, plan["plan_id"], status="paused")
    await handle(event_of(me, "care.closed"))
    assert (await get(me, f"/{plan['plan_id']}"))["status"] == "paused"


async def test_a_plan_resumes_after_care_although_another_one_is_over(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """A plan that nobody has ended yet after its last day is not in the way."""
    plan = await create_plan(me)
    await check_in(client_for, me, "hopeless", note=CRISIS)
    await handle(event_of(me, "care.opened"))
    await client_for("account", me.person).delete("/care")
    over = await create_plan(me, duration=5)
    days_pass(database, me, 6)

    await handle(event_of(me, "care.closed"))

    assert (await get(me, f"/{plan['plan_id']}"))["status"] == "active"
    assert (await get(me, f"/{over['plan_id']}"))["status"] == "ended"


async def test_a_late_event_does_not_pause_the_plan_again(me: Client, client_for: ClientFactory) -> None:
    """The care period was closed before the event arrived."""
    plan = await create_plan(me)
    await check_in(client_for, me, "hopeless", note=CRISIS)
    await client_for("account", me.person).delete("/care")

    await handle(event_of(me, "care.closed"))
    await handle(event_of(me, "care.opened"))

    assert (await get(me, f"/{plan['plan_id']}"))["status"] == "active"


async def test_a_plan_made_in_a_care_period_is_paused(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """The answers say so, kindly. The person resumes it when they like. Until then it has no reminders."""
    await check_in(client_for, me, "hopeless", note=CRISIS)

    plan = await create_plan(me)

    today = await me.get("/today")
    assert (plan["status"], plan["message"].startswith("Your plan rests for now")) == ("paused", True)
    assert (today.status_code, today.json()["code"], today.json()["detail"]) == (404, "plan_paused", plan["message"])
    assert (await get(me, f"/{plan['plan_id']}"))["status"] == "paused"
    assert await reasons_of(me, plan["plan_id"]) == ["paused_for_care"]
    assert reminders_of(database, me) == []


async def test_an_event_catches_up_on_missed_days(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """The first of a read, an event and the schedule does."""
    plan = await create_plan(me, duration=10)
    days_pass(database, me, 2)

    await handle(await check_in(client_for, me, "sad"))

    reasons = database.rows("SELECT reason FROM public.plan_changes WHERE user_id = %s ORDER BY changed_at", me.person)
    assert reasons[0] == ("missed",)
    assert plan["plan_id"]


async def test_the_live_document_follows_today(me: Client, database: Clone) -> None:
    """It has the current statuses, and no mood."""
    plan = await create_plan(me)
    await handle(event_of(me, "plan.created"))
    first = today_document(database, me)
    await finish(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][0])
    await handle(event_of(me, "plan.activity_finished"))
    second = today_document(database, me)
    await change_plan(me, plan["plan_id"], status="ended")
    await handle(event_of(me, "plan.ended"))

    assert (first["plan_id"], first["day"], first["days_total"], first["date"]) == (
        plan["plan_id"],
        1,
        7,
        TODAY.isoformat(),
    )
    assert [activity["status"] for activity in first["activities"]] == ["planned"] * 3
    assert [activity["status"] for activity in second["activities"]] == ["done", "planned", "planned"]
    assert not {"target", "mood", "from_mood"} & {*first, *first["activities"][0]}
    assert today_document(database, me) == {}


async def test_no_event_has_a_mood(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Events have ids, and the status of an activity."""
    plan = await create_plan(me, duration=10)
    activity = plan["preview"]["days"][0]["activities"][0]["activity_id"]
    await me.patch(f"/{plan['plan_id']}/activities/{activity}", json={"status": "done", "mood_after": "calm"})
    await handle(await check_in(client_for, me, "angry"))
    await change_plan(me, plan["plan_id"], status="ended")

    emitted = database.rows("SELECT type, data FROM mend.outbox WHERE user_id = %s AND type LIKE 'plan.%%'", me.person)

    assert {kind for kind, _ in emitted} == {"plan.created", "plan.activity_finished", "plan.changed", "plan.ended"}
    assert {name for _, data in emitted for name in data} == {"plan_id", "activity_id", "content_id", "status"}
    assert {data["status"] for _, data in emitted if "status" in data} == {"done"}


async def test_today_follows_the_time_zone(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """The dates stay, and today is the local date in the new time zone."""
    await create_plan(me)
    far = "Pacific/Kiritimati" if utc_now().hour >= 10 else "Pacific/Pago_Pago"
    await client_for("account", me.person).patch("/profile", json={"timezone": far})

    await handle(event_of(me, "profile.changed", fields=["timezone"]))

    local_date = local_day(utc_now(), ZoneInfo(far), time())
    assert local_date != TODAY or far == "Pacific/Pago_Pago"
    assert today_document(database, me).get("date") == (local_date.isoformat() if local_date >= TODAY else None)


@pytest.mark.parametrize("kind", ["mood.recorded", "profile.changed", "plan.ended", "plan.changed"])
@pytest.mark.usefixtures("services")
async def test_an_event_without_a_person_is_parked(database: Clone, kind: str) -> None:
    """It is acknowledged as well: another delivery would not help."""
    event = Event(type=kind, user_id=None, occurred_at=utc_now())

    await handle(event)

    assert database.rows("SELECT consumer, event_id FROM mend.dead_letters") == [("plan_events", event.id)]


@pytest.mark.parametrize("kind", ["mood.recorded", "profile.changed"])
@pytest.mark.usefixtures("services")
async def test_an_event_of_an_erased_person_is_acknowledged(database: Clone, kind: str) -> None:
    """There is nothing to change, and nothing to park."""
    await handle(Event(type=kind, user_id=UUID(int=7), occurred_at=utc_now()))

    assert database.rows("SELECT user_id FROM public.elevation_plans") == []
    assert database.rows("SELECT event_id FROM mend.dead_letters") == []


async def test_the_schedule_marks_yesterday_as_missed(me: Client, database: Clone, move_clock: ClockMover) -> None:
    """Once the local day has begun, and only once."""
    plan = await create_plan(me)
    tomorrow = datetime.combine(TODAY + timedelta(days=1), time(0, 15), utc_now().tzinfo)

    await start_days(tomorrow - timedelta(hours=1), move_clock)
    before = database.rows("SELECT reason FROM public.plan_changes WHERE user_id = %s", me.person)
    await asyncio.gather(*(start_days(tomorrow + timedelta(minutes=15 * n), move_clock) for n in range(4)))

    assert before == []
    assert database.rows("SELECT reason FROM public.plan_changes WHERE user_id = %s", me.person) == [("missed",)]
    missed = "SELECT count(*) FROM public.plan_activities WHERE user_id = %s AND status = 'missed'"
    assert database.value(missed, me.person) == 3
    assert today_document(database, me)["day"] == 2
    assert plan["plan_id"]


async def test_reminders_reach_a_week_ahead(
    me: Client, client_for: ClientFactory, database: Clone, move_clock: ClockMover
) -> None:
    """Each day that starts schedules one more day, also after days without a schedule. None is left out when a new time
    zone skips a date.
    """
    await create_plan(me, duration=16, start_date=(TODAY + timedelta(days=2)).isoformat())
    first = {date for date, _, _ in reminders_of(database, me)}
    for days in (3, 4, 8):
        await start_days(datetime.combine(TODAY + timedelta(days=days), time(0, 30), utc_now().tzinfo), move_clock)
    await client_for("account", me.person).patch("/profile", json={"timezone": "Pacific/Kiritimati"})
    await start_days(datetime.combine(TODAY + timedelta(days=9), time(20), utc_now().tzinfo), move_clock)
    await start_days(datetime.combine(TODAY + timedelta(days=12), time(20), utc_now().tzinfo), move_clock)

    assert first == {TODAY + timedelta(days=n) for n in range(2, 9)}
    sent = "SELECT local_date, slot FROM public.notifications WHERE user_id = %s ORDER BY local_date, local_time"
    expected = [(TODAY + timedelta(days=n), slot) for n in range(2, 18) for slot in ("morning", "afternoon", "evening")]
    assert database.rows(sent, me.person) == expected


async def test_the_schedule_ends_plans_after_their_last_day(client_for: ClientFactory, database: Clone) -> None:
    """Those of many people at once, and no others."""
    ended = [client_for("plan") for _ in range(12)]
    active = client_for("plan")
    for client in ended:
        await create_plan(client, duration=5)
        days_pass(database, client, 5)
    await create_plan(active)

    await start_days(utc_now())

    states = dict(database.rows("SELECT user_id, status FROM public.elevation_plans"))
    assert {states[client.person] for client in ended} == {"ended"}
    assert states[active.person] == "active"
    assert [events_of(database, client).count("plan.ended") for client in ended] == [1] * 12


@pytest.mark.parametrize(
    ("zone", "change", "day_starts_at"),
    [
        ("America/Havana", "forward", "00:00"),  # a midnight that does not exist
        ("Africa/Cairo", "forward", "00:00"),
        ("America/Santiago", "back", "00:00"),  # an hour before midnight twice
        ("America/New_York", "back", "01:30"),  # a start of the day that exists twice
        ("America/New_York", "forward", "02:30"),  # a start of the day that does not exist
        ("Australia/Lord_Howe", "back", "01:45"),
        ("Asia/Kathmandu", None, "04:00"),
    ],
)
async def test_every_day_starts_once_when_clocks_change(  # noqa: PLR0913, PLR0917 - a place, a night and a clock
    me: Client,
    client_for: ClientFactory,
    database: Clone,
    zone: str,
    change: str | None,
    day_starts_at: str,
    move_clock: ClockMover,
) -> None:
    """Every 15 minutes through nights on which clocks change, today is the local date, and none is left out."""
    profile = {"timezone": zone, "day_starts_at": day_starts_at}
    await client_for("account", me.person).patch("/profile", json=profile)
    await create_plan(me, duration=5)
    local, begins = ZoneInfo(zone), time.fromisoformat(day_starts_at)
    first = noon_before_next_change(local, change)
    _move_to(database, me, first)

    dates = []
    for quarter in range(4 * 24 * 4):
        now = first.astimezone(utc_now().tzinfo) + timedelta(minutes=15 * quarter)
        if quarter and (now.astimezone(local).hour - begins.hour) % 24 not in {22, 23, 0, 1, 2}:
            continue  # no day starts in the middle of a day
        await start_days(now, move_clock)
        dates.append((today_document(database, me).get("date"), local_day(now, local, begins).isoformat()))

    assert [document for document, _ in dates] == [
        *accumulate((today for _, today in dates), max)
    ]  # no day starts twice
    assert len({document for document, _ in dates}) == 5
    reasons = database.rows("SELECT from_date FROM public.plan_changes WHERE user_id = %s", me.person)
    assert len(reasons) == len({*reasons}) == 4


def noon_before_next_change(local: ZoneInfo, change: str | None) -> datetime:
    """Noon of the day before clocks there are next put forward or back. None: the first noon to come."""
    tomorrow = datetime.combine(utc_now().astimezone(local).date() + timedelta(days=1), time(12), local)
    for noon in (tomorrow + timedelta(days=day) for day in range(3 * 366)):
        shift = (noon + timedelta(days=1)).utcoffset() - noon.utcoffset()  # type: ignore[operator] # both are known
        if bool(shift) == bool(change) and (shift > timedelta()) == (change == "forward"):
            return noon
    raise LookupError(f"clocks are never put {change} in {local}")


def _move_to(database: Clone, client: Client, first: datetime) -> None:
    """Move the person's plan, so that it starts on that day."""
    [(start,)] = database.rows("SELECT start_date FROM public.elevation_plans WHERE user_id = %s", client.person)
    days_pass(database, client, (start - first.date()).days)
    with database.admin() as conn:
        conn.execute("UPDATE public.elevation_plans SET next_day_starts_at = %s", (first,))
