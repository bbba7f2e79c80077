"""The population tables: what holds for everyone. Small enough to be read with every ranking."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

GAPS = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 24.0)  # hours between two moods: the upper ends of eight classes
RHO = (0.8, 0.65, 0.55, 0.45, 0.3, 0.2, 0.1, 0.1)
MOOD_VARIANCE = 0.8  # of a person's moods around their own level


Belief = tuple[float, float]  # mean and variance


class PooledEffect(NamedTuple):
    mean: float
    variance: float
    people: int = 0


@dataclass(frozen=True, eq=False)
class Population:
    """The fitted tables. The defaults are the assumptions that hold before there are any data.

    The effect of a kind is beyond the study prior. The effect of a quadrant is its difference from the kind's.
    """

    level: float = 0.2  # the mean of people's usual moods
    level_variance: float = 0.3  # between people
    inertia_variance: float = 0.06  # between people, of how much longer than usual their moods last
    person_variance: float = 0.08  # between people, of the effect of a kind
    content_variance: float = 0.04  # between contents of one kind, of their effect
    rho: tuple[float, ...] = RHO  # by gap: the autocorrelation of moods
    noise: tuple[float, ...] = tuple(MOOD_VARIANCE * (1 - rho * rho) for rho in RHO)
    hours: tuple[float, ...] = (0.0,) * 8
    weekdays: tuple[float, ...] = (0.0,) * 7
    kinds: Mapping[str, PooledEffect] = field(default_factory=dict)
    quadrants: Mapping[str, Mapping[str, PooledEffect]] = field(default_factory=dict)
    contents: Mapping[str, PooledEffect] = field(default_factory=dict)

    def kind_effect(self, kind: str) -> PooledEffect:
        return self.kinds.get(kind, UNKNOWN_KIND)

    def person_prior(self, kind: str) -> Belief:
        """The effect of a kind on a person about whom nothing is known."""
        kind_effect = self.kind_effect(kind)
        return kind_effect.mean, kind_effect.variance + self.person_variance

    def quadrant_effect(self, kind: str, quadrant: str) -> PooledEffect:
        return self.quadrants.get(kind, {}).get(quadrant, UNKNOWN_QUADRANT)

    def content_offset(self, content_id: str) -> Belief:
        effect = self.contents.get(content_id)
        return effect[:2] if effect else (0.0, self.content_variance)

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "Population":
        fields = {name: tuple(value) if isinstance(value, list) else value for name, value in document.items()}
        for name in ("kinds", "contents"):
            fields[name] = _effects(fields.get(name))
        quadrants = fields.get("quadrants")
        fields["quadrants"] = (
            {kind: _effects(effects) for kind, effects in quadrants.items()} if isinstance(quadrants, Mapping) else {}
        )
        return cls(**fields)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, object]:
        return asdict(self)


UNKNOWN_KIND = PooledEffect(0.0, 0.04)
UNKNOWN_QUADRANT = PooledEffect(0.0, 0.01)


def season(population: Population, hour: int, weekday: int) -> float:
    return population.hours[hour // 3] + population.weekdays[weekday]


def _effects(document: object) -> dict[str, PooledEffect]:
    return {key: PooledEffect(*value) for key, value in document.items()} if isinstance(document, Mapping) else {}
