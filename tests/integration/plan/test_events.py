"""What a plan makes of events: moods, dangers, moves, and the turn of days."""

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
    changed,
    days_pass,
    events_of,
    felt,
    finished,
    got,
    interacted,
    of,
    planned,
    reasons_of,
    reminders_of,
    shown_today,
    told,
    turned,
)

TODAY = utc_now().date()
CRISIS = "I do not want to live any more and I am going to kill myself tonight"


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    """One for each test: a schedule comes to everybody's plans."""
    with cloned(server) as clone:
        yield clone


async def test_a_mood_off_the_way_bends_what_is_ahead(me: Client, client_for: ClientFactory) -> None:
    """From tomorrow on the days set out from how the person is, with things that suit it; today stays."""
    plan = await planned(me, current="sad", target="peaceful", duration=10)
    before = await got(me, f"/{plan['plan_id']}")

    await told(await felt(client_for, me, "angry"))
    after = await got(me, f"/{plan['plan_id']}")

    assert await reasons_of(me, plan["plan_id"]) == ["bent"]
    assert after["days"][0] == before["days"][0]
    assert after["days"][1]["activities"] != before["days"][1]["activities"]
    assert after["days"][-1]["target"] == "peaceful"
    assert {len(day["activities"]) for day in after["days"]} == {3}
    shown = [activity["content_id"] for day in after["days"] for activity in day["activities"]]
    assert after["activities_total"] == 30 == len(shown)


async def test_what_was_bent_is_reminded_of_as_before(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Each part of each day, once."""
    await planned(me, duration=10, start_date=(TODAY + timedelta(days=0)).isoformat())
    before = [each for each in reminders_of(database, me) if each[0] > TODAY]

    await told(await felt(client_for, me, "angry"))

    assert [each for each in reminders_of(database, me) if each[0] > TODAY] == before
    assert len(before) == 18


async def test_a_plan_bends_once_a_day(me: Client, client_for: ClientFactory) -> None:
    """However often one's mood turns."""
    plan = await planned(me, duration=10)

    for mood in ("angry", "excited", "afraid"):
        await told(await felt(client_for, me, mood))

    assert await reasons_of(me, plan["plan_id"]) == ["bent"]


async def test_a_mood_on_the_way_changes_nothing(me: Client, client_for: ClientFactory, database: Clone) -> None:
    plan = await planned(me)
    before = await got(me, f"/{plan['plan_id']}")

    await told(await felt(client_for, me, "lonely"))

    assert await got(me, f"/{plan['plan_id']}") == before
    assert events_of(database, me) == ["plan.created"]


async def test_one_event_takes_effect_once(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """However often it is delivered, one after the other or at once."""
    plan = await planned(me, duration=10)
    event = await felt(client_for, me, "angry")

    await told(event)
    bent = await got(me, f"/{plan['plan_id']}")
    await asyncio.gather(*(told(event) for _ in range(8)))

    assert await got(me, f"/{plan['plan_id']}") == bent
    assert await reasons_of(me, plan["plan_id"]) == ["bent"]


async def test_two_moods_at_once_bend_it_once(me: Client, client_for: ClientFactory) -> None:
    """Two events of one person wait for each other."""
    plan = await planned(me, duration=10)
    events = [await felt(client_for, me, mood) for mood in ("angry", "afraid", "anxious")]

    await asyncio.gather(*map(told, events))

    assert await reasons_of(me, plan["plan_id"]) == ["bent"]
    days = (await got(me, f"/{plan['plan_id']}"))["days"]
    assert {len(day["activities"]) for day in days} == {3}


@pytest.mark.parametrize("kind", ["hide", "dislike"])
async def test_what_is_not_wanted_leaves_the_plan(me: Client, client_for: ClientFactory, kind: str) -> None:
    """Wherever it was still planned, today as well: the place goes to something else, and it is said why."""
    plan = await planned(me)
    [content, *_] = [a["content_id"] for a in plan["preview"]["days"][0]["activities"]]
    await client_for("recommend", me.person).post("/interactions", json={"content_id": content, "kind": kind})

    await told(interacted(me, content, kind))

    after = await got(me, f"/{plan['plan_id']}")
    held = [activity["content_id"] for day in after["days"] for activity in day["activities"]]
    assert content not in held
    assert [len(day["activities"]) for day in after["days"]] == [3] * 7
    assert await reasons_of(me, plan["plan_id"]) == ["spared"]


async def test_what_is_only_looked_at_stays(me: Client) -> None:
    """As does what is disliked and not in the plan."""
    plan = await planned(me)
    before = await got(me, f"/{plan['plan_id']}")
    content = before["days"][0]["activities"][0]["content_id"]

    await told(interacted(me, content, "view"))
    await told(interacted(me, plan["plan_id"], "dislike"))

    assert await got(me, f"/{plan['plan_id']}") == before
    assert await reasons_of(me, plan["plan_id"]) == []


async def test_in_danger_the_plan_rests(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """No activity is waited for, nothing is reminded of, and it is said kindly."""
    plan = await planned(me)

    await told(await felt(client_for, me, "hopeless", note=CRISIS))

    assert (await got(me, f"/{plan['plan_id']}"))["status"] == "paused"
    assert await reasons_of(me, plan["plan_id"]) == ["paused_for_care"]
    assert reminders_of(database, me) == []
    assert shown_today(database, me) == {}


async def test_missed_days_show_with_the_next_event(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Whoever comes first finds out: a look, an event, or the schedule."""
    plan = await planned(me, duration=10)
    days_pass(database, me, 2)

    await told(await felt(client_for, me, "sad"))

    reasons = database.rows("SELECT reason FROM public.plan_changes WHERE user_id = %s ORDER BY changed_at", me.person)
    assert reasons[0] == ("missed",)
    assert plan["plan_id"]


async def test_the_app_hears_of_today(me: Client, database: Clone) -> None:
    """As it is by now; never how anyone feels."""
    plan = await planned(me)
    await told(of(me, "plan.created"))
    first = shown_today(database, me)
    await finished(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][0])
    await told(of(me, "plan.activity_finished"))
    second = shown_today(database, me)
    await changed(me, plan["plan_id"], status="ended")
    await told(of(me, "plan.ended"))

    assert (first["plan_id"], first["day"], first["of"], first["date"]) == (plan["plan_id"], 1, 7, TODAY.isoformat())
    assert [activity["status"] for activity in first["activities"]] == ["planned"] * 3
    assert [activity["status"] for activity in second["activities"]] == ["done", "planned", "planned"]
    assert not {"target", "mood", "leaving"} & {*first, *first["activities"][0]}
    assert shown_today(database, me) == {}


async def test_no_event_says_how_anyone_feels(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """They say where to look: ids, and whether something was done."""
    plan = await planned(me, duration=10)
    activity = plan["preview"]["days"][0]["activities"][0]["activity_id"]
    await me.patch(f"/{plan['plan_id']}/activities/{activity}", json={"status": "done", "mood_after": "calm"})
    await told(await felt(client_for, me, "angry"))
    await changed(me, plan["plan_id"], status="ended")

    found = database.rows("SELECT type, data FROM mend.outbox WHERE user_id = %s AND type LIKE 'plan.%%'", me.person)

    assert {kind for kind, _ in found} == {"plan.created", "plan.activity_finished", "plan.changed", "plan.ended"}
    assert {name for _, data in found for name in data} == {"plan_id", "activity_id", "content_id", "status"}
    assert {data["status"] for _, data in found if "status" in data} == {"done"}


async def test_who_moves_takes_their_day_along(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """The dates stay, and today is the day that it is there."""
    await planned(me)
    far = "Pacific/Kiritimati" if utc_now().hour >= 10 else "Pacific/Pago_Pago"
    await client_for("account", me.person).patch("/profile", json={"timezone": far})

    await told(of(me, "profile.changed", fields=["timezone"]))

    there = local_day(utc_now(), ZoneInfo(far), time())
    assert there != TODAY or far == "Pacific/Pago_Pago"
    shown = shown_today(database, me)
    assert shown.get("date") == (there.isoformat() if there >= TODAY else None)


@pytest.mark.parametrize("kind", ["mood.recorded", "profile.changed", "plan.ended", "plan.changed"])
async def test_an_event_of_somebody_who_is_gone_is_no_trouble(client_for: ClientFactory, kind: str) -> None:
    """Nor one of nobody: it is parked."""
    await told(Event(type=kind, user_id=None, occurred_at=utc_now()))
    if kind in {"mood.recorded", "profile.changed"}:
        await told(Event(type=kind, user_id=UUID(int=7), occurred_at=utc_now()))


async def test_the_schedule_lets_go_of_yesterday(me: Client, database: Clone, move_clock: ClockMover) -> None:
    """Of those for whom a day has begun since, and of nobody twice."""
    plan = await planned(me)
    tomorrow = datetime.combine(TODAY + timedelta(days=1), time(0, 15), utc_now().tzinfo)

    await turned(tomorrow - timedelta(hours=1), move_clock)
    before = database.rows("SELECT reason FROM public.plan_changes WHERE user_id = %s", me.person)
    await asyncio.gather(*(turned(tomorrow + timedelta(minutes=15 * n), move_clock) for n in range(4)))

    assert before == []
    assert database.rows("SELECT reason FROM public.plan_changes WHERE user_id = %s", me.person) == [("missed",)]
    missed = "SELECT count(*) FROM public.plan_activities WHERE user_id = %s AND status = 'missed'"
    assert database.value(missed, me.person) == 3
    assert shown_today(database, me)["day"] == 2
    assert plan["plan_id"]


async def test_reminders_reach_a_week_ahead(
    me: Client, client_for: ClientFactory, database: Clone, move_clock: ClockMover
) -> None:
    """Each day that begins lays down another day of them, also after some days on which no schedule came; and a move
    to where it is tomorrow already leaves none out.
    """
    await planned(me, duration=16, start_date=(TODAY + timedelta(days=2)).isoformat())
    first = {date for date, _, _ in reminders_of(database, me)}
    for days in (3, 4, 8):
        await turned(datetime.combine(TODAY + timedelta(days=days), time(0, 30), utc_now().tzinfo), move_clock)
    await client_for("account", me.person).patch("/profile", json={"timezone": "Pacific/Kiritimati"})
    await turned(datetime.combine(TODAY + timedelta(days=9), time(20), utc_now().tzinfo), move_clock)
    await turned(datetime.combine(TODAY + timedelta(days=12), time(20), utc_now().tzinfo), move_clock)

    assert first == {TODAY + timedelta(days=n) for n in range(2, 9)}
    sent = "SELECT local_date, slot FROM public.notifications WHERE user_id = %s ORDER BY local_date, local_time"
    expected = [(TODAY + timedelta(days=n), slot) for n in range(2, 18) for slot in ("morning", "afternoon", "evening")]
    assert database.rows(sent, me.person) == expected


async def test_the_schedule_ends_what_is_over(client_for: ClientFactory, database: Clone) -> None:
    """Everybody's, many at a time; and only those."""
    over = [client_for("plan") for _ in range(12)]
    going_on = client_for("plan")
    for client in over:
        await planned(client, duration=5)
        days_pass(database, client, 5)
    await planned(going_on)

    await turned(utc_now())

    states = dict(database.rows("SELECT user_id, status FROM public.elevation_plans"))
    assert {states[client.person] for client in over} == {"ended"}
    assert states[going_on.person] == "active"
    assert [events_of(database, client).count("plan.ended") for client in over] == [1] * 12


@pytest.mark.parametrize(
    ("zone", "start", "day_starts_at"),
    [
        ("America/Havana", "2027-03-12", "00:00"),  # a midnight that does not exist
        ("Africa/Cairo", "2027-04-29", "00:00"),
        ("America/Santiago", "2027-04-02", "00:00"),  # an hour before midnight twice
        ("America/New_York", "2026-11-30", "01:30"),
        ("America/New_York", "2027-03-13", "02:30"),  # a start of the day that does not exist
        ("Australia/Lord_Howe", "2027-04-03", "01:45"),
        ("Asia/Kathmandu", "2027-01-01", "04:00"),
    ],
)
async def test_every_day_turns_once_whatever_the_clocks_do(  # noqa: PLR0913, PLR0917 - a place, a day and a clock
    me: Client,
    client_for: ClientFactory,
    database: Clone,
    zone: str,
    start: str,
    day_starts_at: str,
    move_clock: ClockMover,
) -> None:
    """Quarter by quarter through nights on which clocks change, today is the day it is, and none is left out."""
    profile = {"timezone": zone, "day_starts_at": day_starts_at}
    await client_for("account", me.person).patch("/profile", json=profile)
    await planned(me, duration=5)
    here, begins = ZoneInfo(zone), time.fromisoformat(day_starts_at)
    first = datetime.combine(datetime.fromisoformat(start).date(), time(12), here)
    _move_to(database, me, first)

    shown = []
    for quarter in range(4 * 24 * 4):
        now = first.astimezone(utc_now().tzinfo) + timedelta(minutes=15 * quarter)
        if quarter and (now.astimezone(here).hour - begins.hour) % 24 not in {22, 23, 0, 1, 2}:
            continue  # nothing begins in the middle of a day
        await turned(now, move_clock)
        shown.append((shown_today(database, me).get("date"), local_day(now, here, begins).isoformat()))

    assert [found for found, _ in shown] == [*accumulate((today for _, today in shown), max)]  # what has begun, goes on
    assert len({found for found, _ in shown}) == 5
    reasons = database.rows("SELECT from_date FROM public.plan_changes WHERE user_id = %s", me.person)
    assert len(reasons) == len({*reasons}) == 4


def _move_to(database: Clone, client: Client, first: datetime) -> None:
    """The plan of that person starts on that day instead."""
    [(start,)] = database.rows("SELECT start_date FROM public.elevation_plans WHERE user_id = %s", client.person)
    days_pass(database, client, (start - first.date()).days)
    with database.admin() as conn:
        conn.execute("UPDATE public.elevation_plans SET turns_at = %s", (first,))
