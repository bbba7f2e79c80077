"""The way from one mood to another, a day at a time, on the circumplex of valence and arousal.

The distance left shrinks evenly from day to day, so that no day leads away from the target. An agitated start turns
the way downwards at first, through calm: a spiral around the target, whose radius is the distance left.
"""

from collections.abc import Iterable, Sequence
from math import acos, atan2, ceil, cos, pi, radians, sin, tan
from typing import NamedTuple

from shared.moods import MOODS, Mood, Point, distance, nearest

MIN_DAYS, MAX_DAYS = 3, 30
DAILY_STEP = 0.35  # how far a mood may be asked to move in a day
TOWARDS_CALM = 2 / 3  # of the angle between the straight way and straight down
STEEPEST = radians(60)
NEGLIGIBLE = 1e-9
PLEASANT = tuple(mood for mood in MOODS.values() if mood.valence > 0)


class Step(NamedTuple):
    """A day's aim, the word for it, and the word for where the day sets out."""

    point: Point
    mood: str
    leaving: str


class Arc(NamedTuple):
    steps: tuple[Step, ...]
    arrives: bool


class TooFar(NamedTuple):
    fewest_days: int
    reachable: str | None  # the pleasant mood nearest to the target that these days do reach


def arc(start: Point, target: Point, days: int) -> Arc:
    """To the target, or as far towards it as that many days go."""
    far = distance(start, target)
    left = max(far - days * DAILY_STEP, 0.0) if far > days * DAILY_STEP + NEGLIGIBLE else 0.0
    turn = _turn(start, target, days)
    angle = atan2(start[1] - target[1], start[0] - target[0])
    ahead = [(days - day) / days for day in range(1, days + 1)]
    points = [_around(target, left + (far - left) * share, angle + turn * (1 - share)) for share in ahead]
    words = _words(start, points, target)
    return Arc(tuple(map(Step, points, words[1:], words)), arrives=left == 0)


def too_far(start: Point, target: Point, days: int) -> TooFar | None:
    if distance(start, target) <= days * DAILY_STEP + NEGLIGIBLE:
        return None
    within = [mood for mood in PLEASANT if distance(start, mood.point) <= days * DAILY_STEP]
    fewest = ceil(distance(start, target) / DAILY_STEP - NEGLIGIBLE)
    return TooFar(fewest, _nearest_of(within, target).name if within else None)


def _words(start: Point, points: Sequence[Point], target: Point) -> list[str]:
    """Where the way sets out, then the nearest words of those it may go by.

    Nobody who is angry is to become guilty first, though it lies between: of the unpleasant moods only the first
    and the last are on the way, and on the pleasant side not even these.
    """
    ends = [nearest(*start), nearest(*target)]
    moods = [*ends, *PLEASANT]
    on_the_way = [_nearest_of(PLEASANT if point[0] > 0 else moods, point) for point in points]
    return [mood.name for mood in (ends[0], *on_the_way)]


def _nearest_of(moods: Iterable[Mood], point: Point) -> Mood:
    return min(moods, key=lambda mood: distance(mood.point, point))


def _turn(start: Point, target: Point, days: int) -> float:
    """How far the way winds around the target: only for the activated and unpleasant, and as the daily step allows."""
    if not start[0] < 0 < start[1]:
        return 0.0
    heading = atan2(target[1] - start[1], target[0] - start[0])
    down = (-pi / 2 - heading + pi) % (2 * pi) - pi
    lean = max(-STEEPEST, min(STEEPEST, TOWARDS_CALM * down))
    widest = _widest_turn(distance(start, target), days)
    return max(-widest, min(widest, -tan(lean)))


def _widest_turn(far: float, days: int) -> float:
    """The turn at which the first step, always the longest, is as long as it may be (by the law of cosines)."""
    straight, next_radius = far / days, far * (1 - 1 / days)
    spare = DAILY_STEP**2 - straight**2
    if spare <= 0 or next_radius == 0:
        return 0.0
    return days * acos(max(1 - spare / (2 * far * next_radius), -1))


def _around(centre: Point, radius: float, angle: float) -> Point:
    return centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)
