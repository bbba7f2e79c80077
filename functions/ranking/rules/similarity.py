"""What goes with what, by what the same people took to: EASE (Steck 2019), a regression of every item on all others.

Similarities have a closed form, whose cost is the cube of the number of items: hence a job, and the most used items.
What is served is a table of each item's weightiest neighbours, read by plain Python.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.ranking.collaborative import Neighbour

NEIGHBOURS = 150
DOUBT = 0.5  # for every person, how much a similarity has to overcome
Matrix = NDArray[np.float64]


def similarities(both: Matrix, people: int) -> Matrix:
    """How much having taken to one item (row) speaks for another (column), all else taken into account.

    `both` counts the people who took to the one and the other.
    """
    inverse = np.linalg.inv(_doubtful(both, people))
    weights: Matrix = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def neighbours(both: Matrix, people: int, names: Sequence[str]) -> list[Neighbour]:
    """The table that is served: the weightiest of each item, weighed anew without the rest."""
    weights, doubtful = similarities(both, people), _doubtful(both, people)
    table = []
    for column, name in enumerate(names):
        nearest = np.argsort(-np.abs(weights[:, column]))[:NEIGHBOURS]
        nearest = nearest[nearest != column]
        refitted = np.linalg.solve(doubtful[np.ix_(nearest, nearest)], both[nearest, column])
        for row, similarity in zip(nearest, refitted, strict=True):
            table.append(Neighbour(names[int(row)], name, float(similarity), int(both[row, column])))
    return table


def _doubtful(both: Matrix, people: int) -> Matrix:
    doubtful: Matrix = both + DOUBT * people * np.eye(len(both))
    return doubtful
