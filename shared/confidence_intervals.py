"""Confidence intervals of estimates from small samples."""

from statistics import NormalDist

NORMAL = NormalDist().inv_cdf(0.975)
FIRST = (NORMAL**3 + NORMAL) / 4
SECOND = (5 * NORMAL**5 + 16 * NORMAL**3 + 3 * NORMAL) / 96
THIRD = (3 * NORMAL**7 + 19 * NORMAL**5 + 17 * NORMAL**3 - 15 * NORMAL) / 384


def student_t(freedom: float) -> float:
    """The 97.5 % quantile of Student's t: half the width of a 95 % confidence interval, in standard errors.

    A Cornish-Fisher expansion. It is 3 % too small for two degrees of freedom. From three on, its error is below 1 %.
    """
    return NORMAL + FIRST / freedom + SECOND / freedom**2 + THIRD / freedom**3
