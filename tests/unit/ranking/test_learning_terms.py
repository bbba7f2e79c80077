"""Items that must not be learned from are ranked by their fit and their evidence alone."""

from dataclasses import replace
from uuid import UUID

import pytest

from infra.evaluate.world import seeded_random
from shared.ranking.beliefs import beliefs_from
from shared.ranking.candidates import CandidateSet
from shared.ranking.collaborative import SimilarTaste
from shared.ranking.eligibility import Situation, pool_for
from shared.ranking.person_scores import CandidateScorer, PersonKnowledge
from shared.ranking.policy import EXPLORATION_FLOOR, Race, rank
from shared.ranking.population import PooledEffect, Population
from shared.ranking.taste import Taste, with_reaction
from tests.unit.ranking.examples import EVERYONE, catalogue, content, lifted_by

NUMBER = 900
KEY = str(UUID(int=NUMBER))
SONG = content(NUMBER, "music", effect=0.2)._replace(learnable=False)
OWN = catalogue(per_kind=2)
WITH_SONG = CandidateSet("sad", (*OWN.items, SONG), 0.0)


def knowledge_of_the_song() -> PersonKnowledge:
    """Somebody who likes the song, is lifted by it, and resembles others who do; so is everybody."""
    taste = with_reaction(Taste(), KEY, "music", "like", 9.0)
    population = Population(kinds={"music": PooledEffect(0.9, 0.01)}, contents={KEY: PooledEffect(0.9, 0.01)})
    beliefs = beliefs_from(lifted_by("music", 2.0, content_id=KEY), EVERYONE)
    similar = {KEY: SimilarTaste(1.0, 5)}
    return PersonKnowledge(population, beliefs, taste, similar)


def test_its_score_is_that_of_somebody_unknown() -> None:
    """Neither uplift, taste, neighbours nor what everybody else did counts, and it gets no bonus for uncertainty."""
    known, unknown = knowledge_of_the_song(), PersonKnowledge()
    scores = []
    for knowledge in (known, unknown):
        pool = pool_for(WITH_SONG, knowledge.population, Situation(day=9.0))
        scores.append(CandidateScorer(pool, knowledge, 9.0).contender(pool.by_key[KEY]))

    assert scores[0]._replace(item=scores[1].item) == scores[1]
    assert (scores[0].sd, scores[0].mean) == (0.0, scores[0].item.fit + 0.2)


def test_it_is_never_drawn_at_random() -> None:
    """Of 3,000 lists, some places go to items at random. None goes to the song, and its reasons name no learning."""
    lists = [rank(WITH_SONG, UUID(int=number), 5) for number in range(3000)]

    explored = [item.content.id for ranked in lists for item in ranked if item.explore]
    shown = [item for ranked in lists for item in ranked if item.content.id == SONG.id]
    assert len(explored) > 3000 * 5 * EXPLORATION_FLOOR / 2
    assert SONG.id not in explored
    assert {term["code"] for item in shown for term in item.terms} <= {"mood_fit", "evidence", "variety"}


@pytest.mark.parametrize("items", [(SONG,), (SONG, SONG._replace(id=UUID(int=NUMBER + 1), kind="rest"))])
def test_a_catalogue_that_must_not_be_learned_from_is_ranked(items: tuple[object, ...]) -> None:
    """There is nothing to explore, and no estimate is uncertain."""
    ranked = rank(CandidateSet("sad", items, 0.0), UUID(int=1), 5)  # type: ignore[arg-type]

    assert len(ranked) == len(items)
    assert not any(item.explore for item in ranked)
    assert all(0 <= item.propensity <= 1 for item in ranked)


def test_who_hides_it_does_not_see_it() -> None:
    """That is what the person said, and not what was learned."""
    hidden = replace(PersonKnowledge(), taste=Taste().with_hidden([KEY]))

    ranked = rank(WITH_SONG, UUID(int=1), len(WITH_SONG.items), knowledge=hidden)

    assert SONG.id not in {item.content.id for item in ranked}


def test_propensities_of_a_place_add_up_to_one() -> None:
    """The song wins by its value alone; the others also at random."""
    pool = pool_for(WITH_SONG, EVERYONE, Situation(day=9.0))
    scorer = CandidateScorer(pool, PersonKnowledge(), 9.0)
    race = Race(scorer.contenders({}), seeded_random(1))
    learnable = [item for item in pool.by_key.values() if item.content.learnable]
    total = sum((1 - EXPLORATION_FLOOR) * race.win_probability(item) for item in pool.by_key.values())

    assert total + EXPLORATION_FLOOR / len(learnable) * len(learnable) == pytest.approx(1)
