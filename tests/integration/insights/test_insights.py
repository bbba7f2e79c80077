"""Insights as the person reads them, and what they answer."""

from typing import Any

import pytest

from tests.conftest import ClientFactory, Clone
from tests.integration.insights.diary import Diary, today
from tests.integration.insights.nights import history, night

MISSING = "01990000-0000-7000-8000-000000000000"


@pytest.fixture
async def insight(diary: Diary, database: Clone) -> dict[str, Any]:
    """What goes with the person's mood."""
    diary.write(history(120, today()))
    await diary.count()
    await night(database)
    items = (await diary.get("/"))["items"]
    return next(item for item in items if item["outcome"] == "valence")


async def test_an_insight_spells_a_factor_as_the_person_does(diary: Diary, database: Clone) -> None:
    """In its title and everywhere else, and an experiment can be offered and started by that spelling."""
    entries = history(120, today())
    diary.write([(*entry[:3], ["Spaß" if name == "walk" else name for name in entry[3]]) for entry in entries])
    await diary.count()
    await night(database)

    insight = next(item for item in (await diary.get("/"))["items"] if item["outcome"] == "valence")
    started = await diary.insights.post("/experiments", json={"factor": insight["experiment"]["factor"]})

    assert (insight["about"], insight["names"], insight["title"][:4]) == ("Spaß", ["Spaß"], "Spaß")
    assert "Spaß" in insight["body"]
    assert (started.status_code, started.json()["factor"]) == (201, "Spaß")


@pytest.mark.parametrize("status", ["seen", "dismissed", "known"])
async def test_a_person_answers_an_insight(diary: Diary, insight: dict[str, Any], status: str) -> None:
    """Seen, not wanted, or known already: the list can be filtered by it."""
    path = f"/{insight['insight_id']}"

    response = await diary.insights.patch(path, json={"status": status, "useful": True})

    assert response.json() == insight | {"status": status, "useful": True}
    assert (await diary.get(path)) == response.json()
    assert (await diary.get("/", status=status))["items"] == [response.json()]


async def test_an_answer_outlives_a_new_estimate(diary: Diary, insight: dict[str, Any], database: Clone) -> None:
    """What was dismissed stays dismissed, with new figures."""
    path = f"/{insight['insight_id']}"
    await diary.insights.patch(path, json={"status": "dismissed"})

    await diary.check_in("happy", today(), factors=["walk"])
    await diary.handle()
    await night(database)

    after = await diary.get(path)
    assert after["status"] == "dismissed"
    assert after["effect"] != insight["effect"]


async def test_what_is_over_stays_over(diary: Diary, insight: dict[str, Any], database: Clone) -> None:
    """Its status cannot be changed, but a person may still say that it was useful."""
    path = f"/{insight['insight_id']}"
    with database.admin() as conn:
        conn.execute("UPDATE public.insights SET status = 'ended'")

    refused = await diary.insights.patch(path, json={"status": "seen"})
    useful = await diary.insights.patch(path, json={"useful": True})

    assert (refused.status_code, refused.json()["code"]) == (409, "insight_over")
    assert (useful.status_code, useful.json()["useful"]) == (200, True)


async def test_an_insight_is_read_again_only_if_it_changed(diary: Diary, insight: dict[str, Any]) -> None:
    """As every GET, it has an ETag."""
    path = f"/{insight['insight_id']}"
    tag = (await diary.insights.get(path)).headers["etag"]

    assert (await diary.insights.get(path, headers={"If-None-Match": tag})).status_code == 304
    await diary.insights.patch(path, json={"status": "seen"})
    assert (await diary.insights.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_insights_come_by_page(diary: Diary, insight: dict[str, Any]) -> None:
    """Newest first, each once."""
    first = await diary.get("/", limit=2)
    second = await diary.get("/", limit=2, cursor=first["next_cursor"])

    ids = {item["insight_id"] for page in (first, second) for item in page["items"]}
    assert len(ids) == 4
    assert insight["insight_id"] in ids
    assert second["next_cursor"] is None


async def test_a_single_mood_is_told_in_days_of_a_hundred(diary: Diary, insight: dict[str, Any]) -> None:
    """With the factor and in the charts as well. Fewer sad days are what an experiment may be about, more are not."""
    items = {item["outcome"]: item for item in (await diary.get("/"))["items"]}
    [walk] = [factor for factor in (await diary.get("/factors"))["items"] if factor["factor"] == insight["about"]]
    table = (await diary.insights.get("/charts/factors.html")).text

    assert items["mood:happy"]["effect"] > 40
    assert items["mood:happy"]["title"] == "Walk goes with more days on which you feel happy"
    assert items["mood:sad"]["title"] == "Walk goes with fewer days on which you feel sad"
    assert items["mood:happy"]["experiment"] == items["mood:sad"]["experiment"] == insight["experiment"]
    assert walk["effects"][0]["outcome"] == "valence"
    assert "happy: +" in table
    assert "days of a hundred" in table


async def test_the_text_is_in_the_persons_language(
    diary: Diary, insight: dict[str, Any], client_for: ClientFactory
) -> None:
    """It is composed when it is read, so a new language applies at once."""
    await client_for("account", diary.person).patch("/profile", json={"locale": "de-AT"})

    german = await diary.get(f"/{insight['insight_id']}")

    assert german["title"] == "Walk geht mit besseren Tagen einher"
    assert "Punkte höher" in german["body"]
    assert german["effect"] == insight["effect"]


@pytest.mark.parametrize("change", [{}, {"status": "new"}, {"status": "ended"}, {"useful": None}, {"title": "x"}])
async def test_an_answer_that_is_none_is_refused(diary: Diary, insight: dict[str, Any], change: dict[str, Any]) -> None:
    """Only the person's own answers can be set."""
    response = await diary.insights.patch(f"/{insight['insight_id']}", json=change)

    assert response.status_code == 422


async def test_an_unknown_insight_is_not_found(diary: Diary) -> None:
    """Nor is that of another person (tests/access)."""
    assert (await diary.insights.get(f"/{MISSING}")).status_code == 404
    assert (await diary.insights.patch(f"/{MISSING}", json={"status": "seen"})).status_code == 404


async def test_without_entries_there_is_nothing(diary: Diary, database: Clone) -> None:
    """Neither an error nor an insight."""
    await night(database)

    assert await diary.get("/") == {"items": [], "next_cursor": None}
    assert (await diary.insights.post("/refresh")).status_code == 202
