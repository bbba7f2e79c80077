"""A person's taste: weighted interactions that decay with a half-life of 30 days. Pure: the day is an argument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp2
from typing import Any, TypeAlias

from shared.ranking.rounding import rounded

HALF_LIFE_DAYS = 30.0
FATIGUE_HALF_LIFE_DAYS = 1.0
NEGLIGIBLE_FATIGUE = 0.01  # less than this counts as none
MAX_CONTENTS = 24
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
HIDING_REACTIONS = frozenset({"hide", "dislike"})
RESTORING_REACTIONS = frozenset({"unhide", "like"})


Liking: TypeAlias = Sequence[float]  # the value, and the day of the last interaction, as JSON gives it
NEVER_MET: Liking = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Taste:
    kinds: Mapping[str, Liking] = field(default_factory=dict)
    contents: Mapping[str, Liking] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Taste":
        """Read what `to_json` wrote."""
        return cls(document.get("kinds", {}), document.get("contents", {}), frozenset(document.get("hidden", ())))

    def to_json(self) -> dict[str, object]:
        return {"kinds": rounded(self.kinds), "contents": rounded(self.contents), "hidden": sorted(self.hidden)}

    def with_hidden(self, content_ids: Iterable[str]) -> "Taste":
        return replace(self, hidden=frozenset(content_ids))


def with_reaction(taste: Taste, content_id: str, kind: str, reaction: str, day: float) -> Taste:
    """The taste after one more reaction (a key of `WEIGHTS`). The order of arrival matters little."""
    hidden, weight = taste.hidden, WEIGHTS[reaction]
    if reaction in HIDING_REACTIONS:
        hidden |= {content_id}
    elif reaction in RESTORING_REACTIONS:
        hidden -= {content_id}
    contents = {**taste.contents, content_id: _with_weight(taste.contents.get(content_id, NEVER_MET), weight, day)}
    if len(contents) > MAX_CONTENTS:
        others = (key for key in contents if key != content_id)
        del contents[min(others, key=lambda key: _relevance(contents[key], day))]
    kinds = taste.kinds
    if weight:
        kinds = {**kinds, kind: _with_weight(kinds.get(kind, NEVER_MET), weight, day)}
    return Taste(kinds, contents, hidden)


def fondness(liking: Liking, day: float) -> float:
    """The liking today, squashed to the open interval from -1 to 1."""
    value = decayed(liking, day)
    return value / (abs(value) + 3)


def fatigue(met_on: float, day: float) -> float:
    """1 for an item met today, halved every day, 0 after a week."""
    value = exp2(min(met_on - day, 0.0) / FATIGUE_HALF_LIFE_DAYS)
    return value if value > NEGLIGIBLE_FATIGUE else 0.0


def _relevance(liking: Liking, day: float) -> float:
    return abs(decayed(liking, day)) + fatigue(liking[1], day)


def decayed(liking: Liking, day: float) -> float:
    value, last_day = liking
    return value * exp2(min(last_day - day, 0.0) / HALF_LIFE_DAYS)


def _with_weight(liking: Liking, weight: float, day: float) -> Liking:
    """Add a weight. A late arrival counts as much as it would count by now."""
    latest = max(day, liking[1])
    return decayed(liking, latest) + weight * exp2((day - latest) / HALF_LIFE_DAYS), latest
