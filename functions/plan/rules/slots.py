"""The parts of a day, and how its activities are spread over them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple, TypeAlias

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
MIDNIGHT, ONE_DAY = time(), timedelta(days=1)
STEP = 15  # minutes; a time of a day that has begun is a multiple of it


WORK_BEGINS, NOON, WORK_ENDS = time(5), time(11), time(17)
BEFORE_WORK, AT_WORK, ALL_DAY = 20, 30, 24 * 60  # minutes


class StartTime(NamedTuple):
    """When an activity begins, and the part of the day that this belongs to."""

    at: time
    slot: Slot


def parsed_times(slot_times: Mapping[str, str]) -> dict[Slot, time]:
    return {slot: time.fromisoformat(slot_times[slot]) for slot in SLOTS}


def start_times(per_day: int, slot_times: Mapping[Slot, time]) -> tuple[time, ...]:
    """When each activity of a day begins."""
    return times_of(SLOTS_BY_COUNT[per_day], slot_times)


def times_of(slots: Sequence[Slot], slot_times: Mapping[Slot, time]) -> tuple[time, ...]:
    """When activities in these slots begin. The second one of a slot begins an hour after the first, on one day."""
    return tuple(_later(slot_times[slot], hours=slots[:position].count(slot)) for position, slot in enumerate(slots))


def _later(start: time, hours: int) -> time:
    return start.replace(hour=min(start.hour + hours, LAST_HOUR))


def most_minutes(local: datetime, weekend: Collection[int]) -> int:
    """How long an activity may take that begins then: on a working day, most people have little time before evening."""
    if local.weekday() in weekend or not WORK_BEGINS <= local.time() < WORK_ENDS:
        return ALL_DAY
    return BEFORE_WORK if local.time() < NOON else AT_WORK


def day_times(per_day: int, slot_times: Mapping[Slot, time]) -> tuple[StartTime, ...]:
    return tuple(map(StartTime, start_times(per_day, slot_times), SLOTS_BY_COUNT[per_day]))


def remaining_times(
    per_day: int, slot_times: Mapping[Slot, time], now: time, day_starts_at: time = MIDNIGHT
) -> tuple[StartTime, ...]:
    """The times of a day that has begun. The activities whose times have passed begin soon, an hour after each other,
    if they begin before midnight and the last time of the day. There are fewer than `per_day` if too little of it is
    left. Times before `day_starts_at` are the last ones of the day.
    """

    def since_start(at: time) -> timedelta:
        return (datetime.combine(date.min, at) - datetime.combine(date.min, day_starts_at)) % ONE_DAY

    times = day_times(per_day, slot_times)
    ahead = [each for each in times if since_start(each.at) >= since_start(now)]
    if not ahead:
        return ()
    last = max(each.at for each in times)
    late = _hourly_after(now) if now >= day_starts_at else iter(())
    moved = [at for at, _ in zip(late, range(per_day - len(ahead)), strict=False) if at < last]
    begun = [StartTime(at, _slot_at(at, slot_times, since_start)) for at in moved]
    return tuple(sorted([*ahead, *begun], key=lambda each: since_start(each.at)))


def _hourly_after(now: time) -> Iterator[time]:
    """The next quarter of an hour, and then one time an hour until midnight."""
    first = (now.hour * 60 + now.minute) // STEP * STEP + STEP
    return (time(*divmod(minutes, 60)) for minutes in range(first, 24 * 60, 60))


def _slot_at(at: time, slot_times: Mapping[Slot, time], since_start: Callable[[time], timedelta]) -> Slot:
    """The slot of the day that began last."""
    begun = (slot for slot in SLOTS if since_start(slot_times[slot]) <= since_start(at))
    return max(begun, key=lambda slot: since_start(slot_times[slot]))
