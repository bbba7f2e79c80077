"""Choice: which activities a plan holds. Every place gets a kind, and the best of that kind that the rules allow.

Every place is filled. Where the catalogue offers too little to keep all rules, the softest is relaxed, and the answer
names it. Pure: all randomness comes from the seed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from random import Random
from types import MappingProxyType
from typing import NamedTuple, TypeAlias
from uuid import UUID

from functions.plan.rules.reasons import (
    DIFFERENT_KINDS,
    EFFORT,
    MINUTES,
    NO_REPEAT_IN_DAY,
    NO_REPEATS,
    PRACTICE_REST,
    REQUESTED_KINDS,
    RULE_CODES,
    TIME_OF_DAY,
    StoredReason,
    reasons,
    suits,
)
from functions.plan.rules.slots import ALL_DAY, SLOTS, Slot
from shared.ranking.candidates import Candidate
from shared.ranking.conditions import Conditions, is_possible

DEFAULT_MINUTES = 120  # a day, unless the person asks for another number
RESERVED_MINUTES = 5  # for each activity of the day that is still to be placed
GENTLE, STRENUOUS, HARDEST = 2, 4, 5  # effort
MIN_DAYS_OF_RISE = 6  # until a day may ask for the hardest effort
SHORT = 10  # minutes that are no more than what they replace
REST_DAYS = 3  # from one time of a practice to the next
WEEK = 7
RANDOM_BONUS = 0.1  # at most, on top of a score, so that plans differ
TIME_OF_DAY_BONUS = 0.1  # for a kind that suits the slot
RECENT_KIND_COST = 0.1  # for each time the kind was chosen within a week
SLOT_TAGS = frozenset(SLOTS)  # on content that belongs to a part of the day


class Option(NamedTuple):
    content: Candidate
    score: float


class Requirements(NamedTuple):
    """What a person asks of their plan."""

    per_day: int
    minutes: int | None = None
    kinds: frozenset[str] | None = None
    hidden: frozenset[UUID] = frozenset()
    slot_kinds: Mapping[Slot, frozenset[str]] = MappingProxyType({})  # of a theme; a slot without an entry takes all


class Place(NamedTuple):
    day: int  # from 1
    days: int
    from_mood: str  # in which the day starts
    position: int  # within the day, from 0
    slot: Slot
    unmet: Conditions = frozenset()  # then and there
    minutes: int = ALL_DAY  # as many as suit the time


class ExistingActivity(NamedTuple):
    """What the plan already holds."""

    day: int
    position: int
    content_id: UUID
    kind: str
    minutes: int


class ChosenActivity(NamedTuple):
    day: int
    position: int
    slot: Slot
    content: Candidate
    reasons: tuple[StoredReason, ...]


class Choice(NamedTuple):
    activities: tuple[ChosenActivity, ...]
    relaxed_rules: tuple[str, ...]


class NoOption(Exception):
    """No content is left for a place."""


ScoredContent: TypeAlias = tuple[float, Candidate]
Offer: TypeAlias = tuple[int, float, Candidate]  # the bits of the rules it breaks, its cost, and the content


def choose(
    places: Iterable[Place],
    options: Mapping[str, Sequence[Option]],
    requirements: Requirements,
    seed: int,
    existing: Iterable[ExistingActivity] = (),
) -> Choice:
    """Fill every place, day after day. `options` are by the mood in which a day starts. Raises `NoOption`."""
    chooser = _Chooser(options, requirements, seed, existing)
    activities = tuple(map(chooser.fill, places))
    relaxed = tuple(code for rule, code in RULE_CODES.items() if chooser.relaxed & rule)
    return Choice(activities, relaxed)


def choose_replacement(
    place: Place,
    options: Sequence[Option],
    requirements: Requirements,
    seed: int,
    existing: Sequence[ExistingActivity],
) -> ChosenActivity:
    """Fill a place with content that the plan does not hold yet, and that takes no longer. Raises `NoOption`."""
    excluded = requirements._replace(hidden=requirements.hidden | {activity.content_id for activity in existing})
    others = [other for other in existing if (other.day, other.position) != (place.day, place.position)]
    replaced = [other.minutes for other in existing if other not in others]
    place = place._replace(minutes=min(place.minutes, max(SHORT, *replaced)))
    return choose([place], {place.from_mood: options}, excluded, seed, others).activities[0]


def max_effort(day: int, days: int) -> int:
    """The effort a day may ask for: gentle on the first day, the hardest on the last of a week or more."""
    return GENTLE + (HARDEST - GENTLE) * (day - 1) // max(days - 1, MIN_DAYS_OF_RISE)


class _Chooser:
    def __init__(
        self,
        options: Mapping[str, Sequence[Option]],
        requirements: Requirements,
        seed: int,
        existing: Iterable[ExistingActivity],
    ) -> None:
        self._requirements = requirements
        random = Random(seed)  # noqa: S311 - variety, not secrecy
        self._shelves = {mood: _shelves(options[mood], requirements.hidden, random) for mood in sorted(options)}
        self._by_day: dict[int, list[ExistingActivity]] = defaultdict(list)
        self._days_by_content: dict[int, list[int]] = defaultdict(list)  # keyed by `UUID.int`: faster than the UUID
        self._recent: tuple[int, Counter[str]] = (0, Counter())
        self.relaxed = 0
        for activity in existing:
            self._add(activity)

    def fill(self, place: Place) -> ChosenActivity:
        slot = place.slot
        offer = self._best_offer(place, slot) or min(self._offers(place, slot), key=itemgetter(0, 1), default=None)
        if offer is None:
            raise NoOption
        broken, _, content = offer
        self.relaxed |= broken
        _move_to_end(self._shelves[place.from_mood][content.kind], content)
        chosen_for = reasons(content, slot, place.unmet, repeated=content.id.int in self._days_by_content)
        self._add(ExistingActivity(place.day, place.position, content.id, content.kind, content.minutes))
        return ChosenActivity(place.day, place.position, slot, content, chosen_for)

    def _best_offer(self, place: Place, slot: Slot) -> Offer | None:
        """The best that breaks no rule. Faster than `_offers`, and nearly always enough."""
        kinds_today = {activity.kind for activity in self._by_day[place.day]}
        recent = self._recent_kinds(place.day)
        minutes, effort = self._minutes_left(place.day), max_effort(place.day, place.days)
        if slot == "evening":
            effort = min(effort, STRENUOUS - 1)
        best: Offer | None = None
        for kind, shelf in self._shelves[place.from_mood].items():
            if kind in kinds_today or not self._is_requested(kind, slot):
                continue
            cost = RECENT_KIND_COST * recent[kind] - (TIME_OF_DAY_BONUS if suits(kind, slot) else 0.0)
            if best and cost - shelf[0][0] >= best[1]:
                continue
            for score, content in shelf:
                fits = content.effort <= effort and content.minutes <= minutes and _fits_time(content, place)
                if fits and is_possible(content, place.unmet) and not self._repetition(content, place.day):
                    if best is None or cost - score < best[1]:
                        best = 0, cost - score, content
                    break
        return best

    def _offers(self, place: Place, slot: Slot) -> Iterator[Offer]:
        """Of each kind, all content down to the first that breaks no rule: what follows has a lower score."""
        kinds_today = {activity.kind for activity in self._by_day[place.day]}
        recent = self._recent_kinds(place.day)
        minutes, effort = self._minutes_left(place.day), max_effort(place.day, place.days)
        for kind, shelf in self._shelves[place.from_mood].items():
            broken_by_kind = DIFFERENT_KINDS if kind in kinds_today else 0
            broken_by_kind |= 0 if self._is_requested(kind, slot) else REQUESTED_KINDS
            bonus = (TIME_OF_DAY_BONUS if suits(kind, slot) else 0.0) - RECENT_KIND_COST * recent[kind]
            for score, content in shelf:
                if (slot == "evening" and content.effort >= STRENUOUS) or not is_possible(content, place.unmet):
                    continue
                broken = EFFORT if content.effort > effort else 0
                broken |= 0 if _fits_time(content, place) else TIME_OF_DAY
                excess = max(content.minutes - minutes, 0)  # outweighs the score: of too long content the shortest
                broken |= MINUTES if excess else 0
                broken |= self._repetition(content, place.day)
                yield broken | broken_by_kind, excess - score - bonus, content
                if not broken:
                    break

    def _repetition(self, content: Candidate, day: int) -> int:
        """The bits of the rules on repetition that the content would break on this day."""
        if not (days := self._days_by_content.get(content.id.int)):
            return 0
        nearest = min(abs(day - other) for other in days)
        repeat = 0 if content.repeatable else NO_REPEATS
        rest = PRACTICE_REST if nearest < REST_DAYS else 0
        return repeat | rest | (NO_REPEAT_IN_DAY if nearest == 0 else 0)

    def _minutes_left(self, day: int) -> int:
        """Minutes for the next activity, less a reserve for each one after it."""
        activities, per_day = self._by_day[day], self._requirements.per_day
        budget = DEFAULT_MINUTES if self._requirements.minutes is None else self._requirements.minutes
        reserve = min(RESERVED_MINUTES, budget // per_day) * (per_day - len(activities) - 1)
        return budget - sum(activity.minutes for activity in activities) - reserve

    def _is_requested(self, kind: str, slot: Slot) -> bool:
        kinds = self._requirements.slot_kinds.get(slot, self._requirements.kinds)
        return kinds is None or kind in kinds

    def _recent_kinds(self, day: int) -> Counter[str]:
        """Kinds of the week up to a day. Counted once, when the day's first place is filled."""
        if self._recent[0] != day:
            days = range(day - WEEK + 1, day + 1)
            kinds = (activity.kind for other in days if other in self._by_day for activity in self._by_day[other])
            self._recent = day, Counter(kinds)
        return self._recent[1]

    def _add(self, activity: ExistingActivity) -> None:
        self._by_day[activity.day].append(activity)
        self._days_by_content[activity.content_id.int].append(activity.day)


def _fits_time(content: Candidate, place: Place) -> bool:
    in_slot = place.slot in content.tags or SLOT_TAGS.isdisjoint(content.tags)
    return in_slot and content.minutes <= place.minutes


def _move_to_end(shelf: list[ScoredContent], content: Candidate) -> None:
    shelf.append(shelf.pop(next(index for index, (_, other) in enumerate(shelf) if other is content)))


def _shelves(options: Sequence[Option], hidden: frozenset[UUID], random: Random) -> Mapping[str, list[ScoredContent]]:
    """Content by kind, the highest score first, with a random bonus. The order of the options does not matter."""
    shelves: dict[str, list[ScoredContent]] = defaultdict(list)
    for content, score in sorted(options, key=lambda option: option.content.id.int):
        if not hidden or content.id not in hidden:
            shelves[content.kind].append((score + RANDOM_BONUS * random.random(), content))
    for shelf in shelves.values():
        shelf.sort(key=itemgetter(0), reverse=True)
    return shelves
