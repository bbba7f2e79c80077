"""POST /: a plan from one mood to another."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.clock import utc_now
from shared.moods import MOODS, distance
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.plan.plans import SAD_TO_PEACEFUL, changed, events_of, felt, got, planned, reminders_of

TODAY = utc_now().date()


async def test_a_week_from_sad_to_peaceful_has_21_activities(me: Client) -> None:
    """Three a day, in the morning, the afternoon and the evening, on seven days that start today."""
    answer = await planned(me, duration=7)

    days = answer["preview"]["days"]
    assert answer["activities_total"] == 21
    assert [day["day"] for day in days] == [*range(1, 8)]
    assert {tuple(a["slot"] for a in day["activities"]) for day in days} == {("morning", "afternoon", "evening")}
    assert days[-1]["target"] == "peaceful"
    assert all(a["title"] and a["reasons"] and a["status"] == "planned" for day in days for a in day["activities"])


async def test_what_is_previewed_is_what_is_stored(me: Client) -> None:
    """Day by day, activity by activity; stored, there is something to read about each."""
    answer = await planned(me)

    stored = await got(me, f"/{answer['plan_id']}")

    short = {"activity_id", "content_id", "title", "kind", "minutes", "slot", "local_time", "status", "reasons"}
    assert answer["preview"]["days"] == [
        day | {"activities": [{name: a[name] for name in short} for a in day["activities"]]} for day in stored["days"]
    ]
    assert all(a["body"] or a["url"] for day in stored["days"] for a in day["activities"])


async def test_no_day_leads_away_from_the_target(me: Client) -> None:
    """Each day's word is as near to it as the day's before, or nearer."""
    days = (await planned(me, current="anxious", target="calm", duration=10))["preview"]["days"]

    left = [distance(MOODS[day["target"]].point, MOODS["calm"].point) for day in days]
    assert all(after <= before + 0.1 for before, after in pairwise(left))
    assert left[-1] == 0


async def test_a_plan_starts_from_the_latest_check_in(me: Client, client_for: ClientFactory) -> None:
    """Where nobody says how they feel, their last check-in does."""
    await felt(client_for, me, "angry", occurred_at=(utc_now() - timedelta(hours=2)).isoformat())
    await felt(client_for, me, "lonely")

    answer = await me.post("/", json={"target": "content"})

    assert answer.status_code == 201
    assert (await got(me, f"/{answer.json()['plan_id']}"))["current"] == "lonely"


async def test_without_any_check_in_the_mood_must_be_named(me: Client) -> None:
    """Answered as `recommend` answers it."""
    answer = await me.post("/", json={"target": "content"})

    assert (answer.status_code, answer.json()["code"]) == (409, "no_mood_yet")


async def test_a_journey_says_where_to(me: Client) -> None:
    """Target, days and activities a day are the journey's, unless they are said otherwise."""
    journey = (await got(me, "/journeys"))["items"][0]

    answer = await me.post("/", json={"journey": journey["id"]})

    assert answer.status_code == 201
    plan = await got(me, f"/{answer.json()['plan_id']}")
    assert {name: plan[name] for name in ("current", "target", "duration", "per_day")} == {
        name: journey[name] for name in ("current", "target", "duration", "per_day")
    }


async def test_every_part_of_a_day_is_reminded_of_once(me: Client, database: Clone) -> None:
    """At the times that were wished for, or the usual ones; not before the plan starts."""
    start = TODAY + timedelta(days=3)

    await planned(me, duration=5, per_day=5, start_date=start.isoformat(), reminders={"morning": "06:45"})

    times = [("morning", "06:45"), ("afternoon", "13:00"), ("evening", "19:00")]
    assert reminders_of(database, me) == [(start + timedelta(days=n), *each) for n in range(5) for each in times]


async def test_who_wants_no_reminders_gets_none(me: Client, database: Clone) -> None:
    """The activities have their times all the same."""
    answer = await planned(me, reminders=False)

    assert reminders_of(database, me) == []
    assert [a["local_time"] for a in answer["preview"]["days"][0]["activities"]] == ["08:00", "13:00", "19:00"]
    assert (await got(me, f"/{answer['plan_id']}"))["reminders"] is False


async def test_days_without_a_prompt_have_no_reminder(me: Client, database: Clone) -> None:
    """Who tries that has them on some days and not on others, decided beforehand with a known chance."""
    start = TODAY + timedelta(days=1)
    await planned(me, duration=30, try_without_prompts=True, start_date=start.isoformat())

    days = database.rows(
        "SELECT local_date, prompted, round(propensity::numeric, 2)::float FROM public.plan_days WHERE user_id = %s",
        me.person,
    )
    week = start + timedelta(days=6)
    reminded = {date for date, _, _ in reminders_of(database, me)}
    assert reminded == {date for date, prompted, _ in days if prompted and date <= week}
    assert 0 < sum(prompted for _, prompted, _ in days) < 30
    assert {propensity for _, _, propensity in days} == {0.7}


async def test_hidden_things_are_in_no_plan(me: Client, client_for: ClientFactory) -> None:
    """What a person has hidden is not planned for them."""
    first = await planned(me)
    recommend = client_for("recommend", me.person)
    shown = {a["content_id"] for day in first["preview"]["days"] for a in day["activities"]}
    for content in shown:
        await recommend.post("/interactions", json={"content_id": content, "kind": "hide"})
    await changed(me, first["plan_id"], status="ended")

    second = await planned(me)

    assert second["activities_total"] == 21
    assert shown.isdisjoint(a["content_id"] for day in second["preview"]["days"] for a in day["activities"])


async def test_kinds_and_minutes_are_as_wished(me: Client) -> None:
    answer = await planned(me, kinds=["breathing", "movement", "writing", "nature"], minutes_per_day=45, per_day=2)

    for day in answer["preview"]["days"]:
        assert {a["kind"] for a in day["activities"]} <= {"breathing", "movement", "writing", "nature"}
        assert sum(a["minutes"] for a in day["activities"]) <= 45


async def test_one_plan_is_active_at_a_time(me: Client, database: Clone) -> None:
    """The second is refused, until the first is paused or ended."""
    first = await planned(me)

    refused = await me.post("/", json=SAD_TO_PEACEFUL)
    await changed(me, first["plan_id"], status="paused")
    second = await planned(me)

    assert (refused.status_code, refused.json()["code"]) == (409, "plan_active")
    assert database.rows(
        "SELECT id FROM public.elevation_plans WHERE user_id = %s AND status = 'active'", me.person
    ) == [(database.value("SELECT %s::uuid", second["plan_id"]),)]


async def test_of_two_plans_at_the_same_instant_one_is_made(client_for: ClientFactory, database: Clone) -> None:
    """201 and 409, whichever comes first, and nothing of the other is left."""
    for _ in range(5):
        me = client_for("plan")
        answers = await asyncio.gather(*(me.post("/", json=SAD_TO_PEACEFUL) for _ in range(4)))

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert database.value("SELECT count(*) FROM public.plan_activities WHERE user_id = %s", me.person) == 21
        assert events_of(database, me) == ["plan.created"]


async def test_a_repeated_request_makes_one_plan(me: Client, database: Clone) -> None:
    """By its Idempotency-Key, byte for byte."""
    first, second = [
        await me.post("/", json=SAD_TO_PEACEFUL, headers={"Idempotency-Key": "one plan"}) for _ in range(2)
    ]

    assert (first.status_code, second.content) == (201, first.content)
    assert database.value("SELECT count(*) FROM public.elevation_plans WHERE user_id = %s", me.person) == 1


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"target": "sad"}, "target"),
        ({"target": "lonely"}, "target"),
        ({"target": "bliss"}, "target"),
        ({"target": None}, "target"),
        ({"current": "meh"}, "current"),
        ({"duration": 0}, "duration"),
        ({"duration": 400}, "duration"),
        ({"duration": "7"}, "duration"),
        ({"per_day": 0}, "per_day"),
        ({"per_day": 6}, "per_day"),
        ({"minutes_per_day": -5}, "minutes_per_day"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["skydiving"]}, "kinds"),
        ({"start_date": "soon"}, "start_date"),
        ({"start_date": "2020-02-30"}, "start_date"),
        ({"start_date": str(TODAY - timedelta(days=2))}, "start_date"),
        ({"start_date": str(TODAY + timedelta(days=3650))}, "start_date"),
        ({"start_date": "9999-12-31"}, "start_date"),
        ({"journey": "nowhere"}, "journey"),
        ({"journey": "\x00"}, "journey"),
        ({"journey": "'; DROP TABLE public.elevation_plans --"}, "journey"),
        ({"reminders": True}, "reminders"),
        ({"reminders": {"morning": "25:00"}}, "reminders"),
        ({"reminders": {"night": "02:00"}}, "reminders"),
        ({"try_without_prompts": "yes"}, "try_without_prompts"),
        ({"user_id": "somebody"}, "(unknown field)"),
    ],
    ids=range(26),
)
async def test_a_plan_that_makes_no_sense_is_refused(me: Client, draft: dict[str, Any], field: str) -> None:
    """It is said where, never what was sent; and no plan is left behind."""
    answer = await me.post("/", json=SAD_TO_PEACEFUL | draft)

    assert answer.status_code == 422
    assert {fault["loc"][1] for fault in answer.json()["errors"]} == {field}
    assert (await got(me, "/"))["items"] == []


async def test_a_fault_of_a_reminder_is_told_where_it_is(me: Client) -> None:
    """Once, by the place it has in what was sent, and not by names of our own."""
    answer = await me.post("/", json=SAD_TO_PEACEFUL | {"reminders": {"morning": "25:00"}})

    assert [fault["loc"] for fault in answer.json()["errors"]] == [["body", "reminders", "morning"]]


async def test_a_plan_without_a_target_is_refused(me: Client) -> None:
    """Neither a target nor a journey leads anywhere."""
    assert (await me.post("/", json={"current": "sad"})).status_code == 422


async def test_a_way_that_is_too_far_is_refused_with_what_is_feasible(me: Client) -> None:
    """How many days it takes, and what these days can reach."""
    answer = await me.post("/", json={"current": "hopeless", "target": "excited", "duration": 3})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "out_of_reach")
    assert [fault["loc"][1] for fault in problem["errors"]] == ["duration", "target"]
    days = int("".join(filter(str.isdigit, problem["errors"][0]["msg"])))
    assert (await me.post("/", json={"current": "hopeless", "target": "excited", "duration": days})).status_code == 201
