"""What a check-in is answered with: five things, of different kinds, each with its reasons."""

from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from shared.ranking.candidates import BEST_PER_KIND, CANDIDATES, ROTATING_PER_KIND, Candidate
from tests.conftest import ADMIN, Client, Clone
from tests.integration.checkin.diary import checked_in

ANYWHERE = UUID(int=1 << 127)
SHOWN = "SELECT id, mood_entry_id, items FROM recommendations WHERE user_id = %s"
MANY: LiteralString = """
    INSERT INTO content (id, key, kind, title, minutes, effort, fits, leads_valence, leads_arousal, evidence)
    SELECT gen_random_uuid(), 'many ' || n, CASE n % 2 WHEN 0 THEN 'movement' ELSE 'unheard of' END, 'One of many',
           5, 1, '{sad}', 0.5, 0.5, jsonb_build_object('effect', n / 2000.0, 'citation', 'A trial, 2020')
    FROM generate_series(1, 2000) AS n
"""


@pytest.mark.parametrize("mood", ["sad", "anxious", "happy", "tired"])
async def test_five_things_of_five_kinds(me: Client, mood: str) -> None:
    """No two are alike but what is tried out, and each says what it is and how long it takes."""
    shown = (await checked_in(me, mood=mood))["recommendations"]

    assert len(shown) == 5
    chosen = [each["kind"] for each in shown if not each["explore"]]
    assert len({each["content_id"] for each in shown}) == 5
    assert len(set(chosen)) == len(chosen)
    assert all(each["title"] and each["minutes"] > 0 for each in shown)


async def test_the_terms_add_up_to_the_score(me: Client) -> None:
    """The explanation is the calculation."""
    shown = (await checked_in(me, mood="sad"))["recommendations"]

    for each in shown:
        assert sum(term["value"] for term in each["terms"]) == pytest.approx(each["score"], abs=1e-9)
        assert all(term["code"] and term["label"] and term["detail"] for term in each["terms"])
        assert each["uncertainty"] > 0


async def test_what_was_shown_is_on_record(me: Client, database: Clone) -> None:
    """One list for each check-in, under the id that its answer names, in the order shown."""
    answer = await checked_in(me)

    [(list_id, entry_id, items)] = database.rows(SHOWN, me.person)
    assert {each["recommendation_id"] for each in answer["recommendations"]} == {str(list_id)}
    assert str(entry_id) == answer["mood_id"]
    assert [item["content_id"] for item in items] == [each["content_id"] for each in answer["recommendations"]]
    assert [item["score"] for item in items] == pytest.approx(
        [each["score"] for each in answer["recommendations"]], abs=1e-6
    )


async def test_not_always_the_same_five(me: Client) -> None:
    """Who feels the same ten times is not shown the same ten times."""
    lists = [(await checked_in(me, mood="sad"))["recommendations"] for _ in range(10)]

    assert len({tuple(each["content_id"] for each in shown) for shown in lists}) > 1


def candidates_once(database: Clone, change: LiteralString) -> list[Candidate]:
    """What would be chosen from for someone who is sad, were the catalogue changed."""
    with psycopg.connect(database.dsn(ADMIN)) as conn, conn.transaction(force_rollback=True):
        conn.execute(change)
        asked = {"mood": "sad", "best": BEST_PER_KIND, "rotating": ROTATING_PER_KIND, "rotation_start": ANYWHERE}
        rows = conn.execute(CANDIDATES, asked).fetchall()
    return [Candidate._make(row) for row in rows]


def test_a_large_catalogue_makes_no_large_choice(database: Clone) -> None:
    """Of each kind the few with the best evidence are looked at and some others in turn, and of every kind some."""
    found = candidates_once(database, MANY)

    kinds = {content.kind for content in found}
    assert len(found) <= (BEST_PER_KIND + ROTATING_PER_KIND) * len(kinds)
    assert {"movement", "unheard of"} < kinds
    others = [content.effect or 0.0 for content in found if content.kind == "unheard of"]
    assert len(others) > BEST_PER_KIND
    assert sorted(others, reverse=True)[:BEST_PER_KIND] == pytest.approx(
        [number / 2000 for number in range(1999, 1999 - 2 * BEST_PER_KIND, -2)]
    )


def test_what_providers_brought_stands_behind_our_own(database: Clone) -> None:
    """Where neither has studies to show, what we wrote ourselves is looked at first."""
    found = candidates_once(
        database,
        """
        INSERT INTO content (id, key, kind, title, minutes, effort, fits, leads_valence, leads_arousal,
                             provider, provider_id)
        SELECT gen_random_uuid(), 'brought ' || n, 'film', 'Brought', 90, 1, '{sad}', 0.5, 0.5, 'tmdb', n
        FROM generate_series(1, 500) AS n
        """,
    )

    own = {content.id for content in candidates_once(database, "SELECT 1") if content.kind == "film"}
    assert own < {content.id for content in found if content.kind == "film"}


def test_withdrawn_content_is_no_choice(database: Clone) -> None:
    """What was taken out of the catalogue is not suggested any more."""
    found = candidates_once(database, "UPDATE content SET deleted_at = now() WHERE kind <> 'rest'")

    assert {content.kind for content in found} == {"rest"}
