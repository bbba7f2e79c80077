"""GET /{id}/progress, and its chart."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from functions.plan import progress
from functions.plan.rules.reminder_trial import MIN_DAYS_EACH, is_quiet
from shared.clock import utc_now
from shared.ranking.person_knowledge import KnowledgeReader
from shared.ranking.population import Population
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.plan.plans import change_plan, check_in, create_plan, days_pass, finish, get, handle, progress_of

SVG = "{http://www.w3.org/2000/svg}"


async def live_through(
    me: Client, client_for: ClientFactory, database: Clone, moods: list[str], **draft: object
) -> dict[str, Any]:
    """A plan of which one day has passed for each mood, each with its first activity done."""
    plan = await create_plan(me, **draft)
    for day, mood in enumerate(moods):
        await finish(me, plan["plan_id"], plan["preview"]["days"][day]["activities"][0])
        await check_in(client_for, me, mood)
        days_pass(database, me, 1)
    return plan


async def create_trial(me: Client) -> dict[str, Any]:
    """A plan whose lots have enough days of both sorts. One plan in 300 has too few days without reminders."""
    while True:
        plan = await create_plan(me, duration=30, reminder_trial=True)
        quiet = sum(is_quiet(UUID(plan["plan_id"]).int, day) for day in range(1, 30))
        if MIN_DAYS_EACH <= quiet <= 29 - MIN_DAYS_EACH:
            return plan
        await change_plan(me, plan["plan_id"], status="ended")


@contextmanager
def fitted_tables(database: Clone, tables: Population) -> Iterator[None]:
    """The latest population tables are these. Removed at the end: other tests share the database."""
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO mend.population_tables (document, people) VALUES (%s, 1000)", (Jsonb(tables.to_json()),)
        )
    yield
    with database.admin() as conn:
        conn.execute("DELETE FROM mend.population_tables")


async def test_progress_has_planned_and_actual_distances(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """By day, the planned distance from the target, and the actual one where there is a mood."""
    plan = await live_through(me, client_for, database, ["sad", "okay", "content"])

    progress = await progress_of(me, plan["plan_id"])

    assert [day["day"] for day in progress["arc"]] == [*range(1, 8)]
    planned = [day["planned_distance"] for day in progress["arc"]]
    assert planned == sorted(planned, reverse=True)
    actual = [day["actual_distance"] for day in progress["arc"]]
    assert actual[0] > actual[1] > actual[2] > 0
    assert actual[3:] == [None] * 4
    assert progress["adherence"] == {"done": 3, "skipped": 0, "missed": 6, "planned": 12, "share": 0.333}


async def test_too_little_data_gives_no_effect(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """The answer says what is missing."""
    plan = await live_through(me, client_for, database, ["sad", "content"])

    effect = (await progress_of(me, plan["plan_id"]))["effect"]

    assert effect["verdict"] == "not_enough_data"
    assert effect["missing"]
    assert (effect["mean"], effect["low"], effect["high"]) == (None, None, None)


async def test_an_effect_comes_with_its_interval(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """The moods before the plan give the expected ones."""
    now = utc_now()
    for number in range(20):
        moment = now - timedelta(days=21 - number)
        await check_in(client_for, me, ("sad", "lonely")[number % 2], occurred_at=moment.isoformat())
    plan = await live_through(
        me, client_for, database, ["happy", "joyful", "content", "happy", "grateful", "happy", "joyful"]
    )

    progress = await progress_of(me, plan["plan_id"])

    effect = progress["effect"]
    assert (effect["verdict"], effect["missing"]) == ("benefit", {})
    assert effect["low"] <= effect["mean"] <= effect["high"]
    assert 0 < effect["n_effective"] <= effect["days"] == 7
    assert progress["review"]["figures"]["verdict"] == "benefit"
    assert progress["status"] == "ended"


async def test_the_effect_is_judged_by_the_fitted_tables(
    me: Client, client_for: ClientFactory, database: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If everyone's moods usually rise to the highest, the same moods of the plan are worse than expected."""
    now = utc_now()
    for number in range(20):
        moment = now - timedelta(days=21 - number)
        await check_in(client_for, me, ("okay", "lonely")[number % 2], occurred_at=moment.isoformat())
    plan = await live_through(me, client_for, database, ["okay"] * 6)
    monkeypatch.setattr(progress, "knowledge_reader", KnowledgeReader())
    by_default = (await progress_of(me, plan["plan_id"]))["effect"]
    monkeypatch.setattr(progress, "knowledge_reader", KnowledgeReader())

    with fitted_tables(database, replace(Population(), level=1.0, level_variance=0.01)):
        by_fitted_tables = (await progress_of(me, plan["plan_id"]))["effect"]

    assert by_fitted_tables["mean"] < by_default["mean"] - 1


async def test_moods_after_its_end_do_not_count(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """The progress of an ended plan stays the same."""
    plan = await live_through(me, client_for, database, ["sad", "okay", "content"], duration=5)
    await change_plan(me, plan["plan_id"], status="ended")
    before = await progress_of(me, plan["plan_id"])
    days_pass(database, me, 1)
    await check_in(client_for, me, "happy")

    after = await progress_of(me, plan["plan_id"])

    assert after["effect"] == before["effect"]
    assert [day["actual_distance"] for day in after["arc"]] == [day["actual_distance"] for day in before["arc"]]


async def test_a_reminder_trial_gives_the_effect_of_reminders(me: Client, database: Clone) -> None:
    """The field is absent without a trial, and null while too few days of either sort are over."""
    plain = await create_plan(me)
    no_trial = await progress_of(me, plain["plan_id"])
    await change_plan(me, plain["plan_id"], status="ended")
    plan = await create_trial(me)
    for day in plan["preview"]["days"][::3]:
        await finish(me, plan["plan_id"], day["activities"][0])
    early = await progress_of(me, plan["plan_id"])
    days_pass(database, me, 29)

    late = await progress_of(me, plan["plan_id"])

    assert "reminder_effect" not in no_trial
    assert early["reminder_effect"] is None
    assert late["reminder_effect"]["days_with_reminders"] + late["reminder_effect"]["days_without_reminders"] == 29
    assert late["reminder_effect"]["low"] < late["reminder_effect"]["difference"] < late["reminder_effect"]["high"]
    assert all(figure == round(figure, 3) for figure in late["reminder_effect"].values())


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_chart_has_a_text_alternative(
    me: Client, client_for: ClientFactory, database: Clone, theme: str
) -> None:
    """It has a title and a description, and loads nothing."""
    plan = await live_through(me, client_for, database, ["sad", "okay"])

    answer = await me.get(f"/{plan['plan_id']}/progress.svg", params={"theme": theme})

    assert answer.headers["content-type"] == "image/svg+xml"
    chart = ET.fromstring(answer.content)  # noqa: S314 - made by ourselves
    labels = chart.attrib["aria-labelledby"].split()
    texts = {part.attrib["id"]: part.text for part in chart if "id" in part.attrib}
    assert chart.attrib["role"] == "img"
    assert [bool(texts[label]) for label in labels] == [True, True]
    assert "Days with a mood: 2." in (texts["desc"] or "")
    assert len(chart.findall(f"{SVG}polyline")) == 2
    assert len(chart.findall(f"{SVG}circle")) == 2
    assert not [part for part in chart.iter() for name in part.attrib if "href" in name or name == "style"]
    assert answer.text.count("http") == 1  # the name of the language it is written in


async def test_an_unknown_theme_is_refused(me: Client) -> None:
    """The chart is light or dark."""
    plan = await create_plan(me)

    assert (await me.get(f"/{plan['plan_id']}/progress.svg", params={"theme": "neon"})).status_code == 422


async def test_there_are_journeys_to_choose_from(me: Client) -> None:
    """A plan can be made from each."""
    journeys = (await get(me, "/journeys"))["items"]

    assert len(journeys) >= 14
    for journey in journeys:
        plan = await me.post("/", json={"journey": journey["id"]})
        assert plan.status_code == 201
        assert plan.json()["activities_total"] == journey["duration"] * journey["per_day"]
        await change_plan(me, plan.json()["plan_id"], status="ended")


async def test_a_plan_is_read_in_the_language_of_the_profile(me: Client, client_for: ClientFactory) -> None:
    """Journeys, the labels of the chart and the messages of changes."""
    plan = await create_plan(me)
    await change_plan(me, plan["plan_id"], status="paused")
    await client_for("account", me.person).patch("/profile", json={"locale": "de-CH"})

    journeys = (await get(me, "/journeys"))["items"]
    chart = (await me.get(f"/{plan['plan_id']}/progress.svg")).text
    [change] = (await progress_of(me, plan["plan_id"]))["changes"]

    assert journeys[0]["name"] == "Erstes Licht"
    assert "geplant" in chart
    assert "planned" not in chart
    assert change["message"].startswith("Dein Plan ruht.")
    assert "bekannt" in (await progress_of(me, plan["plan_id"]))["effect"]["text"]


async def test_adjusted_distances_are_apart_from_planned_ones(me: Client, client_for: ClientFactory) -> None:
    """The planned distances stay, and the adjusted ones have a line of their own in the chart."""
    plan = await create_plan(me)
    await handle(await check_in(client_for, me, "angry"))

    arc = (await progress_of(me, plan["plan_id"]))["arc"]
    chart = (await me.get(f"/{plan['plan_id']}/progress.svg")).text

    planned = [day["planned_distance"] for day in arc]
    assert planned == sorted(planned, reverse=True)
    assert any(day["adjusted_distance"] > day["planned_distance"] + 0.02 for day in arc)
    assert "since adapted" in chart


async def test_progress_lists_the_changes(me: Client, client_for: ClientFactory) -> None:
    """With the days that have a new target, and no others."""
    plan = await create_plan(me, current="sad", target="peaceful", duration=10)
    before = {day["day"]: day["target"] for day in plan["preview"]["days"]}

    await handle(await check_in(client_for, me, "angry"))
    [change] = (await progress_of(me, plan["plan_id"]))["changes"]

    assert change["reason"] == "adjusted"
    assert change["days"]
    assert all(day["previous_target"] == before[day["day"]] != day["target"] for day in change["days"])
    assert 1 not in {day["day"] for day in change["days"]}


async def test_a_mood_after_an_activity_counts_for_its_day(me: Client) -> None:
    """No check-in is needed."""
    plan = await create_plan(me)
    first = plan["preview"]["days"][0]["activities"][0]
    path = f"/{plan['plan_id']}/activities/{first['activity_id']}"

    await me.patch(path, json={"status": "done", "mood_after": "peaceful"})

    assert (await progress_of(me, plan["plan_id"]))["arc"][0]["actual_distance"] == 0
