"""The candidates that a situation allows, with the part of their score that is the same for everyone. Cached."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import dist
from operator import attrgetter
from typing import Any, NamedTuple

from shared.moods import MOODS, Mood, Point
from shared.ranking.candidates import Candidate, CandidateSet
from shared.ranking.conditions import NIGHT_HOURS, Conditions, is_possible
from shared.ranking.population import Belief, Population

FIT_WEIGHT = 0.3
EFFORT_PENALTY = 0.1  # for each step of effort beyond the gentle, when tired
TIRED_AROUSAL = -0.55  # arousal
NIGHT_MAX_EFFORT = 3
NIGHT_MAX_MINUTES = 60  # unless the person names minutes or kinds: a film of two hours would end long after midnight
NOT_AT_NIGHT = frozenset({"outdoors", "lively"})  # tags
HOURS_BY_TAG: Mapping[str, frozenset[int]] = {  # an item with such a tag is shown only at these local hours
    "morning": frozenset(range(5, 12)),
    "evening": frozenset({*range(17, 24), *range(5)}),
}
GENTLE_KINDS = frozenset({"breathing", "connection", "mindfulness", "nature", "rest"})
GENTLE_EFFORT = 2
NOTHING_LEARNED: Belief = (0.0, 0.0)
WIDEST = dist((-1, -1), (1, 1))


@dataclass(frozen=True, slots=True)
class Situation:
    day: float = 0.0  # days since 1970, as taste counts them
    hour: int | None = None  # local hour
    minutes: int | None = None
    kinds: frozenset[str] | None = None
    target: str | None = None
    gentle: bool = False  # for someone who may be in danger
    locale: str = "en"  # of the sentences
    unmet: Conditions = frozenset()  # here and now


class PoolItem(NamedTuple):
    key: str
    content: Candidate
    base: float  # fit + effort penalty + population effect + the study prior
    fit: float
    effort_penalty: float
    population_effect: float
    offset: Belief  # of the content from its kind, in the population


class PoolKind(NamedTuple):
    prior: Belief  # of the effect on a person about whom nothing is known
    quadrant_variance: float  # of the difference that this quadrant makes
    items: tuple[PoolItem, ...]  # best first


class Pool(NamedTuple):
    mood: Mood
    by_key: Mapping[str, PoolItem]
    learnable: frozenset[str]  # keys of the items that may be learned from
    kinds: Mapping[str, PoolKind]
    shared_terms: dict[
        tuple[str, str], tuple[Any, ...]
    ]  # by language and key: the reasons that are the same for everyone, once computed
    target: Mood | None
    gentle: bool


def pool_for(candidates: CandidateSet, population: Population, situation: Situation) -> Pool:
    night = situation.hour in NIGHT_HOURS
    allowed_tags = frozenset(
        tag for tag, hours in HOURS_BY_TAG.items() if situation.hour is None or situation.hour in hours
    )
    return _pool(
        candidates,
        population,
        night,
        allowed_tags,
        situation.gentle,
        situation.minutes,
        situation.kinds,
        situation.target,
        situation.unmet,
    )


@lru_cache(maxsize=128)
def _pool(  # noqa: PLR0913, PLR0917 - the parts of its key
    candidates: CandidateSet,
    population: Population,
    night: bool,  # noqa: FBT001
    allowed_tags: frozenset[str],
    gentle: bool,  # noqa: FBT001
    minutes: int | None,
    kinds: frozenset[str] | None,
    target: str | None,
    unmet: Conditions,
) -> Pool:
    mood = MOODS[candidates.mood]
    target_mood = MOODS[target] if target else None
    goal = target_mood.point if target_mood else helpful_point(candidates.mood)
    by_kind: dict[str, list[Candidate]] = defaultdict(list)
    for content in candidates.items:
        if (
            (not night or (content.effort < NIGHT_MAX_EFFORT and NOT_AT_NIGHT.isdisjoint(content.tags)))
            and (not night or minutes or kinds or content.minutes <= NIGHT_MAX_MINUTES)
            and (HOURS_BY_TAG.keys().isdisjoint(content.tags) or not allowed_tags.isdisjoint(content.tags))
            and is_possible(content, unmet)
            and (not gentle or (content.kind in GENTLE_KINDS and content.effort <= GENTLE_EFFORT))
            and (minutes is None or content.minutes <= minutes)
            and (kinds is None or content.kind in kinds)
        ):
            by_kind[content.kind].append(content)
    pool_kinds = {kind: _kind(kind, contents, mood, goal, population) for kind, contents in by_kind.items()}
    by_key = {item.key: item for kind in pool_kinds.values() for item in kind.items}
    learnable = frozenset(key for key, item in by_key.items() if item.content.learnable)
    return Pool(mood, by_key, learnable, pool_kinds, {}, target_mood, gentle)


def is_tired(mood: Mood) -> bool:
    return mood.valence < 0 and mood.arousal <= TIRED_AROUSAL


def helpful_point(mood: str) -> Point:
    """Where help should lead: to calm from an activated unpleasant mood, to some energy from a low one."""
    valence, arousal = MOODS[mood].point
    if valence > 0:
        return valence, arousal / 2
    return (0.5, -0.5) if arousal > 0 else (0.6, 0.2)


def _kind(kind: str, contents: list[Candidate], mood: Mood, goal: Point, population: Population) -> PoolKind:
    quadrant_effect = population.quadrant_effect(kind, mood.quadrant)
    kind_mean = population.kind_effect(kind).mean + quadrant_effect.mean
    tired = is_tired(mood)
    items = []
    for content in contents:
        key = str(content.id)
        offset = population.content_offset(key) if content.learnable else NOTHING_LEARNED
        fit = FIT_WEIGHT * (1 - dist((content.leads_valence, content.leads_arousal), goal) / WIDEST)
        effort_penalty = -EFFORT_PENALTY * max(content.effort - GENTLE_EFFORT, 0) if tired else 0.0
        population_effect = kind_mean + offset[0] if content.learnable else 0.0
        base = fit + effort_penalty + (content.effect or 0.0) + population_effect
        items.append(PoolItem(key, content, base, fit, effort_penalty, population_effect, offset))
    return PoolKind(
        population.person_prior(kind),
        quadrant_effect.variance,
        tuple(sorted(items, key=attrgetter("base"), reverse=True)),
    )
