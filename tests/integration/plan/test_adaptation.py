"""Activities and lifecycle: done, skipped, swapped, missed, paused, resumed and ended."""

from datetime import timedelta
from typing import Any

import pytest

from functions.plan.texts import PLAN_TEXTS
from infra.seed import id_of
from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.plan.plans import (
    change_plan,
    create_plan,
    days_pass,
    events_of,
    finish,
    get,
    progress_of,
    reasons_of,
    reminders_of,
    unknown_id,
)

TODAY = utc_now().date()

PUT_LIBRARY = """
    UPDATE public.plan_activities SET content_id = %s, title = 'Let a library choose for you', kind = 'book'
    WHERE id = %s RETURNING id
"""


def statuses(plan: dict[str, Any]) -> list[list[str]]:
    return [[activity["status"] for activity in day["activities"]] for day in plan["days"]]


def dates(plan: dict[str, Any]) -> list[str]:
    return [day["date"] for day in plan["days"]]


def day_from(today: int) -> str:
    return (TODAY + timedelta(days=today)).isoformat()


async def test_today_is_the_day_of_the_local_date(me: Client, database: Clone) -> None:
    """Two days later it is the third day of the plan."""
    plan = await create_plan(me)

    first = await get(me, "/today")
    days_pass(database, me, 2)
    third = await get(me, "/today")

    assert (first["day"], first["days_total"], first["date"]) == (1, 7, TODAY.isoformat())
    assert (third["plan_id"], third["day"], third["date"]) == (plan["plan_id"], 3, TODAY.isoformat())
    assert len(third["activities"]) == 3


async def test_without_a_day_of_an_active_plan_there_is_no_today(me: Client) -> None:
    """There is none without a plan, before its start, while it is paused, and after its end."""
    before = await me.get("/today")
    plan = await create_plan(me, start_date=day_from(2))
    ahead = await me.get("/today")
    await change_plan(me, plan["plan_id"], status="paused")
    paused = await me.get("/today")
    await change_plan(me, plan["plan_id"], status="ended")
    ended = await me.get("/today")

    assert {(answer.status_code, answer.json()["code"]) for answer in (before, ended)} == {(404, "nothing_today")}
    assert (paused.status_code, paused.json()["code"]) == (404, "plan_paused")
    assert (ahead.status_code, ahead.json()["code"]) == (404, "plan_not_started")


async def test_today_says_when_a_plan_starts(me: Client, client_for: ClientFactory) -> None:
    """Tomorrow by that word, in the language of the profile, and another day by its date."""
    plan = await create_plan(me, start_date=day_from(1))
    tomorrow = await me.get("/today")
    await client_for("account", me.person).patch("/profile", json={"locale": "de"})
    german = await me.get("/today")
    await change_plan(me, plan["plan_id"], status="ended")
    await create_plan(me, start_date=day_from(5))
    later = await me.get("/today")

    assert tomorrow.json()["detail"] == "Your plan starts tomorrow."
    assert german.json()["detail"] == "Dein Plan beginnt morgen."
    start = PLAN_TEXTS.texts("de").chart.day(TODAY + timedelta(days=5))
    assert later.json()["detail"] == f"Ab dem {start} beginnt dein Plan."


async def test_finishing_an_activity_twice_changes_nothing(me: Client, database: Clone) -> None:
    """A repeat emits no event. Another status is stored."""
    plan = await create_plan(me)
    activity = plan["preview"]["days"][0]["activities"][0]
    path = f"/{plan['plan_id']}/activities/{activity['activity_id']}"

    answers = [await me.patch(path, json={"status": "done", "mood_after": "calm"}) for _ in range(3)]
    emitted = events_of(database, me)
    skipped = await me.patch(path, json={"status": "skipped"})

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert (answers[0].json()["status"], answers[0].json()["mood_after"]) == ("done", "calm")
    assert emitted == ["plan.created", "plan.activity_finished"]
    assert skipped.json()["status"] == "skipped"


async def test_a_finished_slot_has_no_reminder(me: Client, database: Clone) -> None:
    """The reminder goes when everything in the slot is done or skipped."""
    plan = await create_plan(me, per_day=5, start_date=day_from(1))
    activities = plan["preview"]["days"][0]["activities"]
    assert [activity["slot"] for activity in activities[:2]] == ["morning", "morning"]
    days_pass(database, me, 1)

    await finish(me, plan["plan_id"], activities[0])
    after_one = reminders_of(database, me)
    await finish(me, plan["plan_id"], activities[1], "skipped")
    after_both = reminders_of(database, me)

    assert len(after_one) == 21
    assert {*after_one} - {*after_both} == {after_one[0]}


async def test_a_swap_puts_another_activity_in_the_place(me: Client) -> None:
    """It has the same time of the same day, and content that the plan does not hold yet."""
    plan = await create_plan(me)
    before = plan["preview"]["days"][1]["activities"][1]

    answer = await me.post(f"/{plan['plan_id']}/activities/{before['activity_id']}/swap")

    after = answer.json()
    held = {activity["content_id"] for day in plan["preview"]["days"] for activity in day["activities"]}
    assert answer.status_code == 201
    assert after["activity_id"] != before["activity_id"]
    assert after["content_id"] not in held
    assert (after["slot"], after["local_time"], after["status"]) == ("afternoon", "13:00", "planned")
    day = (await get(me, f"/{plan['plan_id']}"))["days"][1]
    assert [activity["activity_id"] for activity in day["activities"]][1] == after["activity_id"]
    assert len(day["activities"]) == 3


async def test_repeated_swaps_end_when_nothing_fits(me: Client) -> None:
    """Each swap gives new content. When none is left, the last activity stays."""
    plan = await create_plan(me, kinds=["verse"], duration=5)
    current, seen = plan["preview"]["days"][4]["activities"][0], set()
    while True:
        answer = await me.post(f"/{plan['plan_id']}/activities/{current['activity_id']}/swap")
        if answer.status_code != 201:
            break
        current = answer.json()
        assert current["content_id"] not in seen
        seen.add(current["content_id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "no_activity_fits")
    last = (await get(me, f"/{plan['plan_id']}"))["days"][4]["activities"][0]
    assert last["activity_id"] == current["activity_id"]


@pytest.mark.parametrize("status", ["done", "skipped"])
async def test_a_finished_activity_is_not_swapped(me: Client, status: str) -> None:
    """A replaced activity is not swapped either."""
    plan = await create_plan(me)
    first, second = plan["preview"]["days"][0]["activities"][:2]
    await finish(me, plan["plan_id"], first, status)
    base = f"/{plan['plan_id']}/activities"
    await me.post(f"{base}/{second['activity_id']}/swap")

    answers = [
        await me.post(f"{base}/{first['activity_id']}/swap"),
        await me.post(f"{base}/{second['activity_id']}/swap"),
        await me.patch(f"{base}/{second['activity_id']}", json={"status": "done"}),
    ]

    codes = ["activity_not_planned", "activity_replaced", "activity_replaced"]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, code) for code in codes]


async def test_missed_days_are_not_made_up_for(me: Client, database: Clone) -> None:
    """What was not done is missed, no day gets more to do, and the change has a reason."""
    plan = await create_plan(me)
    days_pass(database, me, 2)

    later = await get(me, f"/{plan['plan_id']}")

    assert statuses(later)[:2] == [["missed"] * 3] * 2
    assert all(len(day) == 3 and {*day} == {"planned"} for day in statuses(later)[2:])
    assert dates(later) == [day_from(n) for n in range(-2, 5)]
    assert await reasons_of(me, plan["plan_id"]) == ["missed"]
    assert {date for date, _, _ in reminders_of(database, me) if date > TODAY} == {
        TODAY + timedelta(days=n) for n in range(1, 5)
    }


async def test_a_day_is_missed_once(me: Client, database: Clone) -> None:
    """A second read changes nothing, and emits no event."""
    plan = await create_plan(me)
    days_pass(database, me, 3)

    first = await get(me, f"/{plan['plan_id']}")
    emitted = events_of(database, me)
    second = await get(me, f"/{plan['plan_id']}")

    assert first == second
    assert await reasons_of(me, plan["plan_id"]) == ["missed"]
    assert events_of(database, me) == emitted


async def test_yesterdays_activity_can_be_finished_today(me: Client, database: Clone) -> None:
    """It is done, and the rest of yesterday is missed. A started day is no missed day."""
    plan = await create_plan(me)
    days_pass(database, me, 1)

    answer = await finish(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][0])
    later = await get(me, f"/{plan['plan_id']}")

    assert answer.status_code == 200
    assert statuses(later)[0] == ["done", "missed", "missed"]
    assert await reasons_of(me, plan["plan_id"]) == []


async def test_tomorrows_activity_can_be_finished_today(me: Client) -> None:
    """A plan that is made late begins tomorrow, and a phone may be in a zone ahead."""
    plan = await create_plan(me)

    answer = await finish(me, plan["plan_id"], plan["preview"]["days"][1]["activities"][0])

    assert answer.status_code == 200


@pytest.mark.parametrize("status", ["done", "skipped"])
async def test_a_day_ahead_waits(me: Client, status: str) -> None:
    """Its activities cannot be finished more than a day before it begins: the other days lead on from what was."""
    plan = await create_plan(me)

    answer = await finish(me, plan["plan_id"], plan["preview"]["days"][2]["activities"][0], status)

    assert (answer.status_code, answer.json()["code"]) == (422, "day_ahead")
    assert (await progress_of(me, plan["plan_id"]))["adherence"]["planned"] == plan["activities_total"]


async def test_a_missed_activity_can_still_be_finished(me: Client, database: Clone) -> None:
    """Until the plan has ended."""
    plan = await create_plan(me)
    days_pass(database, me, 1)
    await get(me, "/today")

    answer = await finish(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][2])

    assert (answer.status_code, answer.json()["status"]) == (200, "done")
    assert (await progress_of(me, plan["plan_id"]))["adherence"]["done"] == 1


async def test_a_pause_moves_the_days_ahead(me: Client, database: Clone) -> None:
    """Resumed four days later, the plan goes on with the day at which it was paused."""
    plan = await create_plan(me)
    for activity in plan["preview"]["days"][0]["activities"]:
        await finish(me, plan["plan_id"], activity)
    days_pass(database, me, 1)
    await change_plan(me, plan["plan_id"], status="paused")
    assert reminders_of(database, me) == []
    days_pass(database, me, 4)
    paused = await get(me, f"/{plan['plan_id']}")

    resumed = await change_plan(me, plan["plan_id"], status="active")

    assert (paused["status"], resumed["status"]) == ("paused", "active")
    assert dates(resumed) == [day_from(-5), *(day_from(n) for n in range(6))]
    assert (resumed["last_date"], resumed["paused_on"]) == (day_from(5), None)
    assert statuses(resumed) == [["done"] * 3] + [["planned"] * 3] * 6
    assert await reasons_of(me, plan["plan_id"]) == ["paused", "resumed"]
    assert {date.isoformat() for date, _, _ in reminders_of(database, me)} >= {day_from(n) for n in range(1, 6)}


async def test_an_activity_that_is_moved_to_closed_doors_is_replaced(me: Client, database: Clone) -> None:
    """A library visit that was planned for noon gives way when the person moves it to the evening."""
    plan = await create_plan(me)
    noon = plan["preview"]["days"][1]["activities"][1]
    database.rows(PUT_LIBRARY, id_of("book-library-wander"), noon["activity_id"])

    changed = await change_plan(me, plan["plan_id"], reminders={"afternoon": "20:00"})

    titles = [activity["title"] for activity in changed["days"][1]["activities"]]
    assert "Let a library choose for you" not in titles
    assert len(titles) == 3
    assert statuses(changed) == [["planned"] * 3] * 7


async def test_a_plan_resumed_on_the_same_day_does_not_move(me: Client) -> None:
    """Pausing a paused plan and resuming an active one change nothing."""
    plan = await create_plan(me)
    before = await get(me, f"/{plan['plan_id']}")

    for status in ("paused", "paused", "active", "active"):
        after = await change_plan(me, plan["plan_id"], status=status)

    assert after == before
    assert await reasons_of(me, plan["plan_id"]) == ["paused", "resumed"]


async def test_a_plan_is_not_resumed_beside_another_active_one(me: Client) -> None:
    """The other plan must be paused or ended first."""
    first = await create_plan(me)
    await change_plan(me, first["plan_id"], status="paused")
    await create_plan(me, target="calm")

    answer = await me.patch(f"/{first['plan_id']}", json={"status": "active"})

    assert (answer.status_code, answer.json()["code"]) == (409, "plan_active")


async def test_new_reminder_times_apply_from_today(me: Client, database: Clone) -> None:
    """They apply to activities and reminders. A slot that is left out keeps its time."""
    plan = await create_plan(me, start_date=day_from(1))

    after = await change_plan(me, plan["plan_id"], reminders={"evening": "21:30"})

    assert after["reminders"] == {"morning": "08:00", "afternoon": "13:00", "evening": "21:30"}
    assert {activity["local_time"] for day in after["days"] for activity in day["activities"]} == {
        *("08:00", "13:00", "21:30")
    }
    assert {(slot, at) for _, slot, at in reminders_of(database, me)} == {
        *(("morning", "08:00"), ("afternoon", "13:00"), ("evening", "21:30"))
    }
    assert len(reminders_of(database, me)) == 21


async def test_reminders_can_be_turned_off_and_on(me: Client, database: Clone) -> None:
    """Turned on, they have the times they had before."""
    plan = await create_plan(me, start_date=day_from(1))

    await change_plan(me, plan["plan_id"], reminders=False)
    turned_off = reminders_of(database, me)
    await change_plan(me, plan["plan_id"], reminders={})
    turned_on = reminders_of(database, me)

    assert (len(turned_off), len(turned_on)) == (0, 21)


async def test_a_sent_reminder_is_not_scheduled_again(me: Client, database: Clone) -> None:
    """No later change of the plan schedules it again."""
    plan = await create_plan(me, start_date=day_from(1))
    sent = "UPDATE public.notifications SET state = 'sent' WHERE user_id = %s AND local_date = %s"
    with database.admin() as conn:
        conn.execute(sent, (me.person, TODAY + timedelta(days=1)))

    await change_plan(me, plan["plan_id"], reminders={"morning": "09:00"})
    await change_plan(me, plan["plan_id"], status="paused")
    await change_plan(me, plan["plan_id"], status="active")

    counted = "SELECT state, count(*) FROM public.notifications WHERE user_id = %s GROUP BY state ORDER BY state"
    assert database.rows(counted, me.person) == [("planned", 18), ("sent", 3)]


async def test_an_ended_plan_stays_as_it_is(me: Client, database: Clone) -> None:
    """Planned activities are cancelled, reminders withdrawn. Ending it again is accepted, all else is refused."""
    plan = await create_plan(me)
    activity = plan["preview"]["days"][0]["activities"][0]

    ended = await change_plan(me, plan["plan_id"], status="ended")
    repeated = await change_plan(me, plan["plan_id"], status="ended")

    assert (ended["status"], ended) == ("ended", repeated)
    assert reminders_of(database, me) == []
    assert [kind for kind in events_of(database, me) if kind == "plan.ended"] == ["plan.ended"]
    path = f"/{plan['plan_id']}"
    refused = [
        await me.patch(path, json={"status": "active"}),
        await me.patch(path, json={"reminders": False}),
        await finish(me, plan["plan_id"], activity),
        await me.post(f"{path}/activities/{activity['activity_id']}/swap"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(409, "plan_ended")}


async def test_a_plan_ends_after_its_last_day(me: Client, database: Clone) -> None:
    """It ends once, with the first read, and then has a review."""
    plan = await create_plan(me, duration=5)
    await finish(me, plan["plan_id"], plan["preview"]["days"][0]["activities"][0])
    days_pass(database, me, 5)

    ended = await get(me, f"/{plan['plan_id']}")
    progress = await progress_of(me, plan["plan_id"])

    assert ended["status"] == "ended"
    assert progress["review"]["title"]
    assert progress["adherence"] == {"done": 1, "skipped": 0, "missed": 14, "planned": 0, "share": 0.067}
    assert events_of(database, me).count("plan.ended") == 1
    assert (await create_plan(me))["activities_total"] == 21


async def test_a_plan_that_is_over_does_not_hold_up_a_new_one(me: Client, database: Clone) -> None:
    """Whoever asks for a new plan first ends the old one, with its last day, and no schedule has to run before."""
    old = await create_plan(me, duration=5)
    days_pass(database, me, 82)

    new = await create_plan(me)
    plans = (await get(me, "/"))["items"]

    assert [(plan["plan_id"], plan["status"]) for plan in plans] == [
        (new["plan_id"], "active"),
        (old["plan_id"], "ended"),
    ]
    assert plans[1]["ended_at"].startswith(day_from(5 - 82))
    assert events_of(database, me).count("plan.ended") == 1


async def test_the_list_shows_no_plan_as_active_that_is_over(me: Client, database: Clone) -> None:
    """The list ends it, as every other read of the plan does."""
    plan = await create_plan(me, duration=5)
    days_pass(database, me, 5)

    [listed] = (await get(me, "/"))["items"]
    no_today = await me.get("/today")

    assert (listed["status"], listed["activities_total"]) == ("ended", 15)
    assert listed == {name: (await get(me, f"/{plan['plan_id']}"))[name] for name in listed}
    assert (no_today.status_code, no_today.json()["code"]) == (404, "nothing_today")


async def test_a_paused_plan_goes_on_when_another_one_is_over(me: Client, database: Clone) -> None:
    """The other one is ended first."""
    paused = await create_plan(me)
    await change_plan(me, paused["plan_id"], status="paused")
    over = await create_plan(me, duration=5)
    days_pass(database, me, 6)

    resumed = await change_plan(me, paused["plan_id"], status="active")

    assert resumed["status"] == "active"
    assert (await get(me, f"/{over['plan_id']}"))["status"] == "ended"


async def test_plans_are_listed_newest_first(me: Client, client_for: ClientFactory) -> None:
    """Each comes with its counts of activities. Other people do not see them."""
    ids = []
    for number in range(5):
        plan = await create_plan(me, duration=5)
        for activity in plan["preview"]["days"][0]["activities"][:number]:
            await finish(me, plan["plan_id"], activity)
        ids.append(plan["plan_id"])
        await change_plan(me, plan["plan_id"], status="paused")

    listed: list[dict[str, Any]] = []
    cursor: dict[str, Any] | None = {}
    while cursor is not None:
        page = (await me.get("/", params={"limit": 2} | cursor)).json()
        listed += page["items"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None

    assert [plan["plan_id"] for plan in listed] == ids[::-1]
    assert [(plan["activities_total"], plan["activities_done"]) for plan in listed] == [
        (15, n) for n in (3, 3, 2, 1, 0)
    ]
    assert (await get(client_for("plan"), "/"))["items"] == []


@pytest.mark.parametrize("path", ["", "/progress", "/progress.svg", "/calendar.ics"])
async def test_another_persons_plan_is_not_found(me: Client, client_for: ClientFactory, path: str) -> None:
    """The answer is that for an unknown id."""
    plan = await create_plan(me)
    other = client_for("plan")

    answers = [await other.get(f"/{plan_id}{path}") for plan_id in (plan["plan_id"], unknown_id())]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_another_persons_activity_is_not_found(me: Client, client_for: ClientFactory) -> None:
    """It is found neither under the person's own plan id nor under the other person's."""
    theirs, mine = await create_plan(client_for("plan")), await create_plan(me)
    activity = theirs["preview"]["days"][0]["activities"][0]

    for plan_id in (theirs["plan_id"], mine["plan_id"]):
        path = f"/{plan_id}/activities/{activity['activity_id']}"
        assert (await me.patch(path, json={"status": "done"})).status_code == 404
        assert (await me.post(f"{path}/swap")).status_code == 404
