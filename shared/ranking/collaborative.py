"""Scores items by what people with a similar taste liked, from a table of nearest neighbours that a job fills."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

HALF_TRUST_PEOPLE = 50  # who liked both: with so many, half of the similarity counts


class Neighbour(NamedTuple):
    liked_content_id: str  # an item that the person liked
    content_id: str  # an item that the same people tend to like
    similarity: float
    people: int  # who liked both


class SimilarTaste(NamedTuple):
    score: float  # from 0 to 1
    people: int


def score_similar(likings: Mapping[str, float], neighbours: Iterable[Neighbour]) -> dict[str, SimilarTaste]:
    """Score the neighbours of what the person liked, scaled to at most 1 and shrunk where few people liked both."""
    scores: dict[str, float] = defaultdict(float)
    people: dict[str, int] = defaultdict(int)
    for liked_content_id, content_id, similarity, liked_both in neighbours:
        if content_id not in likings:
            scores[content_id] += likings[liked_content_id] * similarity
            people[content_id] += liked_both
    best = max(scores.values(), default=0.0)
    return {
        key: SimilarTaste(score / best * people[key] / (people[key] + HALF_TRUST_PEOPLE), people[key])
        for key, score in scores.items()
        if score > 0
    }
