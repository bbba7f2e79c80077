from uuid import UUID
from weakref import WeakSet

import pytest

from shared.moods import distance
from shared.ranking import Candidate, CandidateSet, Situation
from shared.ranking.person_knowledge import KnowledgeReader, StoredKnowledge
from shared.ranking.pool import helpful_point, pool_for
from shared.ranking.population import Population

PLACES = ("indoors", "outdoors")


def content(number: int, place: tuple[float, float], effect: float | None = None) -> Candidate:
    return Candidate(
        UUID(int=number), 1, "music", "Something to do", None, 5, 1, *place, None, None, None, effect, "A trial, 2020"
    )


def at(hour: int | None, *contents: Candidate) -> list[Candidate]:
    pool = pool_for(CandidateSet("sad", contents, 0), Population(), Situation(hour=hour))
    return [item.content for kind in pool.kinds.values() for item in kind.items]


def best_first(mood: str, *contents: Candidate) -> list[Candidate]:
    pool = pool_for(CandidateSet(mood, contents, 0), Population(), Situation())
    return [item.content for item in pool.kinds["music"].items]


@pytest.mark.parametrize(
    ("mood", "better", "worse"),
    [
        ("anxious", (0.5, -0.5), (0.7, 0.8)),
        ("sad", (0.6, 0.2), (-0.2, -0.8)),
        ("joyful", (0.9, 0.25), (-0.5, 0.9)),
        ("exhausted", (0.6, 0.2), (0.7, 0.95)),
    ],
)
def test_help_leads_where_a_mood_wants_to_go(
    mood: str, better: tuple[float, float], worse: tuple[float, float]
) -> None:
    """Out of a storm to calm, out of the grey to a little life, and a good mood a step on."""
    first, second = content(1, better), content(2, worse)

    assert best_first(mood, second, first) == [first, second]
    assert distance(helpful_point(mood), better) < distance(helpful_point(mood), worse)


def test_candidates_are_let_go_once_they_are_replaced() -> None:
    """What was worked out from them is forgotten in time, and they with it."""
    alive: WeakSet[CandidateSet] = WeakSet()
    for _ in range(400):
        candidates = CandidateSet("sad", (content(1, (0.5, 0.0)),), 0.0)
        alive.add(candidates)
        KnowledgeReader().knowledge_from(StoredKnowledge(interests=["music"]), candidates, 0.0)

    assert len(alive) <= 128


def test_evidence_counts() -> None:
    """Of two that lead to the same place the one backed by studies comes first."""
    other, backed = content(1, (0.5, 0.1)), content(2, (0.5, 0.1), 0.4)

    assert best_first("sad", other, backed) == [backed, other]


def test_what_belongs_to_a_part_of_the_day_waits_for_it() -> None:
    """Daylight on waking is no help at three in the afternoon, nor an early night; with no hour known all may be."""
    early, late, both, any_time = (
        content(number, (0.5, 0.1))._replace(tags=tags)
        for number, tags in enumerate((("morning",), ("evening",), ("morning", "evening"), ("quiet",)), 1)
    )
    everything = {early, late, both, any_time}

    assert set(at(None, *everything)) == everything
    assert set(at(8, *everything)) == {early, both, any_time}
    assert set(at(15, *everything)) == {any_time}
    assert set(at(21, *everything)) == set(at(3, *everything)) == {late, both, any_time}


def test_nights_are_quiet() -> None:
    """At three nothing asks for more than a little effort; at three in the afternoon it may."""
    brisk, slow = (content(number, (0.5, 0.1))._replace(effort=effort) for number, effort in ((1, 3), (2, 2)))

    assert at(3, brisk, slow) == [slow]
    assert set(at(15, brisk, slow)) == {brisk, slow}


@pytest.mark.parametrize("hour", [22, 0, 3, 5])
def test_nobody_is_sent_out_at_night(hour: int) -> None:
    """Alone in a park at three is no help, above all for somebody in danger."""
    inside, outside = (content(number, (0.5, 0.1))._replace(tags=(tag,)) for number, tag in enumerate(PLACES, 1))

    assert at(hour, inside, outside) == [inside]
    assert set(at(21, inside, outside)) == set(at(6, inside, outside)) == {inside, outside}
