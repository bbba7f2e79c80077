"""The arc: the path from one mood to another on the plane of valence and arousal, one step a day. Pure.

The distance that is left shrinks by the same amount every day, so no day leads away from the target. From an unpleasant
and activated start the arc first leads down, through calm: a spiral around the target, whose radius is that distance.
"""

from collections.abc import Iterable, Sequence
from math import acos, atan2, ceil, cos, pi, radians, sin, tan
from typing import NamedTuple

from shared.moods import MOODS, Mood, Point, distance, nearest

MIN_DAYS, MAX_DAYS = 3, 30
DAILY_STEP = 0.35  # how far a mood may be asked to move in a day
TOWARDS_CALM = 2 / 3  # of the angle between the straight line and straight down
STEEPEST = radians(60)
NEGLIGIBLE = 1e-9
PLEASANT = tuple(mood for mood in MOODS.values() if mood.valence > 0)


class Step(NamedTuple):
    """One day: the point where it ends, the mood nearest to that point, and the mood it starts from."""

    point: Point
    target: str
    from_mood: str


class Arc(NamedTuple):
    steps: tuple[Step, ...]
    reaches_target: bool


class TooFar(NamedTuple):
    fewest_days: int
    reachable: str | None  # the pleasant mood nearest to the target that these days reach


def arc(start: Point, target: Point, days: int) -> Arc:
    """The arc to the target, or as far towards it as the days allow."""
    total = distance(start, target)
    left = max(total - days * DAILY_STEP, 0.0) if total > days * DAILY_STEP + NEGLIGIBLE else 0.0
    turn = _turn(start, target, days)
    angle = atan2(start[1] - target[1], start[0] - target[0])
    shares_left = [(days - day) / days for day in range(1, days + 1)]
    points = [_around(target, left + (total - left) * share, angle + turn * (1 - share)) for share in shares_left]
    moods = _moods(start, points, target)
    return Arc(tuple(map(Step, points, moods[1:], moods)), reaches_target=left == 0)


def too_far(start: Point, target: Point, days: int) -> TooFar | None:
    """None if the days suffice, otherwise how many days are needed and which mood these days reach."""
    if distance(start, target) <= days * DAILY_STEP + NEGLIGIBLE:
        return None
    reachable = [mood for mood in PLEASANT if distance(start, mood.point) <= days * DAILY_STEP]
    fewest = ceil(distance(start, target) / DAILY_STEP - NEGLIGIBLE)
    return TooFar(fewest, _nearest_of(reachable, target).name if reachable else None)


def named_goal(mood: str) -> str:
    """The mood that people read as the target of a day. Nobody is to aim for an unpleasant one."""
    return mood if MOODS[mood].valence > 0 else "okay"


def _moods(start: Point, points: Sequence[Point], target: Point) -> list[str]:
    """The mood at the start, then the mood nearest to each point, out of those that an arc may name.

    On the unpleasant side only the moods of the start and the target are named: an angry person is not to aim for
    guilt, although it lies between. On the pleasant side only pleasant moods are named.
    """
    ends = [nearest(*start), nearest(*target)]
    moods = [*ends, *PLEASANT]
    nearest_moods = [_nearest_of(PLEASANT if point[0] > 0 else moods, point) for point in points]
    return [mood.name for mood in (ends[0], *nearest_moods)]


def _nearest_of(moods: Iterable[Mood], point: Point) -> Mood:
    return min(moods, key=lambda mood: distance(mood.point, point))


def _turn(start: Point, target: Point, days: int) -> float:
    """The angle by which the arc turns around the target: 0 unless the start is unpleasant and activated."""
    if not start[0] < 0 < start[1]:
        return 0.0
    heading = atan2(target[1] - start[1], target[0] - start[0])
    down = (-pi / 2 - heading + pi) % (2 * pi) - pi
    lean = max(-STEEPEST, min(STEEPEST, TOWARDS_CALM * down))
    widest = _widest_turn(distance(start, target), days)
    return max(-widest, min(widest, -tan(lean)))


def _widest_turn(total: float, days: int) -> float:
    """The turn at which the first step, always the longest, has the length of a daily step (by the law of cosines)."""
    straight, next_radius = total / days, total * (1 - 1 / days)
    spare = DAILY_STEP**2 - straight**2
    if spare <= 0 or next_radius == 0:
        return 0.0
    return days * acos(max(1 - spare / (2 * total * next_radius), -1))


def _around(centre: Point, radius: float, angle: float) -> Point:
    return centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)
