"""Which activities a plan holds: for every place of a day a kind, and of that kind the best that the rules leave.

There are always as many as were asked for: where the catalogue cannot carry all the rules, the softest gives way, and
says so. Pure; all chance comes from the seed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from random import Random
from typing import NamedTuple, TypeAlias
from uuid import UUID

from functions.plan.rules.reasons import (
    EFFORT,
    GAVE_WAY,
    KINDS_OF_A_DAY,
    KINDS_WISHED,
    MINUTES,
    ONCE,
    ONCE_A_DAY,
    REST_OF_A_PRACTICE,
    TIME_OF_DAY,
    Reason,
    reasons,
    suits,
)
from functions.plan.rules.slots import SLOTS, SPREAD, Slot
from shared.ranking.candidates import Candidate

USUAL_MINUTES = 120  # a day, where nobody said how long
SHORT = 5  # minutes kept free for each activity still to be placed
GENTLE, STRENUOUS, HARDEST = 2, 4, 5  # effort
SLOWEST_RISE = 6  # days that the effort takes at least to rise to the hardest
REST_DAYS = 3  # from one time of a practice to the next
WEEK = 7
LUCK = 0.1  # on top of a score: variety between plans
SUITED = 0.1  # for a kind at its time of day
TIED = frozenset(SLOTS)  # tags of what belongs to a part of the day
FAMILIAR = 0.1  # off for each time the kind was there within a week


class Option(NamedTuple):
    content: Candidate
    score: float


class Wishes(NamedTuple):
    per_day: int
    minutes: int | None = None
    kinds: frozenset[str] | None = None
    hidden: frozenset[UUID] = frozenset()


class Place(NamedTuple):
    day: int  # from 1
    days: int
    leaving: str  # the mood the day sets out from
    position: int  # within the day, from 0


class Used(NamedTuple):
    day: int
    position: int
    content_id: UUID
    kind: str
    minutes: int


class Activity(NamedTuple):
    day: int
    position: int
    slot: Slot
    content: Candidate
    reasons: tuple[Reason, ...]


class Chosen(NamedTuple):
    activities: tuple[Activity, ...]
    gave_way: tuple[Reason, ...]


class NothingFits(Exception):
    pass


Lucky: TypeAlias = tuple[float, Candidate]
Offer: TypeAlias = tuple[int, float, Candidate]  # the rules it breaks, less its score, and what it is


def choose(
    places: Iterable[Place],
    options: Mapping[str, Sequence[Option]],
    wishes: Wishes,
    seed: int,
    used: Iterable[Used] = (),
) -> Chosen:
    """An activity for every place, day after day; `options` by the mood that a day sets out from."""
    chooser = _Chooser(options, wishes, seed, used)
    activities = tuple(map(chooser.fill, places))
    return Chosen(activities, tuple(reason for rule, reason in GAVE_WAY.items() if chooser.gave_way & rule))


def replacement(place: Place, options: Sequence[Option], wishes: Wishes, seed: int, used: Sequence[Used]) -> Activity:
    """Something else for a place: nothing that the plan holds already, there or anywhere."""
    others = wishes._replace(hidden=wishes.hidden | {entry.content_id for entry in used})
    elsewhere = [entry for entry in used if (entry.day, entry.position) != (place.day, place.position)]
    return choose([place], {place.leaving: options}, others, seed, elsewhere).activities[0]


def hardest(day: int, days: int) -> int:
    """How much effort a day may ask for: little on the first, the most on the last of a week or more."""
    return GENTLE + (HARDEST - GENTLE) * (day - 1) // max(days - 1, SLOWEST_RISE)


class _Chooser:
    def __init__(
        self, options: Mapping[str, Sequence[Option]], wishes: Wishes, seed: int, used: Iterable[Used]
    ) -> None:
        self._wishes = wishes
        luck = Random(seed)  # noqa: S311 - variety, not secrecy
        self._shelves = {mood: _shelves(options[mood], wishes.hidden, luck) for mood in sorted(options)}
        self._by_day: dict[int, list[Used]] = defaultdict(list)
        self._days_of: dict[int, list[int]] = defaultdict(list)  # by the number of its id, which is sooner looked up
        self._week: tuple[int, Counter[str]] = (0, Counter())
        self.gave_way = 0
        for entry in used:
            self._note(entry)

    def fill(self, place: Place) -> Activity:
        slot = SPREAD[self._wishes.per_day][place.position]
        offer = self._fitting(place, slot) or min(self._offers(place, slot), key=itemgetter(0, 1), default=None)
        if offer is None:
            raise NothingFits
        broken, _, content = offer
        self.gave_way |= broken
        _to_the_end(self._shelves[place.leaving][content.kind], content)
        why = reasons(content, place.leaving, slot, again=content.id.int in self._days_of)
        self._note(Used(place.day, place.position, content.id, content.kind, content.minutes))
        return Activity(place.day, place.position, slot, content, why)

    def _fitting(self, place: Place, slot: Slot) -> Offer | None:
        """What breaks no rule: nearly always there is something, and it is found without weighing up the rest."""
        today = {entry.kind for entry in self._by_day[place.day]}
        lately = self._lately(place.day)
        room, effort = self._room(place.day), hardest(place.day, place.days)
        if slot == "evening":
            effort = min(effort, STRENUOUS - 1)
        best: Offer | None = None
        for kind, shelf in self._shelves[place.leaving].items():
            if kind in today or not self._wished(kind):
                continue
            cost = FAMILIAR * lately[kind] - (SUITED if suits(kind, slot) else 0.0)
            if best and cost - shelf[0][0] >= best[1]:
                continue
            for score, content in shelf:
                fits = content.effort <= effort and content.minutes <= room and _timely(content, slot)
                if fits and not self._repeats(content, place.day):
                    if best is None or cost - score < best[1]:
                        best = 0, cost - score, content
                    break
        return best

    def _offers(self, place: Place, slot: Slot) -> Iterator[Offer]:
        """Of each kind all down to the first that breaks no rule: what comes after it is less promising, or was had."""
        today = {entry.kind for entry in self._by_day[place.day]}
        lately = self._lately(place.day)
        room, effort = self._room(place.day), hardest(place.day, place.days)
        for kind, shelf in self._shelves[place.leaving].items():
            of_kind = (KINDS_OF_A_DAY if kind in today else 0) | (0 if self._wished(kind) else KINDS_WISHED)
            bonus = (SUITED if suits(kind, slot) else 0.0) - FAMILIAR * lately[kind]
            for score, content in shelf:
                if slot == "evening" and content.effort >= STRENUOUS:
                    continue
                broken = EFFORT if content.effort > effort else 0
                broken |= 0 if _timely(content, slot) else TIME_OF_DAY
                over = max(content.minutes - room, 0)  # whatever is too long, the shortest of it
                broken |= MINUTES if over else 0
                broken |= self._repeats(content, place.day)
                yield broken | of_kind, over - score - bonus, content
                if not broken:
                    break

    def _repeats(self, content: Candidate, day: int) -> int:
        if not (days := self._days_of.get(content.id.int)):
            return 0
        nearest = min(abs(day - other) for other in days)
        again = 0 if content.repeatable else ONCE
        soon = REST_OF_A_PRACTICE if nearest < REST_DAYS else 0
        return again | soon | (ONCE_A_DAY if nearest == 0 else 0)

    def _room(self, day: int) -> int:
        """Minutes for the next activity, with a little kept for each that is still to come."""
        entries, per_day = self._by_day[day], self._wishes.per_day
        budget = USUAL_MINUTES if self._wishes.minutes is None else self._wishes.minutes
        kept = min(SHORT, budget // per_day) * (per_day - len(entries) - 1)
        return budget - sum(entry.minutes for entry in entries) - kept

    def _wished(self, kind: str) -> bool:
        return self._wishes.kinds is None or kind in self._wishes.kinds

    def _lately(self, day: int) -> Counter[str]:
        """Kinds of the week up to a day, counted when that day is begun: what it holds itself, another rule sees to."""
        if self._week[0] != day:
            days = range(day - WEEK + 1, day + 1)
            kinds = (entry.kind for other in days if other in self._by_day for entry in self._by_day[other])
            self._week = day, Counter(kinds)
        return self._week[1]

    def _note(self, entry: Used) -> None:
        self._by_day[entry.day].append(entry)
        self._days_of[entry.content_id.int].append(entry.day)


def _timely(content: Candidate, slot: Slot) -> bool:
    return slot in content.tags or TIED.isdisjoint(content.tags)


def _to_the_end(shelf: list[Lucky], content: Candidate) -> None:
    shelf.append(shelf.pop(next(place for place, (_, other) in enumerate(shelf) if other is content)))


def _shelves(options: Sequence[Option], hidden: frozenset[UUID], luck: Random) -> Mapping[str, list[Lucky]]:
    """By kind, the most promising first, with a little chance in it: the same, in whatever order the options came."""
    shelves: dict[str, list[Lucky]] = defaultdict(list)
    for content, score in sorted(options, key=lambda option: option.content.id.int):
        if not hidden or content.id not in hidden:
            shelves[content.kind].append((score + LUCK * luck.random(), content))
    for shelf in shelves.values():
        shelf.sort(key=itemgetter(0), reverse=True)
    return shelves
