"""POST /: creates a plan."""

import asyncio
from datetime import date, time, timedelta
from itertools import chain, pairwise
from typing import Any

import pytest

from functions.plan.rules.slots import SLOTS
from shared.clock import at_wall_time, utc_now, zone
from shared.moods import MOODS, distance
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.plan.plans import (
    SAD_TO_PEACEFUL,
    change_plan,
    check_in,
    create_plan,
    events_of,
    get,
    reminders_of,
)

TODAY = utc_now().date()


async def test_a_week_from_sad_to_peaceful_has_21_activities(me: Client) -> None:
    """Three a day, one in each slot, on seven days from today."""
    answer = await create_plan(me, duration=7)

    days = answer["preview"]["days"]
    assert answer["activities_total"] == 21
    assert [day["day"] for day in days] == [*range(1, 8)]
    assert {tuple(a["slot"] for a in day["activities"]) for day in days} == {("morning", "afternoon", "evening")}
    assert days[-1]["target"] == "peaceful"
    assert all(a["title"] and a["reasons"] and a["status"] == "planned" for day in days for a in day["activities"])


async def test_no_day_is_shown_with_an_unpleasant_target(me: Client) -> None:
    """The first days from exhaustion lead to feeling okay, not to exhaustion."""
    answer = await create_plan(me, current="exhausted", target="peaceful", duration=5)

    targets = [day["target"] for day in answer["preview"]["days"]]
    assert targets[0] == "okay"
    assert all(MOODS[target].valence > 0 for target in targets)


async def test_the_preview_is_the_stored_plan(me: Client) -> None:
    """The same days and activities. Those of the stored plan have their content, too."""
    answer = await create_plan(me)

    stored = await get(me, f"/{answer['plan_id']}")

    short = {"activity_id", "content_id", "title", "kind", "minutes", "slot", "local_time", "status", "why", "reasons"}
    assert answer["preview"]["days"] == [
        day | {"activities": [{name: a[name] for name in short} for a in day["activities"]]} for day in stored["days"]
    ]
    assert all(a["body"] or a["url"] for day in stored["days"] for a in day["activities"])


async def test_each_activity_has_a_reason_in_the_language_of_the_reader(me: Client, client_for: ClientFactory) -> None:
    """`why` is one sentence without digits, different within a day, and follows a change of the profile's language."""
    account = client_for("account", me.person)
    await account.patch("/profile", json={"locale": "de-AT"})
    plan_id = (await create_plan(me, duration=7))["plan_id"]

    german = (await get(me, f"/{plan_id}"))["days"]
    await account.patch("/profile", json={"locale": "en"})
    english = (await get(me, f"/{plan_id}"))["days"]

    sentences = [[activity["why"] for activity in day["activities"]] for day in german + english]
    assert all(len({*day}) == 3 for day in sentences)
    assert not [why for day in sentences for why in day if any(char.isdigit() for char in why)]
    assert {*chain(*sentences[:7])}.isdisjoint(chain(*sentences[7:]))
    assert german[0]["activities"][0]["reasons"][0]["label"] == "Passt zu deinem Plan"
    assert english[0]["activities"][0]["reasons"][0]["label"] == "Fits your plan"


async def test_a_new_plan_is_shown_in_the_language_of_its_person(me: Client, client_for: ClientFactory) -> None:
    """Its preview has the same titles as the plan later."""
    await client_for("account", me.person).patch("/profile", json={"locale": "de"})

    created = await create_plan(me, duration=7)

    days = (await get(me, f"/{created['plan_id']}"))["days"]
    titles = [
        [activity["title"] for day in each for activity in day["activities"]]
        for each in (created["preview"]["days"], days)
    ]
    assert titles[0] == titles[1]
    assert any(char in "äöüß" for title in titles[0] for char in title)


async def test_no_day_leads_away_from_the_target(me: Client) -> None:
    """The target of each day is as near to it as that of the day before, or nearer."""
    days = (await create_plan(me, current="anxious", target="calm", duration=10))["preview"]["days"]

    left = [distance(MOODS[day["target"]].point, MOODS["calm"].point) for day in days]
    assert all(after <= before + 0.1 for before, after in pairwise(left))
    assert left[-1] == 0


async def test_a_plan_starts_from_the_latest_check_in(me: Client, client_for: ClientFactory) -> None:
    """Without a current mood in the request."""
    await check_in(client_for, me, "angry", occurred_at=(utc_now() - timedelta(hours=2)).isoformat())
    await check_in(client_for, me, "lonely")

    answer = await me.post("/", json={"target": "content"})

    assert answer.status_code == 201
    assert (await get(me, f"/{answer.json()['plan_id']}"))["current"] == "lonely"


async def test_without_a_check_in_the_current_mood_is_required(me: Client) -> None:
    """The error has the same code as that of `recommend`."""
    answer = await me.post("/", json={"target": "content"})

    assert (answer.status_code, answer.json()["code"]) == (409, "no_mood_yet")


async def test_a_journey_sets_the_fields_of_a_plan(me: Client) -> None:
    """The moods, the duration and the number a day are those of the journey."""
    journey = (await get(me, "/journeys"))["items"][0]

    answer = await me.post("/", json={"journey": journey["id"]})

    assert answer.status_code == 201
    plan = await get(me, f"/{answer.json()['plan_id']}")
    assert {name: plan[name] for name in ("current", "target", "duration", "per_day")} == {
        name: journey[name] for name in ("current", "target", "duration", "per_day")
    }


@pytest.mark.parametrize(("duration", "per_day"), [(3, 1), (5, 5), (30, 2)])
async def test_the_answer_has_all_days_with_all_activities(me: Client, duration: int, per_day: int) -> None:
    """Whatever the length of the plan."""
    created = await create_plan(me, current="okay", target="content", duration=duration, per_day=per_day)

    days = created["preview"]["days"]
    assert [day["day"] for day in days] == list(range(1, duration + 1))
    assert {len(day["activities"]) for day in days} == {per_day}
    assert created["activities_total"] == duration * per_day


async def test_every_slot_has_one_reminder(me: Client, database: Clone) -> None:
    """At the requested time or the default one, from the start date on."""
    start = TODAY + timedelta(days=3)

    await create_plan(me, duration=5, per_day=5, start_date=start.isoformat(), reminders={"morning": "06:45"})

    times = [("morning", "06:45"), ("afternoon", "13:00"), ("evening", "19:00")]
    assert reminders_of(database, me) == [(start + timedelta(days=n), *each) for n in range(5) for each in times]


async def test_reminders_can_be_declined(me: Client, database: Clone) -> None:
    """The activities have times nevertheless."""
    answer = await create_plan(me, reminders=False)

    assert reminders_of(database, me) == []
    assert [a["local_time"] for a in answer["preview"]["days"][0]["activities"]] == ["08:00", "13:00", "19:00"]
    assert (await get(me, f"/{answer['plan_id']}"))["reminders"] is False


async def test_a_reminder_trial_leaves_out_some_days(me: Client, database: Clone) -> None:
    """Which days is drawn at the start, and the probability is stored."""
    start = TODAY + timedelta(days=1)
    await create_plan(me, duration=30, reminder_trial=True, start_date=start.isoformat())

    days = database.rows(
        "SELECT local_date, has_reminders, round(propensity::numeric, 2)::float FROM public.plan_days"
        " WHERE user_id = %s",
        me.person,
    )
    week = start + timedelta(days=6)
    reminded = {date for date, _, _ in reminders_of(database, me)}
    assert reminded == {date for date, has_reminders, _ in days if has_reminders and date <= week}
    assert 0 < sum(has_reminders for _, has_reminders, _ in days) < 30
    assert {propensity for _, _, propensity in days} == {0.7}


async def test_hidden_content_is_in_no_plan(me: Client, client_for: ClientFactory) -> None:
    """Content that a person hides is not in their next plan."""
    first = await create_plan(me)
    recommend = client_for("recommend", me.person)
    hidden = {a["content_id"] for day in first["preview"]["days"] for a in day["activities"]}
    for content in hidden:
        await recommend.post("/interactions", json={"content_id": content, "kind": "hide"})
    await change_plan(me, first["plan_id"], status="ended")

    second = await create_plan(me)

    assert second["activities_total"] == 21
    assert hidden.isdisjoint(a["content_id"] for day in second["preview"]["days"] for a in day["activities"])


async def test_kinds_and_minutes_are_as_requested(me: Client) -> None:
    """Every day keeps both."""
    answer = await create_plan(me, kinds=["breathing", "movement", "writing", "nature"], minutes_per_day=45, per_day=2)

    for day in answer["preview"]["days"]:
        assert {a["kind"] for a in day["activities"]} <= {"breathing", "movement", "writing", "nature"}
        assert sum(a["minutes"] for a in day["activities"]) <= 45


async def test_one_plan_is_active_at_a_time(me: Client, database: Clone) -> None:
    """A second plan is refused until the first is paused or ended."""
    first = await create_plan(me)

    refused = await me.post("/", json=SAD_TO_PEACEFUL)
    await change_plan(me, first["plan_id"], status="paused")
    second = await create_plan(me)

    assert (refused.status_code, refused.json()["code"]) == (409, "plan_active")
    assert database.rows(
        "SELECT id FROM public.elevation_plans WHERE user_id = %s AND status = 'active'", me.person
    ) == [(database.value("SELECT %s::uuid", second["plan_id"]),)]


async def test_of_concurrent_requests_one_creates_a_plan(client_for: ClientFactory, database: Clone) -> None:
    """One is answered 201, the others 409, and they store nothing."""
    for _ in range(5):
        me = client_for("plan")
        answers = await asyncio.gather(*(me.post("/", json=SAD_TO_PEACEFUL) for _ in range(4)))

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert database.value("SELECT count(*) FROM public.plan_activities WHERE user_id = %s", me.person) == 21
        assert events_of(database, me) == ["plan.created"]


async def test_a_repeated_request_creates_one_plan(me: Client, database: Clone) -> None:
    """With the same Idempotency-Key the answers are the same bytes."""
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
        ({"reminder_trial": "yes"}, "reminder_trial"),
        ({"user_id": "somebody"}, "user_id"),
    ],
    ids=range(26),
)
async def test_an_invalid_plan_is_refused(me: Client, draft: dict[str, Any], field: str) -> None:
    """The answer names the field, never the value, and no plan is stored."""
    answer = await me.post("/", json=SAD_TO_PEACEFUL | draft)

    assert answer.status_code == 422
    assert {fault["loc"][1] for fault in answer.json()["errors"]} == {field}
    assert (await get(me, "/"))["items"] == []


async def test_an_invalid_reminder_time_is_named_by_its_path(me: Client) -> None:
    """Once, by its path in the body, without names of our types."""
    answer = await me.post("/", json=SAD_TO_PEACEFUL | {"reminders": {"morning": "25:00"}})

    assert [fault["loc"] for fault in answer.json()["errors"]] == [["body", "reminders", "morning"]]


async def test_a_plan_without_a_target_is_refused(me: Client) -> None:
    """A target or a journey is required."""
    assert (await me.post("/", json={"current": "sad"})).status_code == 422


async def test_a_target_too_far_is_refused_with_what_is_feasible(me: Client) -> None:
    """The answer says how many days are needed, and which mood these days reach."""
    answer = await me.post("/", json={"current": "hopeless", "target": "excited", "duration": 3})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "out_of_reach")
    assert [fault["loc"][1] for fault in problem["errors"]] == ["duration", "target"]
    days = int("".join(filter(str.isdigit, problem["errors"][0]["msg"])))
    assert (await me.post("/", json={"current": "hopeless", "target": "excited", "duration": days})).status_code == 201


@pytest.mark.parametrize("day_starts_at", ["00:00", "04:00"])
@pytest.mark.parametrize("zone_name", ["UTC", "Pacific/Kiritimati", "America/St_Johns", "Australia/Lord_Howe"])
@pytest.mark.parametrize("hours", [0, 2, 9, 14, 22])
async def test_a_plan_begins_with_times_that_are_still_to_come(
    client_for: ClientFactory, move_clock: ClockMover, hours: int, zone_name: str, day_starts_at: str
) -> None:
    """Activities whose times have passed begin later today. Without time for all of them, the plan starts tomorrow."""
    move_clock(timedelta(hours=hours))
    me, tz, now = client_for("plan"), zone(zone_name), utc_now()
    profile = {"timezone": zone_name, "day_starts_at": day_starts_at}
    await client_for("account", me.person).patch("/profile", json=profile)

    days = (await create_plan(me))["preview"]["days"]

    times = [
        at_wall_time(date.fromisoformat(day["date"]), time.fromisoformat(activity["local_time"]), tz)
        for day in days
        for activity in day["activities"]
    ]
    assert min(times) >= now
    assert times == sorted(times)
    assert [len(day["activities"]) for day in days] == [3] * 7


async def test_a_plan_cannot_start_today_when_its_last_time_has_passed(
    client_for: ClientFactory, move_clock: ClockMover
) -> None:
    """The answer says that it can start tomorrow."""
    move_clock(timedelta(hours=22))

    response = await client_for("plan").post("/", json=SAD_TO_PEACEFUL | {"start_date": TODAY.isoformat()})

    assert response.status_code == 422
    assert "tomorrow" in response.json()["errors"][0]["msg"]


async def test_early_nights_keep_their_theme(me: Client) -> None:
    """To the last day: daylight in the morning, quiet in the evening, and nothing that is meant to wake one up."""
    days = (await create_plan(me, journey="early-nights", current="tired", target="satisfied"))["preview"]["days"]

    kinds = {slot: {a["kind"] for day in days for a in day["activities"] if a["slot"] == slot} for slot in SLOTS}
    assert kinds["morning"] <= {"movement", "nature"}
    assert kinds["evening"] <= {"book", "gratitude", "mindfulness", "music", "rest", "verse"}
    assert len(days) == 14
