"""GET /{id}/progress and its picture: how a plan goes."""

import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.plan.plans import changed, days_pass, felt, finished, got, planned, progress_of, told

SVG = "{http://www.w3.org/2000/svg}"


async def lived(
    me: Client, client_for: ClientFactory, database: Clone, moods: list[str], **draft: object
) -> dict[str, Any]:
    """A plan of which a day went by for each of these moods, each with its first activity done."""
    plan = await planned(me, **draft)
    for day, mood in enumerate(moods):
        await finished(me, plan["plan_id"], plan["preview"]["days"][day]["activities"][0])
        await felt(client_for, me, mood)
        days_pass(database, me, 1)
    return plan


async def test_progress_tells_the_way_planned_and_the_way_walked(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Day by day the distance from the target: as planned, and as it was where a mood tells."""
    plan = await lived(me, client_for, database, ["sad", "okay", "content"])

    progress = await progress_of(me, plan["plan_id"])

    assert [day["day"] for day in progress["arc"]] == [*range(1, 8)]
    planned_way = [day["planned"] for day in progress["arc"]]
    assert planned_way == sorted(planned_way, reverse=True)
    walked = [day["walked"] for day in progress["arc"]]
    assert walked[0] > walked[1] > walked[2] > 0
    assert walked[3:] == [None] * 4
    assert progress["adherence"] == {"done": 3, "skipped": 0, "missed": 6, "planned": 12, "share": 0.333}


async def test_an_effect_is_not_claimed_from_little(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """What is missing is said instead."""
    plan = await lived(me, client_for, database, ["sad", "content"])

    effect = (await progress_of(me, plan["plan_id"]))["effect"]

    assert effect["verdict"] == "not_enough_data"
    assert effect["missing"]
    assert (effect["mean"], effect["low"], effect["high"]) == (None, None, None)


async def test_an_effect_comes_with_its_interval(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Against what was to be expected from the moods before, which count from before the plan began."""
    now = utc_now()
    for number in range(20):
        moment = now - timedelta(days=21 - number)
        await felt(client_for, me, ("sad", "lonely")[number % 2], occurred_at=moment.isoformat())
    plan = await lived(me, client_for, database, ["happy", "joyful", "content", "happy", "grateful", "happy", "joyful"])

    progress = await progress_of(me, plan["plan_id"])

    effect = progress["effect"]
    assert (effect["verdict"], effect["missing"]) == ("benefit", {})
    assert effect["low"] <= effect["mean"] <= effect["high"]
    assert 0 < effect["n_effective"] <= effect["days"] == 7
    assert progress["review"]["figures"]["verdict"] == "benefit"
    assert progress["status"] == "ended"


async def test_moods_after_its_end_are_no_part_of_a_plan(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """What came later tells nothing of it."""
    plan = await lived(me, client_for, database, ["sad", "okay", "content"], duration=5)
    await changed(me, plan["plan_id"], status="ended")
    before = await progress_of(me, plan["plan_id"])
    days_pass(database, me, 1)
    await felt(client_for, me, "happy")

    after = await progress_of(me, plan["plan_id"])

    assert after["effect"] == before["effect"]
    assert [day["walked"] for day in after["arc"]] == [day["walked"] for day in before["arc"]]


async def test_whether_prompts_help_is_told_to_those_who_try(me: Client, database: Clone) -> None:
    """Nothing of it otherwise; nothing yet while too few days of either sort are over."""
    plain = await planned(me)
    without = await progress_of(me, plain["plan_id"])
    await changed(me, plain["plan_id"], status="ended")
    plan = await planned(me, duration=30, try_without_prompts=True)
    for day in plan["preview"]["days"][::3]:
        await finished(me, plan["plan_id"], day["activities"][0])
    early = await progress_of(me, plan["plan_id"])
    days_pass(database, me, 29)

    late = await progress_of(me, plan["plan_id"])

    assert "prompts" not in without
    assert early["prompts"] is None
    assert late["prompts"]["prompted_days"] + late["prompts"]["quiet_days"] == 29
    assert late["prompts"]["low"] < late["prompts"]["difference"] < late["prompts"]["high"]
    assert all(figure == round(figure, 3) for figure in late["prompts"].values())


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_picture_can_be_read_without_seeing_it(
    me: Client, client_for: ClientFactory, database: Clone, theme: str
) -> None:
    """A title and a description tell what it shows; nothing is loaded from anywhere."""
    plan = await lived(me, client_for, database, ["sad", "okay"])

    answer = await me.get(f"/{plan['plan_id']}/progress.svg", params={"theme": theme})

    assert answer.headers["content-type"] == "image/svg+xml"
    picture = ET.fromstring(answer.content)  # noqa: S314 - made by ourselves
    labels = picture.attrib["aria-labelledby"].split()
    told = {part.attrib["id"]: part.text for part in picture if "id" in part.attrib}
    assert picture.attrib["role"] == "img"
    assert [bool(told[label]) for label in labels] == [True, True]
    assert "Days with a mood: 2." in (told["desc"] or "")
    assert len(picture.findall(f"{SVG}polyline")) == 2
    assert len(picture.findall(f"{SVG}circle")) == 2
    assert not [part for part in picture.iter() for name in part.attrib if "href" in name or name == "style"]
    assert answer.text.count("http") == 1  # the name of the language it is written in


async def test_a_picture_has_a_theme_that_exists(me: Client) -> None:
    plan = await planned(me)

    assert (await me.get(f"/{plan['plan_id']}/progress.svg", params={"theme": "neon"})).status_code == 422


async def test_there_are_journeys_to_choose_from(me: Client) -> None:
    """Each of them can be walked."""
    journeys = (await got(me, "/journeys"))["items"]

    assert len(journeys) >= 14
    for journey in journeys:
        plan = await me.post("/", json={"journey": journey["id"]})
        assert plan.status_code == 201
        assert plan.json()["activities_total"] == journey["duration"] * journey["per_day"]
        await changed(me, plan.json()["plan_id"], status="ended")


async def test_what_was_adapted_is_told_from_what_was_planned(me: Client, client_for: ClientFactory) -> None:
    """The way stays as it was planned at first; where it goes since then is a line of its own."""
    plan = await planned(me)
    await told(await felt(client_for, me, "angry"))

    arc = (await progress_of(me, plan["plan_id"]))["arc"]
    picture = (await me.get(f"/{plan['plan_id']}/progress.svg")).text

    planned_way = [day["planned"] for day in arc]
    assert planned_way == sorted(planned_way, reverse=True)
    assert any(day["aimed"] > day["planned"] + 0.02 for day in arc)
    assert "since adapted" in picture


async def test_progress_tells_what_changed_and_why(me: Client, client_for: ClientFactory) -> None:
    """Which days lead elsewhere now, and where to; the days that stayed are not among them."""
    plan = await planned(me, current="sad", target="peaceful", duration=10)
    before = {day["day"]: day["target"] for day in plan["preview"]["days"]}

    await told(await felt(client_for, me, "angry"))
    [change] = (await progress_of(me, plan["plan_id"]))["changes"]

    assert change["reason"] == "bent"
    assert change["days"]
    assert all(day["was_target"] == before[day["day"]] != day["target"] for day in change["days"])
    assert 1 not in {day["day"] for day in change["days"]}


async def test_a_mood_told_with_an_activity_is_a_step_of_the_way(me: Client) -> None:
    """Whoever says how they feel after it need not check in as well."""
    plan = await planned(me)
    first = plan["preview"]["days"][0]["activities"][0]
    path = f"/{plan['plan_id']}/activities/{first['activity_id']}"

    await me.patch(path, json={"status": "done", "mood_after": "peaceful"})

    assert (await progress_of(me, plan["plan_id"]))["arc"][0]["walked"] == 0
