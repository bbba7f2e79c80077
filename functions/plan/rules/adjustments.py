"""What changes in the days ahead, and how that is said: kindly, without blame, and with nothing piling up.

A day holds one set of activities, whatever happens: days change their aim or their date, and never take on what
another day did not get to. Pure: no clock, no I/O.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import count
from statistics import fmean
from typing import Literal, NamedTuple, TypeAlias

from functions.plan.rules.arc import arc
from shared.moods import MOODS, Point, distance

DayState: TypeAlias = Literal["ahead", "lived", "missed"]  # lived: something of it was done or skipped

OFF_COURSE = 0.5  # further than this from where a day sets out, and from where it leads
CLEARLY = 0.2  # nearer to the target than today's aim
_DAY = timedelta(days=1)


class Day(NamedTuple):
    number: int
    date: date
    aim: Point
    mood: str
    leaving: str
    state: DayState


class Change(NamedTuple):
    code: str
    text: str


class Adaptation(NamedTuple):
    change: Change
    days: tuple[Day, ...]  # all of the plan
    anew: frozenset[int] = frozenset()  # the numbers of those whose activities no longer suit


PAUSED = Change("paused", "Your plan rests. Its days wait for you, and nothing has to be caught up on.")
PAUSED_FOR_CARE = Change(
    "paused_for_care",
    "Your plan rests for now: you come first. If things feel too heavy, there are people you can talk to right away; "
    "you find them under Support. Go on with the plan whenever you like, or not at all.",
)
SPARED = Change("spared", "What you would rather not see has left your plan, and something else has come in its place.")
ENDED = Change("ended", "You ended this plan. What you did stays yours, and you can start another whenever you like.")


def follow_mood(days: Sequence[Day], today: date, felt: Sequence[Point], target: Point) -> Adaptation | None:
    """Where today's moods are off the arc, the days after today start from there."""
    todays = next((day for day in days if day.date == today), None)
    ahead = [day for day in days if day.state == "ahead" and day.date > today]
    if not (todays and ahead and felt):
        return None
    here = fmean(valence for valence, _ in felt), fmean(arousal for _, arousal in felt)
    if min(distance(here, todays.aim), distance(here, MOODS[todays.leaving].point)) <= OFF_COURSE:
        return None
    further = distance(here, target) < distance(todays.aim, target) - CLEARLY
    code, text = (
        ("ahead", "You are further along than we had in mind, and the days ahead go on from where you are.")
        if further
        else ("bent", "Today feels different from what we had in mind, and that is fine. The plan goes on from there.")
    )
    return _bent(days, ahead, here, target, Change(code, text))


def catch_up(days: Sequence[Day], today: date, here: Point | None, target: Point) -> Adaptation | None:
    """Days that went by are missed and stay so; the rest goes on from where the person is, as far as that is known."""
    passed = {day.number for day in days if day.state == "ahead" and day.date < today}
    if not passed:
        return None
    days = [day._replace(state="missed") if day.number in passed else day for day in days]
    ahead = [day for day in days if day.state == "ahead"]
    went = "A day" if len(passed) == 1 else f"{len(passed)} days"
    said = f"{went} went by without the plan, and that is fine: nothing has to be made up for."
    if not ahead:
        return Adaptation(Change("missed", said), tuple(days))
    change = Change("missed", f"{said} The rest goes on from where you are.")
    return _bent(days, ahead, here or _last_walked(days), target, change)


def resume(days: Sequence[Day], today: date) -> Adaptation:
    """The days ahead follow one another from today on, past every day that was lived; none comes sooner than it was."""
    ahead = [day for day in days if day.state == "ahead"]
    taken = {day.date for day in days if day.state != "ahead"}
    first = max(today, min((day.date for day in ahead), default=today))
    free = (date_ for date_ in (first + _DAY * passed for passed in count()) if date_ not in taken)
    moved = [day._replace(date=date_) for day, date_ in zip(ahead, free, strict=False)]
    starts = {today: " today", today + _DAY: " tomorrow"}.get(moved[0].date, "") if moved else ""
    said = f"Good to see you. Your plan goes on{starts}, and nothing has to be caught up on."
    return Adaptation(Change("resumed", said), _with(days, moved))


def _bent(days: Sequence[Day], ahead: Sequence[Day], here: Point, target: Point, change: Change) -> Adaptation:
    way = arc(here, target, len(ahead))
    moved = [
        day._replace(aim=step.point, mood=step.mood, leaving=step.leaving)
        for day, step in zip(ahead, way.steps, strict=True)
    ]
    if not way.arrives:
        change = change._replace(text=f"{change.text} {_how_far(moved[-1])}")
    anew = frozenset(new.number for new, old in zip(moved, ahead, strict=True) if new.leaving != old.leaving)
    return Adaptation(change, _with(days, moved), anew)


def _how_far(last: Day) -> str:
    far = f"as far as {last.mood}" if MOODS[last.mood].valence > 0 else "part of the way"
    return f"The days left lead {far}, which is a good way to have come."


def _last_walked(days: Sequence[Day]) -> Point:
    lived = [day.aim for day in days if day.state == "lived"]
    return lived[-1] if lived else MOODS[days[0].leaving].point


def _with(days: Sequence[Day], changed: Iterable[Day]) -> tuple[Day, ...]:
    by_number = {day.number: day for day in changed}
    return tuple(by_number.get(day.number, day) for day in days)
