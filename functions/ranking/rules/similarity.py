"""Similarity of items by the people who liked both: EASE (Steck 2019), a ridge regression of each item on all others.

The solution has a closed form, whose cost grows with the cube of the number of items. So a nightly job computes it for
the most liked items. Requests read a table of each item's nearest neighbours.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.ranking.collaborative import Neighbour

MAX_NEIGHBOURS = 150
REGULARISATION = 0.5  # the ridge penalty, for each person
Matrix = NDArray[np.float64]


def similarities(counts: Matrix, people: int) -> Matrix:
    """The weight of one liked item (row) for another (column), given all other items.

    `counts` has the number of people who liked both.
    """
    inverse = np.linalg.inv(_regularised(counts, people))
    weights: Matrix = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def nearest_neighbours(counts: Matrix, people: int, names: Sequence[str]) -> list[Neighbour]:
    """The neighbours with the greatest weights for each item. The weights are fitted again without other items."""
    weights, regularised = similarities(counts, people), _regularised(counts, people)
    table = []
    for column, name in enumerate(names):
        nearest = np.argsort(-np.abs(weights[:, column]))[:MAX_NEIGHBOURS]
        nearest = nearest[nearest != column]
        refitted = np.linalg.solve(regularised[np.ix_(nearest, nearest)], counts[nearest, column])
        for row, similarity in zip(nearest, refitted, strict=True):
            table.append(Neighbour(names[int(row)], name, float(similarity), int(counts[row, column])))
    return table


def _regularised(counts: Matrix, people: int) -> Matrix:
    regularised: Matrix = counts + REGULARISATION * people * np.eye(len(counts))
    return regularised
