"""The collaborative part alone, on ratings in the layout of MovieLens 100k: user, item, rating, time, tabs between.

A quarter of each user's ratings is held back, by a fixed seed. To have rated a thing at all counts as having taken to
it, in what is learned and in what is looked for: what people choose tells more of what they will choose than how they
rate it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log2
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

from functions.ranking.rules.similarity import Matrix, nearest_neighbours, similarities
from shared.ranking.collaborative import Neighbour, score_similar

LIST_LENGTH = 10
HELD_BACK = 0.25


class Rating(NamedTuple):
    user: str
    item: str
    rating: float
    at: int


class Scores(NamedTuple):
    ndcg: float
    precision: float
    recall: float


def read(path: Path) -> list[Rating]:
    with path.open(encoding="latin-1") as lines:
        cells = (line.split("\t") for line in lines if line.strip())
        return [Rating(user, item, float(rating), int(at)) for user, item, rating, at in cells]


def split(ratings: Iterable[Rating], seed: int) -> tuple[list[Rating], list[Rating]]:
    by_user: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_user[rating.user].append(rating)
    rng = Random(seed)  # noqa: S311 - a split anyone can repeat
    train: list[Rating] = []
    test: list[Rating] = []
    for theirs in by_user.values():
        rng.shuffle(theirs)
        held = round(HELD_BACK * len(theirs))
        test += theirs[:held]
        train += theirs[held:]
    return train, test


def synthetic(seed: int, users: int = 943, items: int = 1682, count: int = 100_000) -> list[Rating]:
    """As sparse and as skewed as MovieLens 100k, of a few tastes: for where the real file is not at hand."""
    rng = np.random.default_rng(seed)
    tastes, genres = rng.normal(size=(users, 12)), rng.normal(size=(items, 12))
    liking = tastes @ genres.T / np.sqrt(12)
    pull = rng.permutation(-1.1 * np.log(np.arange(items) + 15.0)) + 1.2 * liking
    wanted = np.clip(rng.lognormal(4.2, 0.95, users), 20, 737)
    many = np.round(wanted * count / wanted.sum()).astype(int)
    ratings = []
    for user in range(users):
        chosen = np.argsort(-(pull[user] + rng.gumbel(size=items)))[: many[user]]
        stars = np.clip(np.round(3.5 + liking[user, chosen] + rng.normal(0, 0.8, len(chosen))), 1, 5)
        ratings += [Rating(str(user), str(item), float(star), 0) for item, star in zip(chosen, stars, strict=True)]
    return ratings


def evaluate(ratings: Sequence[Rating], seed: int) -> dict[str, Scores]:
    """Each way of recommending, from best explained to most plain, on the same split."""
    train, test = split(ratings, seed)
    items = {item: place for place, item in enumerate(sorted({rating.item for rating in train}))}
    users = {user: place for place, user in enumerate(sorted({rating.user for rating in train}))}
    taken = np.zeros((len(users), len(items)))
    for rating in train:
        taken[users[rating.user], items[rating.item]] = 1.0
    both = taken.T @ taken
    weights = similarities(both, len(users))
    wanted: dict[str, set[str]] = defaultdict(set)
    for rating in test:
        wanted[rating.user].add(rating.item)
    names = list(items)
    return {
        "served": _scores(wanted, _served_lists(taken, both, users, names)),
        "full matrix": _scores(wanted, _top_lists(taken @ weights, taken, users, names)),
        "popularity": _scores(wanted, _top_lists(np.tile(taken.sum(0), (len(users), 1)), taken, users, names)),
    }


def _served_lists(taken: Matrix, both: Matrix, users: Mapping[str, int], names: Sequence[str]) -> dict[str, list[str]]:
    """By the table and the function that requests are answered with."""
    near: dict[str, list[Neighbour]] = defaultdict(list)
    for neighbour in nearest_neighbours(both, len(users), names):
        near[neighbour.liked_content_id].append(neighbour)
    found = {}
    for user, row in users.items():
        likings = {names[int(place)]: 1.0 for place in np.flatnonzero(taken[row])}
        scores = score_similar(likings, (neighbour for liked in likings for neighbour in near[liked]))
        found[user] = sorted(scores, key=lambda item: -scores[item].score)[:LIST_LENGTH]
    return found


def _top_lists(scores: Matrix, taken: Matrix, users: Mapping[str, int], names: Sequence[str]) -> dict[str, list[str]]:
    best = np.argsort(-np.where(taken > 0, -np.inf, scores), axis=1)[:, :LIST_LENGTH]
    return {user: [names[int(place)] for place in best[row]] for user, row in users.items()}


def _scores(wanted: Mapping[str, set[str]], found: Mapping[str, Sequence[str]]) -> Scores:
    gain = [1 / log2(place + 2) for place in range(LIST_LENGTH)]
    sums = [0.0, 0.0, 0.0]
    for user, items in wanted.items():
        hits = [item in items for item in found.get(user, ())]
        got = sum(g for g, hit in zip(gain, hits, strict=False) if hit)
        sums[0] += got / sum(gain[: len(items)])
        sums[1] += sum(hits) / LIST_LENGTH
        sums[2] += sum(hits) / len(items)
    return Scores(*(total / len(wanted) for total in sums))
