"""What a person likes, by what they did with what was shown: counts that fade. Pure: the day is an argument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp2
from typing import Any, NamedTuple

from shared.ranking.kept import brief

HALF_LIFE_DAYS = 30.0
REST_DAYS = 1.0  # the half-life of having had enough
KEPT = 24
WEIGHTS: Mapping[str, float] = {
    "show": 0.0,
    "view": 0.0,
    "start": 0.1,
    "complete": 0.6,
    "save": 0.8,
    "like": 1.0,
    "skip": -0.4,
    "dislike": -1.0,
    "hide": -1.0,
    "unhide": 0.0,
}
FOR_GOOD = frozenset({"hide", "dislike"})
SECOND_THOUGHTS = frozenset({"unhide", "like"})


class Liking(NamedTuple):
    value: float = 0.0
    day: float = 0.0  # when it was last met

    def at(self, day: float) -> float:
        return self.value * exp2(min(self.day - day, 0.0) / HALF_LIFE_DAYS)

    def with_one(self, weight: float, day: float) -> "Liking":
        """A late arrival counts as much as it would have by now."""
        latest = max(day, self.day)
        added = weight * exp2((day - latest) / HALF_LIFE_DAYS)
        return Liking(self.at(latest) + added, latest)


@dataclass(frozen=True, slots=True)
class Taste:
    kinds: Mapping[str, Liking] = field(default_factory=dict)
    contents: Mapping[str, Liking] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Taste":
        """From what `to_json` gave, by way of any JSON."""
        return cls(
            _likings(kept.get("kinds", {})), _likings(kept.get("contents", {})), frozenset(kept.get("hidden", ()))
        )

    def to_json(self) -> dict[str, object]:
        return {"kinds": brief(self.kinds), "contents": brief(self.contents), "hidden": sorted(self.hidden)}

    def with_hidden(self, content_ids: Iterable[str]) -> "Taste":
        return replace(self, hidden=frozenset(content_ids))


def react(taste: Taste, content_id: str, kind: str, reaction: str, day: float) -> Taste:
    """The taste after one more reaction, of `WEIGHTS`; the order they arrive in matters little."""
    hidden, weight = taste.hidden, WEIGHTS[reaction]
    if reaction in FOR_GOOD:
        hidden |= {content_id}
    elif reaction in SECOND_THOUGHTS:
        hidden -= {content_id}
    contents = {**taste.contents, content_id: taste.contents.get(content_id, Liking()).with_one(weight, day)}
    if len(contents) > KEPT:
        others = (key for key in contents if key != content_id)
        del contents[min(others, key=lambda key: _matters(contents[key], day))]
    kinds = taste.kinds
    if weight:
        kinds = {**kinds, kind: kinds.get(kind, Liking()).with_one(weight, day)}
    return Taste(kinds, contents, hidden)


def _matters(liking: Liking, day: float) -> float:
    return abs(liking.at(day)) + weariness(liking.day, day)


def fondness(liking: Liking, day: float) -> float:
    """From -1 to 1, and never quite there."""
    value = liking.at(day)
    return value / (abs(value) + 3)


def weariness(last_seen: float, day: float) -> float:
    """1 for what was seen just now, halved with every day that passes."""
    return exp2(min(last_seen - day, 0.0) / REST_DAYS)


def _likings(kept: Mapping[str, Sequence[float]]) -> dict[str, Liking]:
    return {key: Liking._make(told) for key, told in kept.items()}
