"""How far an estimate from few days may be off."""

from statistics import NormalDist

NORMAL = NormalDist().inv_cdf(0.975)
FIRST = (NORMAL**3 + NORMAL) / 4
SECOND = (5 * NORMAL**5 + 16 * NORMAL**3 + 3 * NORMAL) / 96
THIRD = (3 * NORMAL**7 + 19 * NORMAL**5 + 17 * NORMAL**3 - 15 * NORMAL) / 384


def student_t(freedom: float) -> float:
    """Student's t: so many standard errors either way hold the truth 19 times in 20.

    Cornish and Fisher's expansion, which is 3 % short at two degrees of freedom and exact to 1 % from three on.
    """
    return NORMAL + FIRST / freedom + SECOND / freedom**2 + THIRD / freedom**3
