"""Builds lessons: pairs of consecutive moods with what was completed in between. Pure: no clock, no I/O.

A mood is one number, valence times intensity, scaled so that 1 is the standard deviation of a typical person.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.moods import MOODS, Quadrant

POINTS_PER_SD = 3.5  # on the scale from -10 to 10, what counts as 1
LONGEST_GAP = 7 * 24.0


class Window(NamedTuple):
    opens: float  # hours after completion
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
    "writing": Window(12, 72),  # it first stirs feelings up, and helps later
}


LONGEST_WINDOW = max(window.closes for window in WINDOWS.values())  # hours for which a completion still counts


class MoodPoint(NamedTuple):
    at: float  # in hours since any fixed moment
    value: float
    hour: int  # local hour
    weekday: int
    quadrant: Quadrant


class Completion(NamedTuple):
    at: float
    content_id: str
    kind: str
    effect: float = 0.0  # the study prior


class Lesson(NamedTuple):
    """Two moods and what was completed in between. One without completions shows how moods change by themselves."""

    before: MoodPoint
    after: MoodPoint
    done: tuple[Completion, ...] = ()


def mood_value(mood: str, intensity: int) -> float:
    return MOODS[mood].valence * intensity / POINTS_PER_SD


def lesson_between(before: MoodPoint, after: MoodPoint, completed: Sequence[Completion]) -> Lesson | None:
    """The lesson of two consecutive moods, or None where they teach nothing.

    A completion counts only if `after` is the first mood within its window, and `before` precedes the window. A
    content that was completed twice in between counts once. While a window is open but not counted, the pair does
    not show how moods change by themselves, so there is no lesson.
    """
    if after.at - before.at > LONGEST_GAP:
        return None
    running = [done for done in completed if done.at < after.at <= done.at + _window(done).closes]
    counted = {done.content_id: done for done in running if _opens_between(before, done, after)}
    return Lesson(before, after, tuple(counted.values())) if counted or not running else None


def _opens_between(before: MoodPoint, done: Completion, after: MoodPoint) -> bool:
    opened = done.at + _window(done).opens
    return opened <= after.at and (before.at <= done.at or before.at < opened)


def _window(done: Completion) -> Window:
    return WINDOWS.get(done.kind, DEFAULT_WINDOW)
