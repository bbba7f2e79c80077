"""What there is to learn from: two moods, and what was completed in between. Pure: no clock, no I/O.

A mood is one number: valence times intensity, so that 1 is how far a typical person commonly strays from their own
middle.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.moods import MOODS, Quadrant

POINTS = 3.5  # on the scale from -10 to 10, what counts as 1
LONGEST_GAP = 7 * 24.0


class Window(NamedTuple):
    opens: float  # hours after it was completed
    closes: float


DEFAULT_WINDOW = Window(0, 8)
WINDOWS: Mapping[str, Window] = {
    "breathing": Window(0, 3),
    "mindfulness": Window(0, 4),
    "music": Window(0, 3),
    "movement": Window(0, 6),
    "film": Window(0, 6),
    "connection": Window(0, 12),
    "gratitude": Window(0, 24),
    "rest": Window(0, 12),
    "learning": Window(0, 12),
    "writing": Window(12, 72),  # it stirs up before it settles
}


LONGEST_WINDOW = max(window.closes for window in WINDOWS.values())  # hours back that what was completed still tells


class MoodPoint(NamedTuple):
    at: float  # in hours, from wherever one counts
    value: float
    hour: int  # where the person was
    weekday: int
    quadrant: Quadrant


class Completion(NamedTuple):
    at: float
    content_id: str
    kind: str
    effect: float = 0.0  # what studies let hope for


class Lesson(NamedTuple):
    """Two entries, and what was completed in between; nothing teaches what was to be expected anyway."""

    before: MoodPoint
    after: MoodPoint
    done: tuple[Completion, ...] = ()


def mood_value(mood: str, intensity: int) -> float:
    return MOODS[mood].valence * intensity / POINTS


def lesson_between(before: MoodPoint, after: MoodPoint, completed: Sequence[Completion]) -> Lesson | None:
    """What a mood teaches, after the one that came before it and what was completed within the reach of a window.

    Of a thing it tells only as the first mood within its window: then the one before came before it opened. Done twice,
    or told of twice, it was felt once.
    """
    if after.at - before.at > LONGEST_GAP:
        return None
    running = [done for done in completed if done.at < after.at <= done.at + _window(done).closes]
    told = {done.content_id: done for done in running if _opens_between(before, done, after)}
    return Lesson(before, after, tuple(told.values())) if told or not running else None


def _opens_between(before: MoodPoint, done: Completion, after: MoodPoint) -> bool:
    opened = done.at + _window(done).opens
    return opened <= after.at and (before.at <= done.at or before.at < opened)


def _window(done: Completion) -> Window:
    return WINDOWS.get(done.kind, DEFAULT_WINDOW)
