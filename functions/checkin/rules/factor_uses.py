"""How often a person uses each factor: its spellings are counted together. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.factors import factor_name

MOST_FACTORS = 200


@dataclass(frozen=True, slots=True)
class CountedFactor:
    factor: str
    count: int
    last_used: date


def count_together(spellings: Iterable[CountedFactor]) -> list[CountedFactor]:
    """The factors, the most used first, from their spellings in that order. The first one stands for the factor."""
    factors: dict[str, CountedFactor] = {}
    for uses in spellings:
        name = factor_name(uses.factor)
        first = factors.get(name)
        factors[name] = _together(first, uses) if first else uses
    newest = sorted(factors.values(), key=lambda uses: (uses.count, uses.last_used), reverse=True)
    return newest[:MOST_FACTORS]


def _together(first: CountedFactor, other: CountedFactor) -> CountedFactor:
    return CountedFactor(first.factor, first.count + other.count, max(first.last_used, other.last_used))
