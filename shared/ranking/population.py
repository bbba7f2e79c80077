"""What holds for everyone: the tables a person is compared with, small enough to be read with every ranking."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

GAPS = (
    1.0,
    2.0,
    3.0,
    5.0,
    8.0,
    13.0,
    24.0,
)  # hours between two entries: the longer, the less the one tells of the other
RHO = (0.8, 0.65, 0.55, 0.45, 0.3, 0.2, 0.1, 0.1)
MOOD_VARIANCE = 0.8  # of a person's moods around their own middle


Belief = tuple[float, float]  # mean and variance


class PooledEffect(NamedTuple):
    mean: float
    variance: float
    people: int = 0


@dataclass(frozen=True, eq=False)
class Population:
    """As fitted to everyone, or, as it stands here, what is assumed before there is anyone.

    Effects are what a kind does beyond what studies let hope for; a quadrant's is its difference from the kind's.
    """

    middle: float = 0.2
    middles: float = 0.3  # variances between people: of where their middle lies,
    inertias: float = 0.06  # of how much longer than usual their moods last,
    persons: float = 0.08  # of what a kind does for them;
    contents_within: float = 0.04  # and of what a content does, within its kind
    rho: tuple[float, ...] = RHO  # by gap: how much of a mood is left, and how far from there it then strays
    noise: tuple[float, ...] = tuple(MOOD_VARIANCE * (1 - rho * rho) for rho in RHO)
    hours: tuple[float, ...] = (0.0,) * 8
    weekdays: tuple[float, ...] = (0.0,) * 7
    kinds: Mapping[str, PooledEffect] = field(default_factory=dict)
    quadrants: Mapping[str, Mapping[str, PooledEffect]] = field(default_factory=dict)
    contents: Mapping[str, PooledEffect] = field(default_factory=dict)

    def kind(self, kind: str) -> PooledEffect:
        return self.kinds.get(kind, UNKNOWN_KIND)

    def of_a_person(self, kind: str) -> Belief:
        """What a kind does for somebody of whom nothing is known."""
        everyone = self.kind(kind)
        return everyone.mean, everyone.variance + self.persons

    def quadrant(self, kind: str, quadrant: str) -> PooledEffect:
        return self.quadrants.get(kind, {}).get(quadrant, UNKNOWN_QUADRANT)

    def content(self, content_id: str) -> Belief:
        found = self.contents.get(content_id)
        return found[:2] if found else (0.0, self.contents_within)

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> "Population":
        read = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
        for name in ("kinds", "contents"):
            read[name] = _effects(read.get(name))
        quadrants = read.get("quadrants")
        read["quadrants"] = (
            {kind: _effects(of_kind) for kind, of_kind in quadrants.items()} if isinstance(quadrants, Mapping) else {}
        )
        return cls(**read)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, object]:
        return asdict(self)


UNKNOWN_KIND = PooledEffect(0.0, 0.04)
UNKNOWN_QUADRANT = PooledEffect(0.0, 0.01)


def season(population: Population, hour: int, weekday: int) -> float:
    return population.hours[hour // 3] + population.weekdays[weekday]


def _effects(kept: object) -> dict[str, PooledEffect]:
    return {key: PooledEffect(*value) for key, value in kept.items()} if isinstance(kept, Mapping) else {}
