"""A measured figure beside the bounds that it has to keep."""

from typing import NamedTuple


class Bar(NamedTuple):
    """Without bounds the figure is only printed."""

    what: str
    figure: float
    low: float | None
    high: float | None
    note: str = ""
    unit: str = ""

    @property
    def held(self) -> bool:
        return (self.low is None or self.figure >= self.low) and (self.high is None or self.figure <= self.high)

    @property
    def line(self) -> str:
        bounds = " and ".join(
            f"{sign} {bound:g}" for sign, bound in ((">=", self.low), ("<=", self.high)) if bound is not None
        )
        verdict = ("ok" if self.held else "MISS") if bounds else ""
        figure = f"{self.figure:>9.3f} {self.unit:<4}"
        return f"{verdict:<6}{self.what:<66}{figure}{f'({bounds})' if bounds else '':<15}{self.note}"
