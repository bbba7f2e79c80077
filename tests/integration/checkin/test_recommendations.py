"""The recommendations in the answer to a check-in."""

from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from functions.companion.languages import written_language
from shared.labels import LABELS
from shared.ranking.candidates import BEST_PER_KIND, CANDIDATES, ROTATING_PER_KIND, Candidate
from tests.conftest import ADMIN, Client, ClientFactory, Clone
from tests.integration.checkin.diary import checked_in

ANYWHERE = UUID(int=1 << 127)
STORED_LISTS = "SELECT id, mood_entry_id, items FROM recommendations WHERE user_id = %s"
MANY: LiteralString = """
    INSERT INTO content (id, key, kind, title, minutes, effort, fits, leads_valence, leads_arousal, evidence)
    SELECT gen_random_uuid(), 'many ' || n, CASE n % 2 WHEN 0 THEN 'movement' ELSE 'unheard of' END, 'One of many',
           5, 1, '{sad}', 0.5, 0.5, jsonb_build_object('effect', n / 2000.0, 'citation', 'A trial, 2020')
    FROM generate_series(1, 2000) AS n
"""


@pytest.mark.parametrize("mood", ["sad", "anxious", "happy", "tired"])
async def test_five_recommendations_of_five_kinds(me: Client, mood: str) -> None:
    """Kinds differ except for explored items, and each has a title and a length."""
    recommended = (await checked_in(me, mood=mood))["recommendations"]

    assert len(recommended) == 5
    kinds = [item["kind"] for item in recommended if not item["explore"]]
    assert len({item["content_id"] for item in recommended}) == 5
    assert len(set(kinds)) == len(kinds)
    assert all(item["title"] and item["minutes"] > 0 for item in recommended)


async def test_who_has_no_profile_reads_the_language_of_their_device(me: Client, client_for: ClientFactory) -> None:
    """In the answer to a check-in, in its support, and in the feed."""
    german = {"Accept-Language": "de-AT,en;q=0.5"}
    sad = {"mood": "sad", "intensity": 8, "note": "Ich will nicht mehr leben."}

    answer = (await me.post("/", json=sad, headers=german)).json()
    feed = (await client_for("recommend", me.person).get("/", headers=german)).json()

    labels = LABELS.texts("de").kinds.values()
    assert {item["kind_label"] for item in answer["recommendations"] + feed["items"]} <= {*labels}
    assert written_language(answer["support"]["message"]) == "de"
    assert written_language(feed["support"]["message"]) == "de"


async def test_the_terms_add_up_to_the_score(me: Client) -> None:
    """Each recommendation explains its score by terms whose sum is the score."""
    recommended = (await checked_in(me, mood="sad"))["recommendations"]

    for item in recommended:
        assert sum(term["value"] for term in item["terms"]) == pytest.approx(item["score"], abs=1e-9)
        assert all(term["code"] and term["label"] and term["detail"] for term in item["terms"])
        assert item["uncertainty"] > 0


async def test_the_recommendations_are_stored(me: Client, database: Clone) -> None:
    """One list for each check-in, with the `recommendation_id` and the order of the answer."""
    answer = await checked_in(me)

    [(list_id, entry_id, items)] = database.rows(STORED_LISTS, me.person)
    assert {item["recommendation_id"] for item in answer["recommendations"]} == {str(list_id)}
    assert str(entry_id) == answer["mood_id"]
    assert [item["content_id"] for item in items] == [item["content_id"] for item in answer["recommendations"]]
    assert [item["score"] for item in items] == pytest.approx(
        [item["score"] for item in answer["recommendations"]], abs=1e-6
    )


async def test_recommendations_vary(me: Client) -> None:
    """Ten check-ins with the same mood do not all get the same five recommendations."""
    lists = [(await checked_in(me, mood="sad"))["recommendations"] for _ in range(10)]

    assert len({tuple(item["content_id"] for item in recommended) for recommended in lists}) > 1


def candidates_once(database: Clone, change: LiteralString) -> list[Candidate]:
    """The candidates for the mood "sad" after a change of the catalogue, which is rolled back."""
    with psycopg.connect(database.dsn(ADMIN)) as conn, conn.transaction(force_rollback=True):
        conn.execute(change)
        asked = {
            "mood": "sad",
            "best": BEST_PER_KIND,
            "rotating": ROTATING_PER_KIND,
            "rotation_start": ANYWHERE,
            "pictures": "",
        }
        rows = conn.execute(CANDIDATES, asked).fetchall()
    return [Candidate._make(row) for row in rows]


def test_a_large_catalogue_gives_few_candidates(database: Clone) -> None:
    """Candidates are, for each kind, the contents with the best evidence and some others that change over time."""
    found = candidates_once(database, MANY)

    kinds = {content.kind for content in found}
    assert len(found) <= (BEST_PER_KIND + ROTATING_PER_KIND) * len(kinds)
    assert {"movement", "unheard of"} < kinds
    others = [content.effect or 0.0 for content in found if content.kind == "unheard of"]
    assert len(others) > BEST_PER_KIND
    assert sorted(others, reverse=True)[:BEST_PER_KIND] == pytest.approx(
        [number / 2000 for number in range(1999, 1999 - 2 * BEST_PER_KIND, -2)]
    )


def test_own_content_precedes_content_of_providers(database: Clone) -> None:
    """Where neither has evidence, Mend's own content comes first."""
    candidates = candidates_once(
        database,
        """
        INSERT INTO content (id, key, kind, title, minutes, effort, fits, leads_valence, leads_arousal,
                             provider, provider_id)
        SELECT gen_random_uuid(), 'brought ' || n, 'film', 'Brought', 90, 1, '{sad}', 0.5, 0.5, 'tmdb', n
        FROM generate_series(1, 500) AS n
        """,
    )

    own = {content.id for content in candidates_once(database, "SELECT 1") if content.kind == "film"}
    assert own < {content.id for content in candidates if content.kind == "film"}


def test_deleted_content_is_no_candidate(database: Clone) -> None:
    """Content that was deleted from the catalogue is not recommended."""
    candidates = candidates_once(database, "UPDATE content SET deleted_at = now() WHERE kind <> 'rest'")

    assert {content.kind for content in candidates} == {"rest"}
