"""What the profile names as interests, in the lists of many people, from the seeded catalogue."""

from collections import Counter
from uuid import UUID

import pytest

from shared.ranking import Candidate, CandidateSet, PersonKnowledge, Situation, rank
from shared.ranking.person_knowledge import KnowledgeReader, StoredKnowledge
from tests.unit.ranking.examples import catalogue
from tests.unit.ranking.test_why import candidates

PEOPLE = 40
LIMIT = 5
DAY = Situation(day=60.0)
MOODS = ("sad", "anxious", "tired", "angry", "happy", "curious", "relaxed")


def knowing(interests: list[str], of: CandidateSet) -> PersonKnowledge:
    return KnowledgeReader().knowledge_from(StoredKnowledge(interests=interests), of)


def matches(content: Candidate, interests: list[str]) -> bool:
    return not {content.kind, *content.tags}.isdisjoint(interests)


def counts_of_interest(interests: list[str], named: list[str]) -> list[int]:
    """In the lists of many people with some interests, the number of items of these interests."""
    suiting = [of for of in map(candidates, MOODS) if any(matches(each, interests) for each in of.items)]
    return [
        sum(matches(item.content, interests) for item in rank(of, UUID(int=number), LIMIT, DAY, knowing(named, of)))
        for of in suiting
        for number in range(PEOPLE)
    ]


@pytest.mark.parametrize(
    "interests",
    [["film"], ["music"], ["writing"], ["book"], ["spiritual"], ["humour"], ["creative"], ["film", "humour", "music"]],
    ids=" ".join,
)
def test_an_interest_is_felt_and_crowds_nothing_out(interests: list[str]) -> None:
    """About one in five to one in three items of a list are of interest, more than without, and hardly ever most."""
    counts, without = counts_of_interest(interests, interests), counts_of_interest(interests, [])
    share, usual = (sum(each) / len(each) / LIMIT for each in (counts, without))
    print(f"{interests}: {share:.2f} of a list, {usual:.2f} without the interest")  # noqa: T201 - the figures of the bar

    assert 0.15 < share < 0.42
    assert share > usual + 0.05
    assert sum(count > 2 for count in counts) <= 0.1 * len(counts) + sum(count > 2 for count in without)


def test_two_of_five_places_may_go_to_an_interest() -> None:
    """From then on, interests count for nothing, so the terms of further items do not name them."""
    of = catalogue()
    everything = knowing(["breathing", "movement", "music", "nature", "rest", "verse", "writing"], of)

    lists = [rank(of, UUID(int=number), LIMIT, knowledge=everything) for number in range(50)]

    naming = [["taste" in {term["code"] for term in item.terms} for item in ranked] for ranked in lists]
    assert {tuple(each) for each in naming} == {(True, True, False, False, False)}
    assert all(len({item.content.kind for item in ranked}) == LIMIT for ranked in lists)


def test_propensities_are_the_frequencies_with_interests() -> None:
    """Also of the place after the share of interests is reached."""
    of, times = catalogue(per_kind=1), 3000
    knowledge, seen, logged = knowing(["music"], of), Counter[tuple[UUID, ...]](), {}
    for number in range(times):
        places = rank(of, UUID(int=number), 2, knowledge=knowledge)
        ids = tuple(item.content.id for item in places)
        seen[ids] += 1
        logged[ids] = places[0].propensity * places[1].propensity

    for ids, propensity in logged.items():
        assert seen[ids] / times == pytest.approx(propensity, abs=4 * (propensity / times) ** 0.5 + 2e-3)
