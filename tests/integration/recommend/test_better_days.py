"""What goes with a person's better days, by their insights, is a term of the score and said in `why`."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from functions.recommend.live import DOCUMENT_NAME
from shared.clock import utc_now
from shared.ids import new_id
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.insights.nights import open_care
from tests.integration.plan.plans import create_plan, get

INSERT_INSIGHT = """
    INSERT INTO public.insights
        (user_id, id, kind, about, names, outcome, lag, unit, effect, effect_sd, low, high, level, n_with, n_without,
         first_day, last_day, forgets_tags, method_version, status, found_at, estimated_at, expires_at)
    VALUES (%(person)s, %(id)s, %(kind)s, %(about)s, %(names)s, %(outcome)s, %(lag)s, 1, 2.2, 0.9, %(low)s, 3.4, 0.95,
            40, 60, '2026-01-01', '2026-04-11', %(forgets_tags)s, 'test', %(status)s, now(), now(), %(expires_at)s)
"""
RUNS, LAEUFE = "Your runs go with better days", "Deine Läufe gehen mit besseren Tagen einher"
RUNNING = {
    "kind": "factor",
    "about": "running",
    "names": ["Running"],
    "outcome": "valence",
    "lag": 0,
    "low": 1.0,
    "forgets_tags": False,
    "status": "seen",
}


class Runner(NamedTuple):
    """A person with the app open at each capability."""

    recommend: Client
    checkin: Client
    plan: Client
    insights: Client
    account: Client

    async def runs(self, **query: str | int) -> list[dict[str, Any]]:
        """The items of a feed of movement with the term."""
        params: dict[str, str | int] = {"mood": "stressed", "kinds": "movement", "limit": 20}
        feed = await self.recommend.get("/", params=params | query)
        assert feed.status_code == 200, feed.text
        return [item for item in feed.json()["items"] if term_of(item)]


def term_of(item: dict[str, Any]) -> dict[str, Any] | None:
    return next((term for term in item["terms"] if term["code"] == "better_days"), None)


@pytest.fixture
async def runner(client_for: ClientFactory) -> Runner:
    """Where they are it is noon, so that nothing is left out for the night."""
    recommend = client_for("recommend")
    others = (client_for(name, recommend.person) for name in ("checkin", "plan", "insights", "account"))
    runner, offset = Runner(recommend, *others), 12 - utc_now().hour
    zone = {"timezone": f"Etc/GMT{-offset:+d}" if offset else "UTC"}
    assert (await runner.account.patch("/profile", json=zone)).status_code == 200
    return runner


def find(database: Clone, runner: Runner, **changes: object) -> UUID:
    id_ = new_id()
    row = (
        RUNNING | {"person": runner.recommend.person, "id": id_, "expires_at": utc_now() + timedelta(days=9)} | changes
    )
    with database.admin() as conn:
        conn.execute(INSERT_INSIGHT, row)
    return id_


async def test_a_run_is_said_to_go_with_better_days(runner: Runner, database: Clone) -> None:
    """In the first sentence without numbers. The term adds up with the others, and its detail has the figures."""
    insight = find(database, runner)

    [item] = await runner.runs()

    term = term_of(item)
    assert term
    assert item["why"].startswith(RUNS)
    assert item["score"] == pytest.approx(sum(each["value"] for each in item["terms"]))
    assert 0.1 < term["value"] <= 0.3
    assert term["insight_id"] == str(insight)
    assert all(figure in term["detail"] for figure in ("Running", "2.2", "1.0", "3.4"))


async def test_it_is_said_in_the_language_of_the_profile(runner: Runner, database: Clone) -> None:
    """A German word for a run is one as well, whatever language the sentence has."""
    find(database, runner, about="joggen", names=["Joggen"])
    assert (await runner.account.patch("/profile", json={"locale": "de-AT"})).status_code == 200

    [item] = await runner.runs()

    assert item["why"].startswith(LAEUFE)
    assert "etwa 2,2 Punkte höher" in (term_of(item) or {})["detail"]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "new"},
        {"status": "dismissed"},
        {"status": "ended"},
        {"status": "replaced"},
        {"low": -0.1},
        {"lag": 1},
        {"outcome": "arousal"},
        {"forgets_tags": True},
        {"expires_at": utc_now() - timedelta(days=1)},
        {"about": "no running", "names": ["no running"]},
        {"names": ["Running", "holiday"]},  # added together every time, so nobody can tell which it is
    ],
)
async def test_what_is_not_known_of_runs_is_not_said(runner: Runner, database: Clone, changes: dict[str, Any]) -> None:
    """The insight is unseen, over, not about better days of the same day, or about something else."""
    find(database, runner, **changes)

    assert await runner.runs() == []


async def test_a_dismissed_insight_is_in_no_reason_from_the_next_request_on(runner: Runner, database: Clone) -> None:
    """Neither is it in a repeated answer. The live feed is written again."""
    insight = find(database, runner, about="walk", names=["walk"])
    key = {"Idempotency-Key": "walks"}
    draft = {"mood": "stressed", "intensity": 6}
    first = await runner.checkin.post("/", json=draft, headers=key)
    walk, *_ = [item for item in first.json()["recommendations"] if term_of(item)]
    database.rows("DELETE FROM mend.live_documents_due RETURNING 1")

    assert (await runner.insights.patch(f"/{insight}", json={"status": "dismissed"})).status_code == 200

    again = await runner.checkin.post("/", json=draft, headers=key)
    assert walk["why"].startswith("Your walks go with better days")
    assert (again.status_code, again.json()["code"]) == (410, "response_gone")
    assert await runner.runs() == []
    due = "SELECT name FROM mend.live_documents_due WHERE user_id = %s"
    assert database.rows(due, runner.recommend.person) == [(DOCUMENT_NAME,)]


async def test_a_hidden_factor_is_in_no_reason(runner: Runner, database: Clone) -> None:
    """From the next request on."""
    find(database, runner)
    assert await runner.runs() != []

    assert (await runner.insights.patch("/factors", json={"factor": "running", "hidden": True})).status_code == 200

    assert await runner.runs() == []


@pytest.mark.parametrize("purpose", ["insights", "personalisation"])
async def test_without_consent_nothing_of_it_is_read(runner: Runner, database: Clone, purpose: str) -> None:
    """To insights, and to recommendations that fit the person."""
    find(database, runner)
    assert await runner.runs() != []

    consent = {"granted": False, "version": "2026-11-27"}
    assert (await runner.account.put(f"/consents/{purpose}", json=consent)).status_code == 200

    assert await runner.runs() == []


async def test_in_a_care_period_nothing_of_it_is_said(runner: Runner, database: Clone) -> None:
    """The list has gentle items only, chosen without it."""
    find(database, runner, about="breathing", names=["breathing"])
    assert await runner.runs(kinds="breathing") != []

    open_care(database, runner.recommend.person)

    assert await runner.runs(kinds="breathing") == []


async def test_a_plan_says_it_while_the_insight_stands(runner: Runner, database: Clone) -> None:
    """With the figures among the reasons. Once it is dismissed, the activity has its other reasons."""
    insight = find(database, runner, about="walking", names=["walking"])
    plan = await create_plan(runner.plan, duration=14, kinds=["movement", "nature"])
    created = [each for day in plan["preview"]["days"] for each in day["activities"]]
    told = [each for each in created if each["why"].startswith("Your walks go with better days")]
    read = (await get(runner.plan, f"/{plan['plan_id']}"))["days"]

    assert told
    assert [each["reasons"][0]["code"] for each in told] == ["better_days"] * len(told)
    assert {each["reasons"][0]["insight_id"] for each in told} == {str(insight)}
    assert "about 2.2 points higher" in told[0]["reasons"][0]["detail"]
    assert len({each["why"] for each in created}) == len(created)
    shown = {each["activity_id"]: (each["why"], each["reasons"]) for day in read for each in day["activities"]}
    assert shown == {each["activity_id"]: (each["why"], each["reasons"]) for each in created}

    assert (await runner.insights.patch(f"/{insight}", json={"status": "dismissed"})).status_code == 200

    later = await get(runner.plan, f"/{plan['plan_id']}")
    activities = [each for day in later["days"] for each in day["activities"]]
    assert len(activities) == len(created)
    assert "Your walks" not in str(later)
    assert {each["reasons"][0]["code"] for each in activities} == {"mood_fit"}
