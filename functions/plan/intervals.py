"""How far an estimate from few days may be off."""

from math import inf
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)
FIRST = (Z**3 + Z) / 4
SECOND = (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96
THIRD = (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384


def student(freedom: float) -> float:
    """Student's t: so many standard errors either way hold the truth 19 times in 20.

    Cornish and Fisher's expansion, which is 3 % short at two degrees of freedom and exact to 1 % from three on.
    """
    return inf if freedom < 2 else Z + FIRST / freedom + SECOND / freedom**2 + THIRD / freedom**3  # noqa: PLR2004 - where it fails
