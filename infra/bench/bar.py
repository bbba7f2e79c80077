"""What was measured, beside what it must reach."""

from typing import NamedTuple


class Bar(NamedTuple):
    what: str
    figure: float
    unit: str
    bar: float
    seen: str
    at_least: bool = False

    @property
    def line(self) -> str:
        held = self.figure >= self.bar if self.at_least else self.figure <= self.bar
        sign = ">=" if self.at_least else "<="
        verdict = "ok  " if held else "MISS"
        return f"{verdict}  {self.what:<58}{self.figure:>8.2f}{self.unit} ({sign} {self.bar})  {self.seen}"
