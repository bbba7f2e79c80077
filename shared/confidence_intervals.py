"""Student's t and the normal distribution: confidence intervals and p-values of estimates from small samples.

By Wallace's approximation (1959), which can be solved in both directions. From seven degrees of freedom on, its error
is below 1 % as far out as a two-sided p of 0.001. With fewer, its intervals are too wide: by 1 % at three degrees of
freedom, by 4 % at two.
"""

from math import copysign, erfc, exp, log1p, sqrt
from statistics import NormalDist

STANDARD = NormalDist()
NORMAL = STANDARD.inv_cdf(0.975)


def student_t(freedom: float, level: float = 0.95) -> float:
    """Half the width of a confidence interval in standard errors: Student's two-sided quantile."""
    score = STANDARD.inv_cdf((1 + level) / 2) / _stretch(freedom)
    return sqrt(freedom * (exp(score**2 / freedom) - 1))


def normal_score(t: float, freedom: float) -> float:
    """The value that is as extreme in the normal distribution as `t` is in Student's."""
    return copysign(_stretch(freedom) * sqrt(freedom * log1p(t**2 / freedom)), t)


def two_sided_p(t: float, freedom: float) -> float:
    return erfc(abs(normal_score(t, freedom)) / sqrt(2))


def _stretch(freedom: float) -> float:
    return (8 * freedom + 1) / (8 * freedom + 3)
