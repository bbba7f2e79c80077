"""Scores as sums of terms, so that the explanation is the calculation. Pure: no clock, no I/O."""

from collections.abc import Iterable
from functools import lru_cache
from math import dist
from operator import itemgetter
from random import Random
from typing import NamedTuple
from uuid import UUID

from shared.moods import MOODS
from shared.ranking.candidates import Candidates, Content
from shared.ranking.pool import GENTLE_EFFORT, GENTLE_KINDS, WIDEST, wanted

PRIOR_SD = 0.3  # how far one person's gain commonly lies from the average, in mood points of the circumplex
VARIETY = 0.08


class Term(NamedTuple):
    code: str
    label: str
    value: float
    detail: str


class Scored(NamedTuple):
    content: Content
    score: float
    terms: tuple[Term, ...]
    uncertainty: float
    explore: bool


def rank(candidates: Candidates, shown_id: UUID, limit: int, *, gentle: bool = False) -> list[Scored]:
    """The best of the candidates, of as many kinds as there are. `gentle`: for someone who may be in danger."""
    luck = Random(shown_id.int).random  # noqa: S311 - variety, not secrecy
    varied = [(base + (v := luck() * VARIETY), v, c) for base, c in _promising(candidates, limit, gentle=gentle)]
    varied.sort(key=itemgetter(0), reverse=True)
    return [_explained(c, candidates.mood, variety) for _, variety, c in _of_many_kinds(varied, limit)]


@lru_cache(maxsize=128)
def _promising(candidates: Candidates, limit: int, *, gentle: bool) -> tuple[tuple[float, Content], ...]:
    """Those that chance can still bring to the top, with the part of their score that is the same for everyone."""
    pool = [c for c in candidates.items if not gentle or (c.kind in GENTLE_KINDS and c.effort <= GENTLE_EFFORT)]
    scored = sorted(((_fit(c, candidates.mood) + _evidence(c), c) for c in pool), key=itemgetter(0), reverse=True)
    chosen = _of_many_kinds([(base, base, c) for base, c in scored], limit)
    least = min((base for base, _, _ in chosen), default=0.0) - VARIETY
    return tuple(entry for entry in scored if entry[0] >= least)


def _fit(content: Content, mood: str) -> float:
    return 1 - dist((content.leads_valence, content.leads_arousal), wanted(mood)) / WIDEST


def _evidence(content: Content) -> float:
    return content.effect or 0.0


def _of_many_kinds(ordered: Iterable[tuple[float, float, Content]], limit: int) -> list[tuple[float, float, Content]]:
    first: dict[str, tuple[float, float, Content]] = {}
    others = []
    for entry in ordered:
        if entry[2].kind in first:
            others.append(entry)
        else:
            first[entry[2].kind] = entry
            if len(first) == limit:
                return list(first.values())
    return [*first.values(), *others][:limit]


def _explained(content: Content, mood: str, variety: float) -> Scored:
    label = MOODS[mood].label.lower()
    terms = [Term("mood_fit", "Suits how you feel", _fit(content, mood), f"Often leads on from feeling {label}.")]
    if content.effect:
        detail = f"On average, others in studies gained a little: {content.citation}"
        terms.append(Term("evidence", "Backed by studies", _evidence(content), detail))
    terms.append(Term("variety", "A change", variety, "A little chance, so that it is not always the same."))
    return Scored(content, sum(term.value for term in terms), tuple(terms), PRIOR_SD, explore=False)
