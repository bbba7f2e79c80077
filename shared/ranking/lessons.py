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


USUAL = Window(0, 8)
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


REACH = LONGEST_GAP + max(window.closes for window in WINDOWS.values())  # hours back that a lesson may need


class Entry(NamedTuple):
    at: float  # in hours, from wherever one counts
    value: float
    hour: int  # where the person was
    weekday: int
    quadrant: Quadrant


class Done(NamedTuple):
    at: float
    content_id: str
    kind: str
    effect: float = 0.0  # what studies let hope for


class Lesson(NamedTuple):
    """Two entries, and what was completed in between; nothing teaches what was to be expected anyway."""

    before: Entry
    after: Entry
    done: tuple[Done, ...] = ()


def mood_value(mood: str, intensity: int) -> float:
    return MOODS[mood].valence * intensity / POINTS


def lessons(entries: Sequence[Entry], completed: Sequence[Done]) -> list[Lesson]:
    """What the last of the entries teaches. Both of the last days, oldest first."""
    *earlier, after = entries
    if not earlier:
        return []
    found: dict[Entry, list[Done]] = {}
    for done in completed:
        opened = done.at + WINDOWS.get(done.kind, USUAL).opens
        before = next((entry for entry in reversed(earlier) if entry.at <= opened), None)
        if before and after.at - before.at <= LONGEST_GAP and _first_within(done, earlier, after):
            found.setdefault(before, []).append(done)
    running = any(done.at < after.at <= done.at + WINDOWS.get(done.kind, USUAL).closes for done in completed)
    if not running and after.at - earlier[-1].at <= LONGEST_GAP:
        return [Lesson(earlier[-1], after)]
    return [Lesson(before, after, tuple(done)) for before, done in found.items()]


def _first_within(done: Done, earlier: Sequence[Entry], after: Entry) -> bool:
    window = WINDOWS.get(done.kind, USUAL)
    opened = done.at + window.opens
    return opened <= after.at <= done.at + window.closes and not any(
        done.at < entry.at and opened <= entry.at for entry in earlier
    )
