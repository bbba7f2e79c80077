"""Measures the collaborative part alone, on ratings in the layout of MovieLens 100k: user, item, rating, time by tabs.

A quarter of each user's ratings is held back, with a fixed seed. Any rating counts as a like, both in training and in
the test: which items people choose predicts their next choices better than their ratings do.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log2
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

from functions.ranking.rules.similarity import Matrix, nearest_neighbours, similarities
from infra.errors import UserError
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
    """Raises `UserError` for a line that is not in the layout, and for a file without ratings."""
    ratings = [_rating(path, number, line) for number, line in enumerate(path.read_text("latin-1").splitlines(), 1)]
    if not ratings:
        raise UserError(f"{path} has no ratings.", "Name a file with a rating in each line.")
    return ratings


def _rating(path: Path, number: int, line: str) -> Rating:
    try:
        user, item, rating, at = line.split("\t")
        return Rating(user, item, float(rating), int(at))
    except ValueError:
        problem = f"{path}, line {number}: not user, item, rating and time with tabs between."
        raise UserError(problem, "Name a file in the layout of u.data of MovieLens 100k.") from None


def split(ratings: Iterable[Rating], seed: int) -> tuple[list[Rating], list[Rating]]:
    by_user: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_user[rating.user].append(rating)
    rng = Random(seed)  # noqa: S311 - repeatable, not secret
    train: list[Rating] = []
    test: list[Rating] = []
    for own_ratings in by_user.values():
        rng.shuffle(own_ratings)
        test_count = round(HELD_BACK * len(own_ratings))
        test += own_ratings[:test_count]
        train += own_ratings[test_count:]
    return train, test


def synthetic(seed: int, users: int = 943, items: int = 1682, count: int = 100_000) -> list[Rating]:
    """Ratings as sparse and as skewed as MovieLens 100k, from a few latent tastes, for runs without the real file."""
    rng = np.random.default_rng(seed)
    tastes, genres = rng.normal(size=(users, 12)), rng.normal(size=(items, 12))
    liking = tastes @ genres.T / np.sqrt(12)
    preference = rng.permutation(-1.1 * np.log(np.arange(items) + 15.0)) + 1.2 * liking
    activity = np.clip(rng.lognormal(4.2, 0.95, users), 20, 737)
    ratings_per_user = np.round(activity * count / activity.sum()).astype(int)
    ratings = []
    for user in range(users):
        chosen = np.argsort(-(preference[user] + rng.gumbel(size=items)))[: ratings_per_user[user]]
        stars = np.clip(np.round(3.5 + liking[user, chosen] + rng.normal(0, 0.8, len(chosen))), 1, 5)
        ratings += [Rating(str(user), str(item), float(star), 0) for item, star in zip(chosen, stars, strict=True)]
    return ratings


def evaluate(ratings: Sequence[Rating], seed: int) -> dict[str, Scores]:
    """The scores of the served table, of the full matrix and of popularity, on the same split."""
    train, test = split(ratings, seed)
    items = {item: place for place, item in enumerate(sorted({rating.item for rating in train}))}
    users = {user: place for place, user in enumerate(sorted({rating.user for rating in train}))}
    liked = np.zeros((len(users), len(items)))
    for rating in train:
        liked[users[rating.user], items[rating.item]] = 1.0
    counts = liked.T @ liked
    weights = similarities(counts, len(users))
    held_back_items: dict[str, set[str]] = defaultdict(set)
    for rating in test:
        held_back_items[rating.user].add(rating.item)
    names = list(items)
    return {
        "served": _scores(held_back_items, _served_lists(liked, counts, users, names)),
        "full matrix": _scores(held_back_items, _top_lists(liked @ weights, liked, users, names)),
        "popularity": _scores(held_back_items, _top_lists(np.tile(liked.sum(0), (len(users), 1)), liked, users, names)),
    }


def _served_lists(
    liked: Matrix, counts: Matrix, users: Mapping[str, int], names: Sequence[str]
) -> dict[str, list[str]]:
    """The lists by the same table and function as in requests."""
    near: dict[str, list[Neighbour]] = defaultdict(list)
    for neighbour in nearest_neighbours(counts, len(users), names):
        near[neighbour.liked_content_id].append(neighbour)
    lists = {}
    for user, row in users.items():
        likings = {names[int(place)]: 1.0 for place in np.flatnonzero(liked[row])}
        scores = score_similar(likings, (neighbour for liked in likings for neighbour in near[liked]))
        lists[user] = sorted(scores, key=lambda item: -scores[item].score)[:LIST_LENGTH]
    return lists


def _top_lists(scores: Matrix, liked: Matrix, users: Mapping[str, int], names: Sequence[str]) -> dict[str, list[str]]:
    best = np.argsort(-np.where(liked > 0, -np.inf, scores), axis=1)[:, :LIST_LENGTH]
    return {user: [names[int(place)] for place in best[row]] for user, row in users.items()}


def _scores(held_back_items: Mapping[str, set[str]], lists: Mapping[str, Sequence[str]]) -> Scores:
    gain = [1 / log2(place + 2) for place in range(LIST_LENGTH)]
    sums = [0.0, 0.0, 0.0]
    for user, items in held_back_items.items():
        hits = [item in items for item in lists.get(user, ())]
        discounted_hits = sum(g for g, hit in zip(gain, hits, strict=False) if hit)
        sums[0] += discounted_hits / sum(gain[: len(items)])
        sums[1] += sum(hits) / LIST_LENGTH
        sums[2] += sum(hits) / len(items)
    return Scores(*(total / len(held_back_items) for total in sums))
