"""The parts of a day, and how its activities are spread over them."""

from collections.abc import Mapping
from datetime import time
from typing import Literal, TypeAlias

Slot: TypeAlias = Literal["morning", "afternoon", "evening"]

SLOTS: tuple[Slot, ...] = ("morning", "afternoon", "evening")
DEFAULT_TIMES: Mapping[Slot, time] = {"morning": time(8), "afternoon": time(13), "evening": time(19)}
SLOTS_BY_COUNT: Mapping[int, tuple[Slot, ...]] = {  # by the number of activities a day
    1: ("morning",),
    2: ("morning", "evening"),
    3: ("morning", "afternoon", "evening"),
    4: ("morning", "afternoon", "afternoon", "evening"),
    5: ("morning", "morning", "afternoon", "afternoon", "evening"),
}
MAX_PER_DAY = max(SLOTS_BY_COUNT)
LAST_HOUR = 23


def start_times(per_day: int, slot_times: Mapping[Slot, time]) -> tuple[time, ...]:
    """When each activity of a day begins. The second one of a slot begins an hour after the first, on the same day."""
    slots = SLOTS_BY_COUNT[per_day]
    return tuple(_later(slot_times[slot], hours=slots[:position].count(slot)) for position, slot in enumerate(slots))


def _later(start: time, hours: int) -> time:
    return start.replace(hour=min(start.hour + hours, LAST_HOUR))
