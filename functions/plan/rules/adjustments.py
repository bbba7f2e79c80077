"""Adjustments: how the days ahead change, with the reason for it.

A day holds one set of activities. An adjustment changes a day's target or date, and never adds what another day
did not get to. Pure.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import count
from statistics import fmean
from typing import Literal, NamedTuple, NotRequired, TypeAlias, TypedDict

from functions.plan.rules.arc import arc
from shared.moods import MOODS, Point, distance, nearest

DayState: TypeAlias = Literal["upcoming", "started", "missed"]  # started: something of it was done or skipped

OFF_ARC = 0.5  # further than this from where a day starts, and from where it leads
CLEARLY_NEARER = 0.2  # to the target than today's point
ONE_DAY = timedelta(days=1)


class PlannedDay(NamedTuple):
    number: int
    date: date
    point: Point  # where the day is to end
    target: str  # the mood nearest to that point
    from_mood: str
    state: DayState


class ChangeDetails(TypedDict):
    """What the message of a change tells beside its reason. It is stored, and put into words when it is read."""

    missed_days: NotRequired[int]
    days_left: NotRequired[bool]
    resumes: NotRequired[Literal["today", "tomorrow", "later"]]
    leads_to: NotRequired[str | None]  # the pleasant mood short of the target that the days left reach, if any


class ChangeReason(NamedTuple):
    code: str
    details: ChangeDetails = ChangeDetails()


class Adjustment(NamedTuple):
    reason: ChangeReason
    days: tuple[PlannedDay, ...]  # all of the plan
    days_to_refill: frozenset[int] = frozenset()  # numbers of the days that start from another mood than before


PAUSED = ChangeReason("paused")
PAUSED_FOR_CARE = ChangeReason("paused_for_care")
UNWANTED_REMOVED = ChangeReason("unwanted_removed")
ENDED = ChangeReason("ended")
ADJUSTED = ChangeReason("adjusted")
AHEAD_OF_PLAN = ChangeReason("ahead_of_plan")


def follow_mood(days: Sequence[PlannedDay], today: date, moods: Sequence[Point], target: Point) -> Adjustment | None:
    """If the mean of today's moods is off the arc, the upcoming days after today start from it. Otherwise None."""
    current_day = next((day for day in days if day.date == today), None)
    upcoming = [day for day in days if day.state == "upcoming" and day.date > today]
    if not (current_day and upcoming and moods):
        return None
    position = fmean(valence for valence, _ in moods), fmean(arousal for _, arousal in moods)
    if min(distance(position, current_day.point), distance(position, MOODS[current_day.from_mood].point)) <= OFF_ARC:
        return None
    ahead = distance(position, target) < distance(current_day.point, target) - CLEARLY_NEARER
    return _redirected(days, upcoming, position, target, AHEAD_OF_PLAN if ahead else ADJUSTED)


def catch_up(days: Sequence[PlannedDay], today: date, position: Point | None, target: Point) -> Adjustment | None:
    """Mark past days with nothing done as missed, and lead the rest on from the person's position.

    Without a known position the rest goes on from the point of the last started day. None if no day was missed.
    """
    missed = {day.number for day in days if day.state == "upcoming" and day.date < today}
    if not missed:
        return None
    days = [day._replace(state="missed") if day.number in missed else day for day in days]
    upcoming = [day for day in days if day.state == "upcoming"]
    reason = ChangeReason("missed", {"missed_days": len(missed), "days_left": bool(upcoming)})
    if not upcoming:
        return Adjustment(reason, tuple(days))
    return _redirected(days, upcoming, position or _last_started_point(days), target, reason)


def resume(days: Sequence[PlannedDay], today: date) -> Adjustment:
    """Date the upcoming days one after another from today, around the dates of the others. No day moves back."""
    upcoming = [day for day in days if day.state == "upcoming"]
    taken = {day.date for day in days if day.state != "upcoming"}
    first = max(today, min((day.date for day in upcoming), default=today))
    free = (day for day in (first + ONE_DAY * number for number in count()) if day not in taken)
    moved = [day._replace(date=new_date) for day, new_date in zip(upcoming, free, strict=False)]
    next_date = moved[0].date if moved else None
    return Adjustment(ChangeReason("resumed", {"resumes": _when(next_date, today)}), _replaced(days, moved))


def _when(day: date | None, today: date) -> Literal["today", "tomorrow", "later"]:
    return "today" if day == today else "tomorrow" if day == today + ONE_DAY else "later"


def _redirected(
    days: Sequence[PlannedDay], upcoming: Sequence[PlannedDay], position: Point, target: Point, reason: ChangeReason
) -> Adjustment:
    """The upcoming days on a new arc from the position to the target."""
    new_arc = arc(position, target, len(upcoming))
    changed = [
        day._replace(point=step.point, target=step.target, from_mood=step.from_mood)
        for day, step in zip(upcoming, new_arc.steps, strict=True)
    ]
    end = changed[-1].target
    if not new_arc.reaches_target and end != nearest(*target).name:
        reason = reason._replace(details={**reason.details, "leads_to": _pleasant(end)})
    refill = {after.number for after, day in zip(changed, upcoming, strict=True) if after.from_mood != day.from_mood}
    return Adjustment(reason, _replaced(days, changed), frozenset(refill))


def _pleasant(mood: str) -> str | None:
    return mood if MOODS[mood].valence > 0 else None


def _last_started_point(days: Sequence[PlannedDay]) -> Point:
    started = [day.point for day in days if day.state == "started"]
    return started[-1] if started else MOODS[days[0].from_mood].point


def _replaced(days: Sequence[PlannedDay], changed: Iterable[PlannedDay]) -> tuple[PlannedDay, ...]:
    by_number = {day.number: day for day in changed}
    return tuple(by_number.get(day.number, day) for day in days)
