"""The parts of a day, and how its activities are spread over them."""

from collections.abc import Mapping
from datetime import time
from typing import Literal, TypeAlias

Slot: TypeAlias = Literal["morning", "afternoon", "evening"]

SLOTS: tuple[Slot, ...] = ("morning", "afternoon", "evening")
TIMES: Mapping[Slot, time] = {"morning": time(8), "afternoon": time(13), "evening": time(19)}
SPREAD: Mapping[int, tuple[Slot, ...]] = {
    1: ("morning",),
    2: ("morning", "evening"),
    3: ("morning", "afternoon", "evening"),
    4: ("morning", "afternoon", "afternoon", "evening"),
    5: ("morning", "morning", "afternoon", "afternoon", "evening"),
}
MOST_PER_DAY = max(SPREAD)
LAST_HOUR = 23


def starts(per_day: int, times: Mapping[Slot, time]) -> tuple[time, ...]:
    """When each activity of a day begins: the second one of a slot an hour after the first, on the same day."""
    spread = SPREAD[per_day]
    return tuple(_later(times[slot], hours=spread[:place].count(slot)) for place, slot in enumerate(spread))


def _later(at: time, hours: int) -> time:
    return at.replace(hour=min(at.hour + hours, LAST_HOUR))
