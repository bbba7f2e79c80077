"""What a person likes, by what they did with what was shown: counts that fade. Pure: the day is an argument."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

HALF_LIFE_DAYS = 30.0
REST_DAYS = 1.0  # the half-life of having had enough
KEPT = 40
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
    day: float = 0.0
    times: int = 0

    def at(self, day: float) -> float:
        return float(self.value * 2 ** ((self.day - max(day, self.day)) / HALF_LIFE_DAYS))

    def with_one(self, weight: float, day: float) -> "Liking":
        """A late arrival counts as much as it would have by now."""
        latest = max(day, self.day)
        added = weight * 2 ** ((day - latest) / HALF_LIFE_DAYS)
        return Liking(self.at(latest) + added, latest, self.times + 1)


@dataclass(frozen=True, slots=True)
class Taste:
    kinds: Mapping[str, Liking] = field(default_factory=dict)
    contents: Mapping[str, Liking] = field(default_factory=dict)
    seen: Mapping[str, float] = field(default_factory=dict)  # the day each was last met
    hidden: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Taste":
        likings = {part: {k: Liking(*v) for k, v in kept.get(part, {}).items()} for part in ("kinds", "contents")}
        return cls(**likings, seen=kept.get("seen", {}), hidden=frozenset(kept.get("hidden", ())))

    def to_json(self) -> dict[str, object]:
        return {"kinds": self.kinds, "contents": self.contents, "seen": self.seen, "hidden": sorted(self.hidden)}

    def with_hidden(self, content_ids: Iterable[str]) -> "Taste":
        return replace(self, hidden=frozenset(content_ids))


def react(taste: Taste, content_id: str, kind: str, reaction: str, day: float) -> Taste:
    """The taste after one more reaction, of `WEIGHTS`; the order they arrive in matters little."""
    hidden = taste.hidden
    if reaction in FOR_GOOD:
        hidden |= {content_id}
    elif reaction in SECOND_THOUGHTS:
        hidden -= {content_id}
    taste = replace(
        taste,
        hidden=hidden,
        seen=_latest({**taste.seen, content_id: max(day, taste.seen.get(content_id, day))}, KEPT),
    )
    weight = WEIGHTS[reaction]
    if not weight:
        return taste
    contents = {**taste.contents, content_id: taste.contents.get(content_id, Liking()).with_one(weight, day)}
    of_kind = taste.kinds.get(kind, Liking()).with_one(weight, day)
    if len(contents) > KEPT:
        faintest = min(contents, key=lambda key: (key == content_id, abs(contents[key].at(day))))
        del contents[faintest]
    return replace(taste, kinds={**taste.kinds, kind: of_kind}, contents=contents)


def fondness(liking: Liking, day: float) -> float:
    """From -1 to 1, and never quite there."""
    value = liking.at(day)
    return value / (abs(value) + 3)


def weariness(last_seen: float, day: float) -> float:
    """1 for what was seen just now, halved with every day that passes."""
    return float(2 ** ((last_seen - max(day, last_seen)) / REST_DAYS))


def _latest(seen: dict[str, float], keep: int) -> dict[str, float]:
    if len(seen) > keep:
        del seen[min(seen, key=seen.__getitem__)]
    return seen
