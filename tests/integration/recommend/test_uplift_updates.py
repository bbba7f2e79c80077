"""The event function learns about a person, and their feed changes accordingly."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from functions.ranking.fit_job import fit_rankings
from functions.recommend import uplift_updates
from shared.clock import utc_now
from shared.events import Events, tick
from shared.events.types import plan_activity_finished
from shared.ranking import KnowledgeReader
from shared.services import services
from tests.conftest import ClientFactory, Clone
from tests.integration.recommend.library import did
from tests.integration.recommend.weeks import HOUR, Week

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
FEED = "SELECT document FROM live_documents WHERE user_id = %s AND name = 'feed'"


@pytest.fixture
def week(client_for: ClientFactory, database: Clone) -> Week:
    return Week(client_for, database)


def of_kind(database: Clone, kind: str) -> str:
    query = "SELECT id::text FROM content WHERE kind = %s AND 'sad' = ANY(fits) AND minutes <= 30 ORDER BY id LIMIT 1"
    content_id: str = database.value(query, kind)
    return content_id


async def fitted() -> None:
    async with services().database.service() as conn:
        await fit_rankings(conn, Events([tick("schedule.ranking", utc_now())]))


async def test_the_feed_prefers_what_lifts_the_person(week: Week, client_for: ClientFactory, database: Clone) -> None:
    """The reasons say so, and another person's feed does not change."""
    other = Week(client_for, database)
    verse, film = of_kind(database, "verse"), of_kind(database, "film")
    before = await other.kinds()

    await week.repeat_days(verse, then="happy")
    await week.repeat_days(film, then="hopeless", until=6)
    await week.handle_events()
    mine, theirs = await week.kinds(), await other.kinds()

    assert mine.count("verse") > 15 > before.count("verse")
    assert mine.count("film") <= 1
    assert abs(theirs.count("verse") - before.count("verse")) < 12
    [item] = (await week.feed(mood="sad", kinds="verse", limit=1))["items"]
    [uplift] = [term for term in item["terms"] if term["code"] == "uplift"]
    assert uplift["value"] > 0.2
    assert "of 6" in uplift["detail"] or "of 7" in uplift["detail"]


async def test_the_order_of_events_does_not_matter(week: Week, database: Clone) -> None:
    """Late, repeated and shuffled events give the same result."""
    await week.repeat_days(of_kind(database, "verse"), then="calm", days=4)
    events = week.events()
    await week.handle_events(*events)
    in_order = week.load_learning()

    shuffled = [*events[1::2], *events[::-3], *events[::2]]
    with database.admin() as conn:
        conn.execute("UPDATE mend.person_learning SET uplift_sums = NULL WHERE user_id = %s", (week.person,))
    await week.handle_events(*shuffled)

    assert week.load_learning() == in_order
    assert in_order[2] == 8


async def test_a_late_completion_is_learned(week: Week, database: Clone) -> None:
    """An offline queue may bring a completion after the mood that followed it."""
    verse = of_kind(database, "verse")
    start = utc_now() - timedelta(days=2)
    await week.check_in("sad", start)
    await week.check_in("happy", start + 2 * HOUR)
    await week.handle_events()
    unaware, *_ = week.load_learning()

    await week.complete(verse, start + HOUR)
    await week.handle_events()
    aware, *_ = week.load_learning()

    assert "verse" not in str(unaware)
    assert "verse" in str(aware)


async def test_an_entry_stored_during_learning_is_not_missed(week: Week, database: Clone) -> None:
    """The next event learns it."""
    start = utc_now() - timedelta(days=2)
    for hours in (0, 4):
        await week.check_in("sad", start + hours * HOUR)
    await week.handle_events()
    await week.check_in("calm", start + 8 * HOUR)
    with database.admin() as conn, conn.transaction():
        conn.execute("LOCK TABLE user_interactions")  # it is read after the learned state, together with the entries
        learning_on = asyncio.create_task(week.handle_events())
        async with asyncio.timeout(60):
            while not database.value(WAITING):  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.01)
        await week.check_in("happy", start + 2 * HOUR)
    await learning_on
    await week.handle_events()
    learned = week.load_learning()

    with database.admin() as conn:
        conn.execute("UPDATE mend.person_learning SET uplift_sums = NULL WHERE user_id = %s", (week.person,))
    await week.handle_events(week.events()[0])

    assert learned == week.load_learning()
    assert learned[2] == 4


async def test_a_deleted_entry_is_unlearned(week: Week, database: Clone) -> None:
    """What is learned follows from the remaining entries, and the live feed of a deleted mood is emptied."""
    await week.repeat_days(of_kind(database, "verse"), then="happy", days=3)
    await week.handle_events()
    lifted = await week.kinds()
    for entry in (await week.checkin.get("/", params={"limit": 200})).json()["items"]:
        await week.checkin.delete(f"/{entry['mood_id']}")
    await week.handle_events()

    uplift, _, entries, _ = week.load_learning()

    assert lifted
    assert (uplift, entries) == (None, None)
    assert week.database.value(FEED, week.person)["items"] == []


async def test_a_like_counts_in_the_next_feed(week: Week, database: Clone) -> None:
    """It is stored by the request itself, without a job or an event."""
    [liked] = (await week.feed(mood="sad", kinds="music", limit=1))["items"]

    await did(week.recommend, liked["content_id"], "like")
    feed = await week.feed(mood="sad", kinds="music", limit=20)

    [item] = [item for item in feed["items"] if item["content_id"] == liked["content_id"]]
    assert any(term["code"] == "taste" and term["value"] > 0 for term in item["terms"])


async def test_a_repeated_interaction_counts_once(week: Week, database: Clone) -> None:
    """A queue that is sent twice changes nothing."""
    interaction = {
        "id": "0190a7b2-0000-7000-8000-000000000009",
        "content_id": of_kind(database, "music"),
        "kind": "like",
    }
    await week.recommend.post("/interactions", json=interaction)
    once = week.load_learning()

    await week.recommend.post("/interactions/batch", json={"entries": [interaction, interaction]})

    assert week.load_learning() == once


async def test_saving_counts_as_taste(week: Week, database: Clone) -> None:
    """Only the first time."""
    music = of_kind(database, "music")
    await week.recommend.put(f"/saved/{music}")
    once = week.load_learning()

    await week.recommend.put(f"/saved/{music}")

    assert music in str(once)
    assert week.load_learning() == once


async def test_the_feed_is_a_live_document(week: Week, database: Clone) -> None:
    """It is updated after each check-in and completion, and not after a view."""
    await week.check_in("sad", utc_now())
    await week.handle_events()
    first = week.database.value(FEED, week.person)
    await did(week.recommend, first["items"][0]["content_id"], "view")
    await week.handle_events()
    while_looking = week.database.value(FEED, week.person)
    await did(week.recommend, first["items"][0]["content_id"], "complete")
    await week.handle_events()
    later = week.database.value(FEED, week.person)

    assert len(first["items"]) == 5
    assert while_looking == first
    assert later["recommendation_id"] != first["recommendation_id"]


async def test_the_live_feed_follows_the_profile(week: Week, database: Clone, client_for: ClientFactory) -> None:
    """A kind that the person has just added to `avoid` is gone from it."""
    await week.check_in("sad", utc_now())
    await week.handle_events()
    unwanted = {item["kind"] for item in database.value(FEED, week.person)["items"][:2]}
    await client_for("account", week.person).patch("/profile", json={"avoid": sorted(unwanted)})
    await week.handle_events()

    kinds = {item["kind"] for item in database.value(FEED, week.person)["items"]}
    assert kinds
    assert not kinds & unwanted


async def test_the_nightly_fit_makes_a_new_version_of_the_tables(week: Week, database: Clone) -> None:
    """A person's next update learns with the new version."""
    await week.repeat_days(of_kind(database, "verse"), then="happy")
    await week.handle_events()
    await fitted()
    [(version, people)] = database.rows("SELECT version, people FROM mend.population_tables ORDER BY 1 DESC LIMIT 1")

    *_, before = week.load_learning()
    async with services().database.service() as conn:
        await uplift_updates.update_uplift(conn, week.person, KnowledgeReader())
    *_, after = week.load_learning()

    assert people >= 1
    assert before != after == version


async def test_similar_taste_follows_from_other_peoples_likes(client_for: ClientFactory, database: Clone) -> None:
    """If at least three people liked both items, one counts for the other."""
    verse, film = of_kind(database, "verse"), of_kind(database, "film")
    for _ in range(4):
        someone = client_for("recommend")
        await did(someone, verse, "like")
        await did(someone, film, "like")
    await fitted()
    newcomer = Week(client_for, database)
    await newcomer.check_in("sad", utc_now())
    await did(newcomer.recommend, verse, "like")
    await newcomer.handle_events()

    feed = await newcomer.feed(mood="sad", kinds="film", limit=20)

    [item] = [item for item in feed["items"] if item["content_id"] == film]
    assert any(term["code"] == "similar_taste" for term in item["terms"])


async def test_activities_of_a_plan_count_as_interactions(week: Week, database: Clone) -> None:
    """Done is a completion, recorded once however often its event comes. Skipped is a skip."""
    verse, film = of_kind(database, "verse"), of_kind(database, "film")
    plan_id, earlier = uuid4(), utc_now() - HOUR
    done = plan_activity_finished(
        week.person, earlier, plan_id=plan_id, activity_id=uuid4(), content_id=UUID(verse), status="done"
    )
    skipped = plan_activity_finished(
        week.person, earlier, plan_id=plan_id, activity_id=uuid4(), content_id=UUID(film), status="skipped"
    )
    await week.check_in("sad", utc_now() - 2 * HOUR)

    await week.handle_events(done, skipped, done)
    await week.check_in("happy", utc_now())
    await week.handle_events()

    query = "SELECT content_id::text, kind FROM user_interactions WHERE user_id = %s ORDER BY kind"
    assert database.rows(query, week.person) == [(verse, "complete"), (film, "skip")]
    uplift, taste, *_ = week.load_learning()
    assert "verse" in str(uplift)
    assert verse in str(taste)
    assert film in str(taste)
