"""Adjustments: how the days ahead change, with the message that says so kindly and without blame.

A day holds one set of activities. An adjustment changes a day's target or date, and never adds what another day
did not get to. Pure.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import count
from statistics import fmean
from typing import Literal, NamedTuple, TypeAlias

from functions.plan.rules.arc import arc
from shared.moods import MOODS, Point, distance

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


class ChangeMessage(NamedTuple):
    code: str
    text: str


class Adjustment(NamedTuple):
    message: ChangeMessage
    days: tuple[PlannedDay, ...]  # all of the plan
    days_to_refill: frozenset[int] = frozenset()  # numbers of the days that start from another mood than before


PAUSED = ChangeMessage("paused", "Your plan rests. Its days wait for you, and nothing has to be caught up on.")
PAUSED_FOR_CARE = ChangeMessage(
    "paused_for_care",
    "Your plan rests for now: you come first. If things feel too heavy, there are people you can talk to right away; "
    "you find them under Support. Go on with the plan whenever you like, or not at all.",
)
UNWANTED_REMOVED = ChangeMessage(
    "unwanted_removed",
    "What you would rather not see has left your plan, and something else has come in its place.",
)
ENDED = ChangeMessage(
    "ended", "You ended this plan. What you did stays yours, and you can start another whenever you like."
)
ADJUSTED = ChangeMessage(
    "adjusted", "Today feels different from what we had in mind, and that is fine. The plan goes on from there."
)
AHEAD_OF_PLAN = ChangeMessage(
    "ahead_of_plan",
    "You are further along than we had in mind, and the days ahead go on from where you are.",
)


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
    number = "A day" if len(missed) == 1 else f"{len(missed)} days"
    text = f"{number} went by without the plan, and that is fine: nothing has to be made up for."
    if not upcoming:
        return Adjustment(ChangeMessage("missed", text), tuple(days))
    message = ChangeMessage("missed", f"{text} The rest goes on from where you are.")
    return _redirected(days, upcoming, position or _last_started_point(days), target, message)


def resume(days: Sequence[PlannedDay], today: date) -> Adjustment:
    """Date the upcoming days one after another from today, around the dates of the others. No day moves back."""
    upcoming = [day for day in days if day.state == "upcoming"]
    taken = {day.date for day in days if day.state != "upcoming"}
    first = max(today, min((day.date for day in upcoming), default=today))
    free = (day for day in (first + ONE_DAY * number for number in count()) if day not in taken)
    moved = [day._replace(date=new_date) for day, new_date in zip(upcoming, free, strict=False)]
    when = {today: " today", today + ONE_DAY: " tomorrow"}.get(moved[0].date, "") if moved else ""
    text = f"Good to see you. Your plan goes on{when}, and nothing has to be caught up on."
    return Adjustment(ChangeMessage("resumed", text), _replaced(days, moved))


def _redirected(
    days: Sequence[PlannedDay], upcoming: Sequence[PlannedDay], position: Point, target: Point, message: ChangeMessage
) -> Adjustment:
    """The upcoming days on a new arc from the position to the target."""
    new_arc = arc(position, target, len(upcoming))
    changed = [
        day._replace(point=step.point, target=step.target, from_mood=step.from_mood)
        for day, step in zip(upcoming, new_arc.steps, strict=True)
    ]
    if not new_arc.reaches_target:
        message = message._replace(text=f"{message.text} {_how_far(changed[-1])}")
    refill = {after.number for after, day in zip(changed, upcoming, strict=True) if after.from_mood != day.from_mood}
    return Adjustment(message, _replaced(days, changed), frozenset(refill))


def _how_far(last: PlannedDay) -> str:
    far = f"as far as {last.target}" if MOODS[last.target].valence > 0 else "part of the way"
    return f"The days left lead {far}, which is a good way to have come."


def _last_started_point(days: Sequence[PlannedDay]) -> Point:
    started = [day.point for day in days if day.state == "started"]
    return started[-1] if started else MOODS[days[0].from_mood].point


def _replaced(days: Sequence[PlannedDay], changed: Iterable[PlannedDay]) -> tuple[PlannedDay, ...]:
    by_number = {day.number: day for day in changed}
    return tuple(by_number.get(day.number, day) for day in days)
