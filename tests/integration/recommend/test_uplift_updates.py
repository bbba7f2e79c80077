"""What the event function learns of a person, and how their feed turns."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from functions.ranking.fit_job import fit_rankings
from functions.recommend import uplift_updates
from shared.clock import utc_now
from shared.events import tick
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
    found: str = database.value(query, kind)
    return found


async def fitted() -> None:
    async with services().database.service() as conn:
        await fit_rankings(conn, tick("schedule.ranking", utc_now()))


async def test_the_feed_turns_towards_what_lifts_this_person(
    week: Week, client_for: ClientFactory, database: Clone
) -> None:
    """And says so in its reasons; another person's does not move."""
    other = Week(client_for, database)
    verse, film = of_kind(database, "verse"), of_kind(database, "film")
    before = await other.kinds()

    await week.tried(verse, then="happy")
    await week.tried(film, then="hopeless", until=6)
    await week.heard_of()
    mine, theirs = await week.kinds(), await other.kinds()

    assert mine.count("verse") > 15 > before.count("verse")
    assert mine.count("film") <= 1
    assert abs(theirs.count("verse") - before.count("verse")) < 12
    [item] = (await week.feed(mood="sad", kinds="verse", limit=1))["items"]
    [uplift] = [term for term in item["terms"] if term["code"] == "uplift"]
    assert uplift["value"] > 0.2
    assert "of 6" in uplift["detail"] or "of 7" in uplift["detail"]


async def test_whatever_order_events_come_in_the_same_is_learned(week: Week, database: Clone) -> None:
    """Late, twice, shuffled: what is known follows from the record alone."""
    await week.tried(of_kind(database, "verse"), then="calm", days=4)
    events = week.events()
    await week.heard_of(*events)
    in_order = week.learned()

    shuffled = [*events[1::2], *events[::-3], *events[::2]]
    with database.admin() as conn:
        conn.execute("UPDATE mend.person_learning SET uplift_sums = NULL WHERE user_id = %s", (week.person,))
    await week.heard_of(*shuffled)

    assert week.learned() == in_order
    assert in_order[2] == 8


async def test_what_is_told_late_is_learned_all_the_same(week: Week, database: Clone) -> None:
    """An offline queue brings a completion after the mood that followed it."""
    verse = of_kind(database, "verse")
    start = utc_now() - timedelta(days=2)
    await week.felt("sad", start)
    await week.felt("happy", start + 2 * HOUR)
    await week.heard_of()
    unaware, *_ = week.learned()

    await week.completed(verse, start + HOUR)
    await week.heard_of()
    aware, *_ = week.learned()

    assert "verse" not in str(unaware)
    assert "verse" in str(aware)


async def test_an_entry_that_comes_while_others_are_learned_is_not_missed(week: Week, database: Clone) -> None:
    """Neither by whoever is learning then nor by whoever learns of it next."""
    start = utc_now() - timedelta(days=2)
    for hours in (0, 4):
        await week.felt("sad", start + hours * HOUR)
    await week.heard_of()
    await week.felt("calm", start + 8 * HOUR)
    with database.admin() as conn, conn.transaction():
        conn.execute("LOCK TABLE user_interactions")  # which is read after what is known, and with the entries
        learning_on = asyncio.create_task(week.heard_of())
        async with asyncio.timeout(60):
            while not database.value(WAITING):  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.01)
        await week.felt("happy", start + 2 * HOUR)
    await learning_on
    await week.heard_of()
    learned = week.learned()

    with database.admin() as conn:
        conn.execute("UPDATE mend.person_learning SET uplift_sums = NULL WHERE user_id = %s", (week.person,))
    await week.heard_of(week.events()[0])

    assert learned == week.learned()
    assert learned[2] == 4


async def test_an_entry_that_is_changed_or_deleted_is_unlearned(week: Week, database: Clone) -> None:
    """What is known is what the diary says now, and no list stays that was made for a mood that is gone."""
    await week.tried(of_kind(database, "verse"), then="happy", days=3)
    await week.heard_of()
    lifted = await week.kinds()
    for entry in (await week.checkin.get("/", params={"limit": 200})).json()["items"]:
        await week.checkin.delete(f"/{entry['mood_id']}")
    await week.heard_of()

    uplift, _, entries, _ = week.learned()

    assert lifted
    assert (uplift, entries) == (None, None)
    assert week.database.value(FEED, week.person)["items"] == []


async def test_taste_counts_from_the_next_feed_on(week: Week, database: Clone) -> None:
    """No job, no event: what was liked a moment ago is on the record when the answer comes."""
    [liked] = (await week.feed(mood="sad", kinds="music", limit=1))["items"]

    await did(week.recommend, liked["content_id"], "like")
    feed = await week.feed(mood="sad", kinds="music", limit=20)

    [item] = [item for item in feed["items"] if item["content_id"] == liked["content_id"]]
    assert any(term["code"] == "taste" and term["value"] > 0 for term in item["terms"])


async def test_a_repeated_interaction_counts_once(week: Week, database: Clone) -> None:
    """A queue that is sent twice tells nothing new."""
    deed = {"id": "0190a7b2-0000-7000-8000-000000000009", "content_id": of_kind(database, "music"), "kind": "like"}
    await week.recommend.post("/interactions", json=deed)
    once = week.learned()

    await week.recommend.post("/interactions/batch", json={"entries": [deed, deed]})

    assert week.learned() == once


async def test_saving_tells_of_taste(week: Week, database: Clone) -> None:
    """The first time; saving what is saved already says nothing more."""
    music = of_kind(database, "music")
    await week.recommend.put(f"/saved/{music}")
    once = week.learned()

    await week.recommend.put(f"/saved/{music}")

    assert music in str(once)
    assert week.learned() == once


async def test_the_feed_is_a_live_document(week: Week, database: Clone) -> None:
    """What the app listens to follows each check-in; while somebody looks at a thing it stays as it is."""
    await week.felt("sad", utc_now())
    await week.heard_of()
    first = week.database.value(FEED, week.person)
    await did(week.recommend, first["items"][0]["content_id"], "view")
    await week.heard_of()
    while_looking = week.database.value(FEED, week.person)
    await did(week.recommend, first["items"][0]["content_id"], "complete")
    await week.heard_of()
    later = week.database.value(FEED, week.person)

    assert len(first["items"]) == 5
    assert while_looking == first
    assert later["recommendation_id"] != first["recommendation_id"]


async def test_the_live_feed_follows_the_profile(week: Week, database: Clone, client_for: ClientFactory) -> None:
    """What somebody has just chosen to avoid is gone from what they look at."""
    await week.felt("sad", utc_now())
    await week.heard_of()
    unwanted = {item["kind"] for item in database.value(FEED, week.person)["items"][:2]}
    await client_for("account", week.person).patch("/profile", json={"avoid": sorted(unwanted)})
    await week.heard_of()

    kinds = {item["kind"] for item in database.value(FEED, week.person)["items"]}
    assert kinds
    assert not kinds & unwanted


async def test_every_night_everyone_is_fitted_anew(week: Week, database: Clone) -> None:
    """And who checks in after it is learned anew by the new tables."""
    await week.tried(of_kind(database, "verse"), then="happy")
    await week.heard_of()
    await fitted()
    [(version, people)] = database.rows("SELECT version, people FROM mend.population_tables ORDER BY 1 DESC LIMIT 1")

    *_, before = week.learned()
    async with services().database.service() as conn:
        await uplift_updates.update_uplift(conn, week.person, KnowledgeReader())
    *_, after = week.learned()

    assert people >= 1
    assert before != after == version


async def test_things_that_go_together_are_known_by_who_took_to_them(
    client_for: ClientFactory, database: Clone
) -> None:
    """With three people who took to both, the one speaks for the other."""
    verse, film = of_kind(database, "verse"), of_kind(database, "film")
    for _ in range(4):
        someone = client_for("recommend")
        await did(someone, verse, "like")
        await did(someone, film, "like")
    await fitted()
    newcomer = Week(client_for, database)
    await newcomer.felt("sad", utc_now())
    await did(newcomer.recommend, verse, "like")
    await newcomer.heard_of()

    feed = await newcomer.feed(mood="sad", kinds="film", limit=20)

    [item] = [item for item in feed["items"] if item["content_id"] == film]
    assert any(term["code"] == "similar_taste" for term in item["terms"])


async def test_what_a_plan_held_counts_as_well(week: Week, database: Clone) -> None:
    """Done within a plan is done, and told once however often its event comes; skipped is skipped."""
    verse, film = of_kind(database, "verse"), of_kind(database, "film")
    plan_id, earlier = uuid4(), utc_now() - HOUR
    done = plan_activity_finished(
        week.person, earlier, plan_id=plan_id, activity_id=uuid4(), content_id=UUID(verse), status="done"
    )
    skipped = plan_activity_finished(
        week.person, earlier, plan_id=plan_id, activity_id=uuid4(), content_id=UUID(film), status="skipped"
    )
    await week.felt("sad", utc_now() - 2 * HOUR)

    await week.heard_of(done, skipped, done)
    await week.felt("happy", utc_now())
    await week.heard_of()

    query = "SELECT content_id::text, kind FROM user_interactions WHERE user_id = %s ORDER BY kind"
    assert database.rows(query, week.person) == [(verse, "complete"), (film, "skip")]
    uplift, taste, *_ = week.learned()
    assert "verse" in str(uplift)
    assert verse in str(taste)
    assert film in str(taste)
