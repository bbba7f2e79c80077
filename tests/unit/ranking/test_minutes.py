"""The minutes that somebody has at hand."""

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest

from shared.moods import MOODS
from shared.ranking import CandidateSet, PersonKnowledge, Situation, rank, rank_with_longer
from shared.ranking.taste import Taste
from tests.unit.ranking.examples import KINDS, content
from tests.unit.ranking.test_why import candidates

LENGTHS = (2, 3, 5, 5, 8, 10, 20)
SEVEN = CandidateSet("sad", tuple(content(n, kind, minutes=LENGTHS[n]) for n, kind in enumerate(KINDS)), 0.0)


def minutes_of(limit: int, minutes: int, hidden: frozenset[str] = frozenset()) -> list[int]:
    knowledge = PersonKnowledge(taste=Taste(hidden=hidden))
    ranked = rank_with_longer(SEVEN, UUID(int=5), limit, Situation(minutes=minutes), knowledge)
    return [item.content.minutes for item in ranked]


def test_what_fits_comes_first_and_then_the_shortest() -> None:
    """The list is as long as it was asked for, and where all fit, nothing longer is in it."""
    two_fit, none_fits, all_fit = minutes_of(5, 3), minutes_of(2, 1), minutes_of(5, 10)

    assert ({*two_fit[:2]}, sorted(two_fit[2:])) == ({2, 3}, [5, 5, 8])
    assert sorted(none_fits) == [2, 3]
    assert max(all_fit) <= 10


def test_what_somebody_hid_does_not_come_back_as_the_shortest() -> None:
    """The next longer ones are shown in its place."""
    hidden = frozenset(str(each.id) for each in SEVEN.items if each.minutes <= 5)

    assert sorted(minutes_of(2, 3, hidden)) == [8, 10]
    assert minutes_of(2, 3, frozenset(str(each.id) for each in SEVEN.items)) == []


@pytest.mark.parametrize("hour", [3, 9, 15, 21])
@pytest.mark.parametrize("minutes", [1, 3])
def test_no_mood_has_an_empty_list(minutes: int, hour: int) -> None:
    """As many items as without a limit, also for somebody in danger, and each says something different."""
    for mood in sorted(MOODS):
        for gentle in (False, True):
            situation = Situation(hour=hour, minutes=minutes, gentle=gentle)
            ranked = rank_with_longer(candidates(mood), UUID(int=9), 5, situation)

            assert len(ranked) == len(rank(candidates(mood), UUID(int=9), 5, replace(situation, minutes=None))) > 0
            assert len({item.content.id for item in ranked}) == len({item.why for item in ranked}) == len(ranked)


def test_the_propensities_of_the_longer_ones_are_their_frequencies() -> None:
    """Of the place after those that fit, given them."""
    times, seen, logged = 3000, Counter[UUID](), {}
    for number in range(times):
        *_, third = rank_with_longer(SEVEN, UUID(int=number), 4, Situation(minutes=3))[:3]
        seen[third.content.id] += 1
        logged[third.content.id] = third.propensity

    for content_id, propensity in logged.items():
        assert seen[content_id] / times == pytest.approx(propensity, abs=4 * (propensity / times) ** 0.5 + 2e-3)
