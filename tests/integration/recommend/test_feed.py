"""GET /: what is likely to help now."""

import pytest

from shared.clock import utc_now
from shared.safety import Support
from tests.conftest import ClientFactory, Clone
from tests.integration.recommend.library import did
from tests.integration.recommend.weeks import HOUR, Week

GENTLE = {"breathing", "connection", "mindfulness", "nature", "rest"}
LIST = "SELECT mood_entry_id::text, query, items FROM recommendations WHERE user_id = %s AND id = %s"


@pytest.fixture
def week(client_for: ClientFactory, database: Clone) -> Week:
    return Week(client_for, database)


async def test_the_feed_is_for_the_latest_check_in(week: Week) -> None:
    """Without a mood in the query the latest check-in decides. Without a check-in the answer is 409."""
    early = await week.recommend.get("/")
    await week.check_in("happy", utc_now() - HOUR)
    latest = await week.check_in("sad", utc_now())

    feed = await week.feed()

    assert (early.status_code, early.json()["code"]) == (409, "no_mood_yet")
    assert feed["mood_id"] == latest["mood_id"]
    assert len(feed["items"]) == 5
    assert feed["support"] is None


async def test_a_mood_of_more_than_three_days_ago_does_not_count(week: Week) -> None:
    """The list is a general one then, as after the import of an old diary."""
    await week.check_in("sad", utc_now() - 73 * HOUR)
    general = await week.feed()
    recent = await week.check_in("sad", utc_now() - 71 * HOUR)
    feed = await week.feed()

    assert general["mood_id"] is None
    assert len(general["items"]) == 5
    assert feed["mood_id"] == recent["mood_id"]


async def test_a_list_is_stored_with_its_propensities(week: Week) -> None:
    """The query, the items and their propensities are stored, so that other policies can be compared."""
    feed = await week.feed(mood="anxious", intensity=8, target="calm", minutes=20, limit=4)

    [(entry_id, query, items)] = week.database.rows(LIST, week.person, feed["recommendation_id"])
    assert entry_id is None
    assert query == {"mood": "anxious", "intensity": 8, "target": "calm", "minutes": 20, "limit": 4}
    assert [item["content_id"] for item in items] == [item["content_id"] for item in feed["items"]]
    assert all(0 < item["propensity"] <= 1 for item in items)


async def test_the_terms_add_up_to_the_score(week: Week) -> None:
    """The values of the terms add up to the score for any query."""
    for query in ({"mood": "sad"}, {"mood": "tired", "minutes": 10}, {"mood": "angry", "target": "calm", "limit": 20}):
        for item in (await week.feed(**query))["items"]:
            assert sum(term["value"] for term in item["terms"]) == pytest.approx(item["score"], abs=1e-9)
            assert any(term["code"] == "explore" for term in item["terms"]) is item["explore"]


async def test_a_list_is_the_same_until_more_is_learned(week: Week) -> None:
    """A repeated query has the same answer and is stored once. A new like changes the answer."""
    first = await week.recommend.get("/", params={"mood": "sad"})
    same = await week.recommend.get("/", params={"mood": "sad"}, headers={"If-None-Match": first.headers["ETag"]})
    lists = week.database.value("SELECT count(*) FROM recommendations WHERE user_id = %s", week.person)
    await did(week.recommend, first.json()["items"][0]["content_id"], "like")
    after = await week.recommend.get("/", params={"mood": "sad"})

    assert (first.status_code, same.status_code, lists) == (200, 304, 1)
    assert after.json()["recommendation_id"] != first.json()["recommendation_id"]


async def test_the_feed_respects_kinds_and_minutes(week: Week) -> None:
    """The items are of these kinds and lengths."""
    feed = await week.feed(mood="sad", kinds="music,film", minutes=15, limit=5)

    assert {item["kind"] for item in feed["items"]} <= {"music", "film"}
    assert len(feed["items"]) == 5
    assert all(item["minutes"] <= 15 for item in feed["items"])
    assert feed["relaxed_rules"] == []


@pytest.mark.parametrize("mood", ["angry", "proud", "curious", "relaxed"])
async def test_a_feed_for_a_minute_goes_on_with_the_shortest(week: Week, mood: str) -> None:
    """The list is never shorter for it, and `relaxed_rules` says so, in the language of the person."""
    feed = await week.feed(mood=mood, intensity=8, minutes=1, limit=10)

    lengths = [item["minutes"] for item in feed["items"]]
    fitting = lengths.count(1)
    assert len(lengths) == 10
    assert lengths[:fitting] == [1] * fitting
    assert max(lengths) > 1
    assert [rule["code"] for rule in feed["relaxed_rules"]] == ["minutes"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"mood": "blue"}, "mood"),
        ({"mood": "sad", "target": "bliss"}, "target"),
        ({"mood": "sad", "limit": "0"}, "limit"),
        ({"mood": "sad", "limit": "1000000"}, "limit"),
        ({"mood": "sad", "minutes": "-5"}, "minutes"),
        ({"mood": "sad", "intensity": "11"}, "intensity"),
        ({"mood": "sad", "kinds": "music,poker"}, "kinds"),
        ({"mood": "sad", "kinds": ""}, "kinds"),
        ({"mood": "sad", "person": "me"}, "person"),
    ],
)
async def test_an_invalid_query_is_refused(week: Week, query: dict[str, str], field: str) -> None:
    """The error names the field."""
    response = await week.recommend.get("/", params=query)

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["query", field]]


async def test_an_unknown_kind_is_answered_with_the_known_ones(week: Week) -> None:
    """The message lists the kinds and is no pattern."""
    response = await week.recommend.get("/", params={"mood": "sad", "kinds": "music,poker"})

    [error] = response.json()["errors"]
    assert error["msg"].startswith("must be some of these, separated by commas: book, breathing,")


async def test_hidden_and_disliked_items_are_left_out(week: Week) -> None:
    """At once and permanently, until a later unhide or like."""
    hidden_ids = []
    for kind in ("hide", "dislike"):
        for item in (await week.feed(mood="lonely", kinds="connection", limit=3))["items"]:
            await did(week.recommend, item["content_id"], kind)
            hidden_ids.append(item["content_id"])

    later = [
        item["content_id"]
        for _ in range(10)
        for item in (await week.feed(mood="lonely", kinds="connection", limit=20))["items"]
    ]
    await did(week.recommend, hidden_ids[0], "unhide")
    again = (await week.feed(mood="lonely", kinds="connection", limit=20))["items"]

    assert set(hidden_ids).isdisjoint(later)
    assert hidden_ids[0] in {item["content_id"] for item in again}


async def test_what_the_profile_avoids_is_left_out(week: Week, client_for: ClientFactory) -> None:
    """Kinds and tags count, in upper or lower case."""
    profile = client_for("account", week.person)
    assert (await profile.patch("/profile", json={"avoid": ["Movement", "outdoors"]})).status_code == 200

    feeds = [await week.feed(mood="sad", limit=20) for _ in range(5)]

    shown = {item["content_id"] for feed in feeds for item in feed["items"]}
    query = "SELECT count(*) FROM content WHERE id = ANY(%s::uuid[]) AND (kind = 'movement' OR 'outdoors' = ANY(tags))"
    assert week.database.value(query, list(shown)) == 0


async def test_someone_in_danger_gets_support_and_gentle_items(week: Week) -> None:
    """For three days, whatever the next query or check-in says."""
    words = {"mood": "hopeless", "intensity": 9, "note": "I want to kill myself"}
    await week.checkin.post("/", json=words)
    await week.check_in("happy", utc_now())

    feed = await week.feed(limit=20)
    support = Support.model_validate(feed["support"])

    assert support.message
    assert {item["kind"] for item in feed["items"]} <= GENTLE
    assert not any(item["explore"] for item in feed["items"])


async def test_the_care_period_ends_after_three_days(week: Week) -> None:
    """After three days the feed is as before."""
    words = {"mood": "hopeless", "intensity": 9, "note": "I want to kill myself"}
    await week.checkin.post("/", json=words)

    with week.database.admin() as admin:
        admin.execute("UPDATE public.care_periods SET ends_at = ends_at - interval '72 hours'")
    assert (await week.feed(mood="happy"))["support"] is None


async def test_interests_of_the_profile_count_as_liked(week: Week, client_for: ClientFactory) -> None:
    """From the first feed on, before any interaction."""
    profile = client_for("account", week.person)
    assert (await profile.patch("/profile", json={"interests": ["music"]})).status_code == 200

    [item] = (await week.feed(mood="sad", kinds="music", limit=1))["items"]

    [taste] = [term for term in item["terms"] if term["code"] == "taste"]
    assert taste["value"] > 0
    assert "said" in taste["detail"]
    assert "rest" not in {term["code"] for term in item["terms"]}
