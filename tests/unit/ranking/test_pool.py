from uuid import UUID
from weakref import WeakSet

import pytest

from shared.moods import distance
from shared.ranking import Candidate, CandidateSet, Situation
from shared.ranking.conditions import DAYLIGHT, is_possible
from shared.ranking.eligibility import helpful_point, pool_for
from shared.ranking.person_knowledge import KnowledgeReader, StoredKnowledge
from shared.ranking.population import Population

PLACES = ("indoors", "outdoors")


def content(number: int, place: tuple[float, float], effect: float | None = None) -> Candidate:
    return Candidate(
        UUID(int=number), 1, "music", "Something to do", None, 5, 1, *place, None, None, None, effect, "A trial, 2020"
    )


def allowed(situation: Situation, *contents: Candidate) -> list[Candidate]:
    pool = pool_for(CandidateSet("sad", contents, 0), Population(), situation)
    return [item.content for kind in pool.kinds.values() for item in kind.items]


def at(hour: int | None, *contents: Candidate) -> list[Candidate]:
    return allowed(Situation(hour=hour), *contents)


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
def test_fit_prefers_the_helpful_direction(mood: str, better: tuple[float, float], worse: tuple[float, float]) -> None:
    """The best item calms an activated unpleasant mood, adds energy to a low one, and makes a pleasant one calmer."""
    first, second = content(1, better), content(2, worse)

    assert best_first(mood, second, first) == [first, second]
    assert distance(helpful_point(mood), better) < distance(helpful_point(mood), worse)


def test_replaced_candidates_are_freed() -> None:
    """Caches do not keep candidates in memory for ever."""
    alive: WeakSet[CandidateSet] = WeakSet()
    for _ in range(400):
        candidates = CandidateSet("sad", (content(1, (0.5, 0.0)),), 0.0)
        alive.add(candidates)
        KnowledgeReader().knowledge_from(StoredKnowledge(interests=["music"]), candidates)

    assert len(alive) <= 128


def test_evidence_counts() -> None:
    """Of two items with the same fit the one with evidence comes first."""
    other, backed = content(1, (0.5, 0.1)), content(2, (0.5, 0.1), 0.4)

    assert best_first("sad", other, backed) == [backed, other]


def test_items_for_a_part_of_the_day_are_shown_only_then() -> None:
    """Items tagged morning or evening are shown at these hours, or if the hour is unknown."""
    early, late, both, any_time = (
        content(number, (0.5, 0.1))._replace(tags=tags)
        for number, tags in enumerate((("morning",), ("evening",), ("morning", "evening"), ("quiet",)), 1)
    )
    everything = {early, late, both, any_time}

    assert set(at(None, *everything)) == everything
    assert set(at(8, *everything)) == {early, both, any_time}
    assert set(at(15, *everything)) == {any_time}
    assert set(at(21, *everything)) == set(at(3, *everything)) == {late, both, any_time}


def test_strenuous_items_are_excluded_at_night() -> None:
    """At three in the morning effort is limited, at three in the afternoon it is not."""
    brisk, slow = (content(number, (0.5, 0.1))._replace(effort=effort) for number, effort in ((1, 3), (2, 2)))

    assert at(3, brisk, slow) == [slow]
    assert set(at(15, brisk, slow)) == {brisk, slow}


@pytest.mark.parametrize("hour", [22, 0, 3, 5])
def test_outdoor_items_are_excluded_at_night(hour: int) -> None:
    """Items tagged outdoors are not shown at night."""
    inside, outside = (content(number, (0.5, 0.1))._replace(tags=(tag,)) for number, tag in enumerate(PLACES, 1))

    assert at(hour, inside, outside) == [inside]
    assert set(at(21, inside, outside)) == set(at(6, inside, outside)) == {inside, outside}


def test_what_takes_long_is_excluded_at_night_unless_it_is_asked_for() -> None:
    """A film of two hours near midnight keeps a person awake, who may still name minutes or kinds."""
    film, tea = (content(n, (0.5, 0.1))._replace(minutes=minutes) for n, minutes in ((1, 115), (2, 10)))

    assert at(23, film, tea) == [tea]
    assert set(at(20, film, tea)) == {film, tea}
    for asked in (Situation(hour=23, minutes=120), Situation(hour=23, kinds=frozenset({film.kind}))):
        assert set(allowed(asked, film, tea)) == {film, tea}


def test_lively_items_are_excluded_at_night() -> None:
    """Nobody is to find a partner for a game at half past three."""
    game, tea = (content(n, (0.5, 0.1))._replace(tags=(tag,)) for n, tag in ((1, "lively"), (2, "quiet")))

    assert at(3, game, tea) == [tea]
    assert set(at(20, game, tea)) == {game, tea}


def test_trees_are_looked_at_by_day() -> None:
    """Nature out of doors needs light, apart from what belongs to the evening."""
    tree = content(1, (0.5, 0.1))._replace(kind="nature", tags=("outdoors", "quiet"))
    plant = tree._replace(tags=("indoors", "quiet"))
    stars = tree._replace(tags=("outdoors", "evening"))

    assert is_possible(tree, frozenset())
    assert [is_possible(each, frozenset({DAYLIGHT})) for each in (tree, plant, stars)] == [False, True, True]
