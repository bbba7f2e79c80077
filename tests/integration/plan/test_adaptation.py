"""A plan in daily life: done, skipped, swapped, paused, taken up again, ended; and days on which nothing is done."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.plan.plans import (
    changed,
    days_pass,
    events_of,
    finished,
    got,
    planned,
    progress_of,
    reasons_of,
    reminders_of,
    somebody_elses,
)

TODAY = utc_now().date()


def statuses(plan: dict[str, Any]) -> list[list[str]]:
    return [[activity["status"] for activity in day["activities"]] for day in plan["days"]]


def dates(plan: dict[str, Any]) -> list[str]:
    return [day["date"] for day in plan["days"]]


def day_from(today: int) -> str:
    return (TODAY + timedelta(days=today)).isoformat()


async def test_today_is_the_day_that_is_today(me: Client, database: Clone) -> None:
    plan = await planned(me)

    first = await got(me, "/today")
    days_pass(database, me, 2)
    third = await got(me, "/today")

    assert (first["day"], first["of"], first["date"]) == (1, 7, TODAY.isoformat())
    assert (third["plan_id"], third["day"], third["date"]) == (plan["plan_id"], 3, TODAY.isoformat())
    assert len(third["activities"]) == 3


async def test_where_there_is_no_plan_there_is_no_today(me: Client) -> None:
    """Nor before a plan starts, while it is paused, or once it has ended."""
    before = await me.get("/today")
    plan = await planned(me, start_date=day_from(2))
    ahead = await me.get("/today")
    await changed(me, plan["plan_id"], status="paused")
    paused = await me.get("/today")
    await changed(me, plan["plan_id"], status="ended")
    ended = await me.get("/today")

    assert {(answer.status_code, answer.json()["code"]) for answer in (before, ahead, paused, ended)} == {
        (404, "nothing_today")
    }


async def test_done_is_done_however_often_it_is_said(me: Client, database: Clone) -> None:
    """Saying it again changes nothing and tells nobody; thinking better of it does."""
    plan = await planned(me)
    activity = plan["preview"]["days"][0]["activities"][0]
    path = f"/{plan['plan_id']}/activities/{activity['activity_id']}"

    answers = [await me.patch(path, json={"status": "done", "mood_after": "calm"}) for _ in range(3)]
    told = events_of(database, me)
    skipped = await me.patch(path, json={"status": "skipped"})

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert (answers[0].json()["status"], answers[0].json()["mood_after"]) == ("done", "calm")
    assert told == ["plan.created", "plan.activity_finished"]
    assert skipped.json()["status"] == "skipped"


async def test_a_part_of_the_day_that_is_done_is_not_reminded_of(me: Client, database: Clone) -> None:
    """Only once all of it is done or skipped."""
    plan = await planned(me, per_day=5, start_date=day_from(1))
    activities = plan["preview"]["days"][0]["activities"]
    assert [activity["slot"] for activity in activities[:2]] == ["morning", "morning"]

    await finished(me, plan["plan_id"], activities[0])
    half = reminders_of(database, me)
    await finished(me, plan["plan_id"], activities[1], "skipped")
    whole = reminders_of(database, me)

    assert len(half) == 21
    assert {*half} - {*whole} == {half[0]}


async def test_something_else_takes_the_place(me: Client) -> None:
    """At the same time of the same day, and nothing that the plan holds already."""
    plan = await planned(me)
    before = plan["preview"]["days"][1]["activities"][1]

    answer = await me.post(f"/{plan['plan_id']}/activities/{before['activity_id']}/swap")

    after = answer.json()
    held = {activity["content_id"] for day in plan["preview"]["days"] for activity in day["activities"]}
    assert answer.status_code == 201
    assert after["activity_id"] != before["activity_id"]
    assert after["content_id"] not in held
    assert (after["slot"], after["local_time"], after["status"]) == ("afternoon", "13:00", "planned")
    day = (await got(me, f"/{plan['plan_id']}"))["days"][1]
    assert [activity["activity_id"] for activity in day["activities"]][1] == after["activity_id"]
    assert len(day["activities"]) == 3


async def test_swapping_on_and_on_ends_well(me: Client) -> None:
    """Something new each time, until there is nothing else: then what stands there stays."""
    plan = await planned(me, kinds=["verse"], duration=5)
    current, seen = plan["preview"]["days"][4]["activities"][0], set()
    while True:
        answer = await me.post(f"/{plan['plan_id']}/activities/{current['activity_id']}/swap")
        if answer.status_code != 201:
            break
        current = answer.json()
        assert current["content_id"] not in seen
        seen.add(current["content_id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_else")
    stands = (await got(me, f"/{plan['plan_id']}"))["days"][4]["activities"][0]
    assert stands["activity_id"] == current["activity_id"]


@pytest.mark.parametrize("status", ["done", "skipped"])
async def test_what_is_finished_is_not_swapped(me: Client, status: str) -> None:
    """Nor what was replaced already."""
    plan = await planned(me)
    first, second = plan["preview"]["days"][0]["activities"][:2]
    await finished(me, plan["plan_id"], first, status)
    base = f"/{plan['plan_id']}/activities"
    await me.post(f"{base}/{second['activity_id']}/swap")

    answers = [
        await me.post(f"{base}/{first['activity_id']}/swap"),
        await me.post(f"{base}/{second['activity_id']}/swap"),
        await me.patch(f"{base}/{second['activity_id']}", json={"status": "done"}),
    ]

    codes = ["activity_not_ahead", "activity_replaced", "activity_replaced"]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, code) for code in codes]


async def test_missed_days_are_let_go(me: Client, database: Clone) -> None:
    """What was not done is missed; no day gets more to do for it; and it is said without blame."""
    plan = await planned(me)
    days_pass(database, me, 2)

    later = await got(me, f"/{plan['plan_id']}")

    assert statuses(later)[:2] == [["missed"] * 3] * 2
    assert all(len(day) == 3 and {*day} == {"planned"} for day in statuses(later)[2:])
    assert dates(later) == [day_from(n) for n in range(-2, 5)]
    assert await reasons_of(me, plan["plan_id"]) == ["missed"]
    assert {date for date, _, _ in reminders_of(database, me) if date > TODAY} == {
        TODAY + timedelta(days=n) for n in range(1, 5)
    }


async def test_looking_twice_changes_nothing_more(me: Client, database: Clone) -> None:
    """A day is missed once."""
    plan = await planned(me)
    days_pass(database, me, 3)

    first = await got(me, f"/{plan['plan_id']}")
    told = events_of(database, me)
    second = await got(me, f"/{plan['plan_id']}")

    assert first == second
    assert await reasons_of(me, plan["plan_id"]) == ["missed"]
    assert events_of(database, me) == told


async def test_what_is_told_the_day_after_was_not_missed(me: Client, database: Clone) -> None:
    """Who did it yesterday and says so today did it; the rest of that day is missed, and the way goes on."""
    plan = await planned(me)
    days_pass(database, me, 1)

    answer = await finished(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][0])
    later = await got(me, f"/{plan['plan_id']}")

    assert answer.status_code == 200
    assert statuses(later)[0] == ["done", "missed", "missed"]
    assert await reasons_of(me, plan["plan_id"]) == []


async def test_a_missed_activity_may_still_have_been_done(me: Client, database: Clone) -> None:
    """As long as the plan lasts."""
    plan = await planned(me)
    days_pass(database, me, 1)
    await got(me, "/today")

    answer = await finished(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][2])

    assert (answer.status_code, answer.json()["status"]) == (200, "done")
    assert (await progress_of(me, plan["plan_id"]))["adherence"]["done"] == 1


async def test_a_pause_moves_what_is_ahead(me: Client, database: Clone) -> None:
    """Four days later the plan goes on where it was left, with nothing to catch up on."""
    plan = await planned(me)
    for activity in plan["preview"]["days"][0]["activities"]:
        await finished(me, plan["plan_id"], activity)
    days_pass(database, me, 1)
    await changed(me, plan["plan_id"], status="paused")
    assert reminders_of(database, me) == []
    days_pass(database, me, 4)
    resting = await got(me, f"/{plan['plan_id']}")

    resumed = await changed(me, plan["plan_id"], status="active")

    assert (resting["status"], resumed["status"]) == ("paused", "active")
    assert dates(resumed) == [day_from(-5), *(day_from(n) for n in range(6))]
    assert (resumed["last_date"], resumed["paused_on"]) == (day_from(5), None)
    assert statuses(resumed) == [["done"] * 3] + [["planned"] * 3] * 6
    assert await reasons_of(me, plan["plan_id"]) == ["paused", "resumed"]
    assert {date.isoformat() for date, _, _ in reminders_of(database, me)} >= {day_from(n) for n in range(1, 6)}


async def test_a_pause_may_end_the_day_it_began(me: Client) -> None:
    """Nothing moves then. Pausing what is paused, and going on with what goes on, changes nothing."""
    plan = await planned(me)
    before = await got(me, f"/{plan['plan_id']}")

    for status in ("paused", "paused", "active", "active"):
        after = await changed(me, plan["plan_id"], status=status)

    assert after == before
    assert await reasons_of(me, plan["plan_id"]) == ["paused", "resumed"]


async def test_a_paused_plan_does_not_go_on_beside_another(me: Client) -> None:
    """One plan at a time: the other one must be paused or ended first."""
    first = await planned(me)
    await changed(me, first["plan_id"], status="paused")
    await planned(me, target="calm")

    answer = await me.patch(f"/{first['plan_id']}", json={"status": "active"})

    assert (answer.status_code, answer.json()["code"]) == (409, "plan_active")


async def test_other_times_hold_from_today_on(me: Client, database: Clone) -> None:
    """For what is planned and for its reminders; what is left out stays as it was."""
    plan = await planned(me, start_date=day_from(1))

    after = await changed(me, plan["plan_id"], reminders={"evening": "21:30"})

    assert after["reminders"] == {"morning": "08:00", "afternoon": "13:00", "evening": "21:30"}
    assert {activity["local_time"] for day in after["days"] for activity in day["activities"]} == {
        *("08:00", "13:00", "21:30")
    }
    assert {(slot, at) for _, slot, at in reminders_of(database, me)} == {
        *(("morning", "08:00"), ("afternoon", "13:00"), ("evening", "21:30"))
    }
    assert len(reminders_of(database, me)) == 21


async def test_reminders_can_be_had_and_not_had(me: Client, database: Clone) -> None:
    plan = await planned(me, start_date=day_from(1))

    await changed(me, plan["plan_id"], reminders=False)
    none = reminders_of(database, me)
    await changed(me, plan["plan_id"], reminders={})
    again = reminders_of(database, me)

    assert (len(none), len(again)) == (0, 21)


async def test_a_reminder_that_was_sent_does_not_come_back(me: Client, database: Clone) -> None:
    """Whatever is changed about the plan afterwards."""
    plan = await planned(me, start_date=day_from(1))
    sent = "UPDATE public.notifications SET state = 'sent' WHERE user_id = %s AND local_date = %s"
    with database.admin() as conn:
        conn.execute(sent, (me.person, TODAY + timedelta(days=1)))

    await changed(me, plan["plan_id"], reminders={"morning": "09:00"})
    await changed(me, plan["plan_id"], status="paused")
    await changed(me, plan["plan_id"], status="active")

    counted = "SELECT state, count(*) FROM public.notifications WHERE user_id = %s GROUP BY state ORDER BY state"
    assert database.rows(counted, me.person) == [("planned", 18), ("sent", 3)]


async def test_who_ends_a_plan_is_done_with_it(me: Client, database: Clone) -> None:
    """What was ahead is called off, and nothing is reminded of; ending it again is fine, all else is refused."""
    plan = await planned(me)
    activity = plan["preview"]["days"][0]["activities"][0]

    ended = await changed(me, plan["plan_id"], status="ended")
    again = await changed(me, plan["plan_id"], status="ended")

    assert (ended["status"], ended) == ("ended", again)
    assert reminders_of(database, me) == []
    assert [kind for kind in events_of(database, me) if kind == "plan.ended"] == ["plan.ended"]
    path = f"/{plan['plan_id']}"
    refused = [
        await me.patch(path, json={"status": "active"}),
        await me.patch(path, json={"reminders": False}),
        await finished(me, plan["plan_id"], activity),
        await me.post(f"{path}/activities/{activity['activity_id']}/swap"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(409, "plan_ended")}


async def test_after_its_last_day_a_plan_has_ended(me: Client, database: Clone) -> None:
    """Once, whoever looks first; and there is a review to read."""
    plan = await planned(me, duration=5)
    await finished(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][0])
    days_pass(database, me, 5)

    ended = await got(me, f"/{plan['plan_id']}")
    progress = await progress_of(me, plan["plan_id"])

    assert ended["status"] == "ended"
    assert progress["review"]["title"]
    assert progress["adherence"] == {"done": 1, "skipped": 0, "missed": 14, "planned": 0, "share": 0.067}
    assert events_of(database, me).count("plan.ended") == 1
    assert (await planned(me))["activities_total"] == 21


async def test_plans_are_listed_newest_first(me: Client, client_for: ClientFactory) -> None:
    """Page by page, with how much of each is done; nobody sees another's."""
    ids = []
    for number in range(5):
        plan = await planned(me, duration=5)
        for activity in plan["preview"]["days"][0]["activities"][:number]:
            await finished(me, plan["plan_id"], activity)
        ids.append(plan["plan_id"])
        await changed(me, plan["plan_id"], status="paused")

    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] | None = {}
    while cursor is not None:
        page = (await me.get("/", params={"limit": 2} | cursor)).json()
        found += page["items"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None

    assert [plan["plan_id"] for plan in found] == ids[::-1]
    assert [(plan["activities_total"], plan["activities_done"]) for plan in found] == [(15, n) for n in (3, 3, 2, 1, 0)]
    assert (await got(client_for("plan"), "/"))["items"] == []


@pytest.mark.parametrize("path", ["", "/progress", "/progress.svg", "/calendar.ics"])
async def test_anothers_plan_is_not_there(me: Client, client_for: ClientFactory, path: str) -> None:
    """No more than one that nobody has."""
    plan = await planned(me)
    other = client_for("plan")

    answers = [await other.get(f"/{plan_id}{path}") for plan_id in (plan["plan_id"], somebody_elses())]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_anothers_activity_is_not_there(me: Client, client_for: ClientFactory) -> None:
    """Neither by one's own plan nor by theirs."""
    theirs, mine = await planned(client_for("plan")), await planned(me)
    activity = theirs["preview"]["days"][0]["activities"][0]

    for plan_id in (theirs["plan_id"], mine["plan_id"]):
        path = f"/{plan_id}/activities/{activity['activity_id']}"
        assert (await me.patch(path, json={"status": "done"})).status_code == 404
        assert (await me.post(f"{path}/swap")).status_code == 404
