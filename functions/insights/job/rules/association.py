"""An association of a factor with an outcome: its effect, its interval and whether it still holds. Pure."""

from typing import NamedTuple

from shared.confidence_intervals import student_t

ENDING_LEVEL = 0.80  # an insight ends when its interval of this level covers 0


class Association(NamedTuple):
    """One factor at one lag, tested for one outcome."""

    factor: str  # the first of `names`
    names: tuple[str, ...]  # of all copies of the factor, which cannot be told apart
    outcome: str
    lag: int  # 0: the same day; 1: the factor's next day
    unit: float  # what the effect is for: 1 for a tag, the person's own sd for a measure
    effect: float  # in units of the outcome
    effect_sd: float  # in the person's own sd of the outcome
    standard_error: float
    freedom: float  # degrees of freedom of Student's t
    p: float
    adjusted_p: float  # for all that was tried at the same look; found if it is at most the alpha of the look
    n_with: int  # days with the factor; of a measure, days above its mean
    n_without: int
    n_effective: float  # as many independent days would tell as much
    level: float = 0.95  # of the interval; higher for what was selected among many

    @property
    def low(self) -> float:
        return self.interval(self.level)[0]

    @property
    def high(self) -> float:
        return self.interval(self.level)[1]

    def interval(self, level: float) -> tuple[float, float]:
        reach = self.standard_error * student_t(self.freedom, level)
        return self.effect - reach, self.effect + reach

    @property
    def has_ended(self) -> bool:
        """Whether what was found once no longer holds."""
        low, high = self.interval(ENDING_LEVEL)
        return low <= 0 <= high
