from collections import Counter
from dataclasses import replace
from math import prod
from statistics import fmean
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.evaluate.world import seeded_random
from shared.moods import MOODS
from shared.ranking.beliefs import beliefs_from
from shared.ranking.candidates import Candidate, CandidateSet
from shared.ranking.collaborative import SimilarTaste
from shared.ranking.eligibility import GENTLE_EFFORT, GENTLE_KINDS, NIGHT_MAX_EFFORT, Situation, pool_for
from shared.ranking.person_scores import CandidateScorer, PersonKnowledge
from shared.ranking.policy import EXPLORATION_FLOOR, Race, RankedItem, rank
from shared.ranking.population import PooledEffect, Population
from shared.ranking.taste import WEIGHTS, Taste, with_reaction
from shared.ranking.uplift import PersonSums, with_lesson
from tests.unit.ranking.examples import EVERYONE, KINDS, catalogue, content, lesson, lifted_by

LIMIT = 5
contents = st.builds(
    content,
    st.integers(1, 60),
    st.sampled_from(KINDS),
    effort=st.integers(1, 5),
    minutes=st.integers(1, 60),
    effect=st.none() | st.floats(0, 0.4),
)
catalogues = st.builds(
    lambda mood, items: CandidateSet(mood, tuple(items), 0.0),
    st.sampled_from(sorted(MOODS)),
    st.lists(contents, max_size=30, unique_by=lambda each: each.id),
)
ids = st.integers(1, 60).map(lambda number: str(UUID(int=number)))
reactions = st.lists(st.tuples(ids, st.sampled_from(KINDS), st.sampled_from(sorted(WEIGHTS)), st.floats(0, 9)))
moods = st.floats(-2.5, 2.5)
histories = st.lists(st.tuples(st.sampled_from(KINDS), moods, moods, ids), max_size=15)
situations = st.builds(
    Situation,
    day=st.just(9.0),
    hour=st.integers(0, 23),
    minutes=st.none() | st.integers(1, 60),
    kinds=st.none() | st.frozensets(st.sampled_from(KINDS)),
    target=st.none() | st.sampled_from(sorted(MOODS)),
    gentle=st.booleans(),
)


@st.composite
def people(draw: st.DrawFn) -> PersonKnowledge:
    person, taste = PersonSums(), Taste()
    for moods_and_kind in draw(histories):
        person = with_lesson(person, lesson(*moods_and_kind), EVERYONE)
    for content_id, kind, reaction, day in draw(reactions):
        taste = with_reaction(taste, content_id, kind, reaction, day)
    population = Population(
        kinds={"music": PooledEffect(0.3, 0.02, 40)},
        quadrants={"music": {"unpleasant_calm": PooledEffect(-0.1, 0.01, 40)}},
    )
    near = draw(st.dictionaries(ids, st.builds(SimilarTaste, st.floats(0, 1), st.integers(1, 99)), max_size=4))
    interests = draw(st.frozensets(ids, max_size=20))
    return PersonKnowledge(population, beliefs_from(person, population), taste, near, interests=interests)


@given(catalogues, st.uuids(), situations, people())
def test_the_terms_add_up_to_the_score(
    candidates: CandidateSet, list_id: UUID, situation: Situation, knowledge: PersonKnowledge
) -> None:
    """The values of the terms add up to the score, for any person and situation."""
    for scored in rank(candidates, list_id, LIMIT, situation, knowledge):
        assert sum(term["value"] for term in reversed(scored.terms)) == pytest.approx(scored.score, abs=1e-9)
        assert all(term["label"] and term["detail"] for term in scored.terms)
        assert len({term["code"] for term in scored.terms}) == len(scored.terms)
        assert 0 < scored.propensity <= 1 + 1e-9
        assert scored.uncertainty > 0


@given(catalogues, st.uuids(), situations, people())
def test_a_situation_excludes_items(
    candidates: CandidateSet, list_id: UUID, situation: Situation, knowledge: PersonKnowledge
) -> None:
    """No item is too long, strenuous at night, hidden, repeated or of another kind."""
    ranked = [scored.content for scored in rank(candidates, list_id, LIMIT, situation, knowledge)]

    assert len({each.id for each in ranked}) == len(ranked)
    for each in ranked:
        assert situation.minutes is None or each.minutes <= situation.minutes
        assert situation.kinds is None or each.kind in situation.kinds
        assert each.effort < NIGHT_MAX_EFFORT or situation.hour is None or 6 <= situation.hour < 22
        assert str(each.id) not in knowledge.taste.hidden
        assert not situation.gentle or (each.kind in GENTLE_KINDS and each.effort <= GENTLE_EFFORT)


@given(catalogues, st.uuids(), people())
def test_a_list_is_as_long_and_as_varied_as_it_can_be(
    candidates: CandidateSet, list_id: UUID, knowledge: PersonKnowledge
) -> None:
    """A list has five items, or all there are, of as many kinds as possible. Random places may repeat a kind."""
    left = [each for each in candidates.items if str(each.id) not in knowledge.taste.hidden]

    ranked = rank(candidates, list_id, LIMIT, knowledge=knowledge)

    assert len(ranked) == min(LIMIT, len(left))
    if not any(scored.explore for scored in ranked):
        assert len({scored.content.kind for scored in ranked}) == min(LIMIT, len({each.kind for each in left}))


@given(st.uuids())
def test_a_list_is_reproducible(list_id: UUID) -> None:
    """The id of the list is the only seed."""
    candidates = catalogue()

    assert rank(candidates, list_id, LIMIT) == rank(candidates, list_id, LIMIT)


def test_propensities_are_the_frequencies() -> None:
    """The logged propensities are the frequencies of the first place, and of the second given the first, random
    places included.
    """
    knowledge = PersonKnowledge(beliefs=beliefs_from(lifted_by("music", 1.0, times=6), EVERYONE))
    candidates, times = catalogue(), 4000
    seen: Counter[tuple[UUID, ...]] = Counter()
    logged: dict[tuple[UUID, ...], float] = {}
    for number in range(times):
        first, second = rank(candidates, UUID(int=number), 2, knowledge=knowledge)
        for places in ((first,), (first, second)):
            ids = tuple(scored.content.id for scored in places)
            seen[ids] += 1
            logged[ids] = prod(scored.propensity for scored in places)

    for content_ids, propensity in logged.items():
        assert seen[content_ids] / times == pytest.approx(propensity, abs=4 * (propensity / times) ** 0.5 + 1e-3)
    firsts = [propensity for content_ids, propensity in logged.items() if len(content_ids) == 1]
    unseen = len(candidates.items) - len(firsts)
    never = unseen * EXPLORATION_FLOOR / len(candidates.items)
    assert sum(firsts) + never == pytest.approx(1, abs=1 / times)


@given(people())
def test_the_probabilities_of_a_race_add_up_to_one(knowledge: PersonKnowledge) -> None:
    """The probabilities of the remaining contenders add up to one."""
    candidates = catalogue()
    judge = CandidateScorer(pool_for(candidates, knowledge.population, Situation()), knowledge, 9.0)
    race = Race(judge.contenders(()), seeded_random("race"))
    for _ in range(LIMIT):
        assert sum(race.win_probability(contender.item) for _, contender in race.running.values()) == pytest.approx(1)
        race.remove(race.leader()[0].item.content.kind)


def first_places(knowledge: PersonKnowledge, times: int = 200) -> Counter[str]:
    """Of which kind what comes first is, of so many lists."""
    lists = (rank(catalogue(), uuid4(), LIMIT, knowledge=knowledge) for _ in range(times))
    return Counter(ranked[0].content.kind for ranked in lists)


def test_the_ranking_prefers_what_lifts_the_person() -> None:
    """A kind with a good effect comes first, one with a bad effect does not. Another person's list does not change."""
    person = lifted_by("rest", 1.5)
    for _ in range(20):
        person = with_lesson(person, lesson("nature", -1.0, -2.0), EVERYONE)

    first = first_places(PersonKnowledge(beliefs=beliefs_from(person, EVERYONE)))

    assert first["rest"] > 150
    assert first["nature"] < 10
    assert first_places(PersonKnowledge())["nature"] > 0


def test_disliked_and_hidden_items_are_excluded() -> None:
    """They are not shown at random either, until a later like or unhide."""
    candidates = catalogue(per_kind=1)
    hated, gone = (str(each.id) for each in candidates.items[:2])
    taste = with_reaction(with_reaction(Taste(), hated, "breathing", "dislike", 0.0), gone, "movement", "hide", 0.0)

    def shown(taste: Taste) -> set[str]:
        lists = [rank(candidates, UUID(int=n), LIMIT, knowledge=PersonKnowledge(taste=taste)) for n in range(300)]
        return {str(scored.content.id) for ranked in lists for scored in ranked}

    assert not shown(taste) & {hated, gone}
    assert shown(with_reaction(taste, gone, "movement", "unhide", 1.0)) >= {gone}


def test_a_recent_item_has_a_fatigue_term() -> None:
    """The term says so, and is gone a week later."""
    candidates = catalogue(per_kind=1)
    only = replace(Situation(day=10.0), kinds=frozenset({"music"}))
    song = next(str(each.id) for each in candidates.items if each.kind == "music")
    knowledge = PersonKnowledge(taste=with_reaction(Taste(), song, "music", "view", 10.0))

    now, later = (
        {term["code"]: term["value"] for term in rank(candidates, UUID(int=1), 1, each, knowledge)[0].terms}
        for each in (only, replace(only, day=17.0))
    )

    assert now["fatigue"] < -0.2
    assert "fatigue" not in later


def test_effort_costs_when_tired() -> None:
    """Strenuous items lose value in an exhausted mood, with a term that says why."""
    hard, easy = content(1, "movement", effort=5), content(2, "rest")
    ranked = rank(CandidateSet("exhausted", (hard, easy), 0.0), UUID(int=1), 2)

    effort_penalty = {
        scored.content.kind: [t["value"] for t in scored.terms if t["code"] == "effort"] for scored in ranked
    }
    assert effort_penalty["movement"][0] < 0
    assert effort_penalty["rest"] == []


def explained(knowledge: PersonKnowledge, *kinds: str) -> dict[str, str]:
    ranked = rank(catalogue(per_kind=1), UUID(int=3), 1, Situation(kinds=frozenset(kinds)), knowledge)[0]
    return {term["code"]: term["detail"] for term in ranked.terms}


def test_a_smaller_effect_than_studies_found_is_said_to_be_one() -> None:
    """The term is what comes on top of studies, so it can be below 0 although the person mostly felt better."""
    content = catalogue(per_kind=1).items[0]._replace(effect=0.6)
    given = lesson(content.kind, -1.0, -0.4)
    given = given._replace(done=tuple(each._replace(effect=0.6) for each in given.done))
    person = PersonSums()
    for _ in range(8):
        person = with_lesson(person, given, EVERYONE)
    knowledge = PersonKnowledge(beliefs=beliefs_from(person, EVERYONE))

    [ranked] = rank(CandidateSet("sad", (content,), 0.0), UUID(int=3), 1, Situation(), knowledge)

    [term] = [term for term in ranked.terms if term["code"] == "uplift"]
    assert term["value"] < 0
    assert "8 of 8 times" in term["detail"]
    assert "smaller than studies" in term["detail"]


def test_reasons_have_counts_and_uncertainty() -> None:
    """They give how often, out of how many and how uncertain, and never claim a cause."""
    person = lifted_by("music", 1.5, times=7)
    for _ in range(2):
        person = with_lesson(person, lesson("music", 1.0, -1.5), EVERYONE)

    details = explained(PersonKnowledge(beliefs=beliefs_from(person, EVERYONE)), "music")["uplift"]

    assert "better than could be expected without it 7 of 9 times after music." in details
    assert "larger than studies" in details
    assert "little to go by" in details
    assert "because" not in details


def test_reasons_match_the_situation() -> None:
    """One skip is no habit, a gentle list mentions no bonus, and a target is named."""
    once = with_reaction(Taste(), str(UUID(int=90)), "rest", "skip", 0.0)
    only = Situation(kinds=frozenset({"rest"}), gentle=True, target="calm")

    [ranked] = rank(catalogue(per_kind=1), UUID(int=3), 1, only, PersonKnowledge(taste=once))
    details = {term["code"]: term["detail"] for term in ranked.terms}

    assert "often" not in details["taste"]
    assert "ahead" not in details["variety"]
    assert "calm" in details["mood_fit"]


def test_a_random_item_is_marked() -> None:
    """It has `explore`, a term of its own, and the expected frequency."""
    ranked: list[RankedItem] = []
    for number in range(1000):
        ranked += rank(catalogue(), UUID(int=number), LIMIT)
    tries = [scored for scored in ranked if scored.explore]

    assert len(tries) / len(ranked) == pytest.approx(EXPLORATION_FLOOR, abs=0.01)
    assert all("explore" in {term["code"] for term in scored.terms} for scored in tries)
    assert not any("explore" in {term["code"] for term in scored.terms} for scored in ranked if not scored.explore)


def test_a_gentle_list_has_no_exploration() -> None:
    """For someone in danger only gentle items are shown, without bonus and without random places."""
    ranked = [each for n in range(300) for each in rank(catalogue(), UUID(int=n), LIMIT, Situation(gentle=True))]

    assert not any(scored.explore for scored in ranked)
    assert (
        fmean(term["value"] for each in ranked for term in each.terms if term["code"] == "variety")
        < ranked[0].uncertainty
    )
    assert {scored.content.kind for scored in ranked} <= GENTLE_KINDS


def test_similar_taste_has_a_term() -> None:
    """The term says how often people with a similar taste liked the item."""
    candidates = catalogue(per_kind=1)
    song: Candidate = next(each for each in candidates.items if each.kind == "music")
    details = explained(PersonKnowledge(similar_taste={str(song.id): SimilarTaste(0.8, 31)}), "music")

    assert details["similar_taste"].endswith(": 31.")


def test_without_candidates_the_list_is_empty() -> None:
    """An empty catalogue or a situation that excludes everything is no error."""
    assert rank(CandidateSet("sad", (), 0.0), UUID(int=7), LIMIT) == []
    assert rank(catalogue(), UUID(int=7), LIMIT, Situation(minutes=1)) == []
