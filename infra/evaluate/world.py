"""A made-up world whose truth is known: people whose moods go their own way, and things that lift some of them.

Moods last and spread as diaries show, help is sought when low, check-ins are missed when lower still, effects are about
as large as trials find them. How far people and contents differ is a choice that decides how much can be learned, and
was made with results in sight: so `mend evaluate` shows a smaller and a larger choice beside it. The ranking is told
none of these numbers.
"""

from dataclasses import dataclass, field
from math import exp
from random import Random
from uuid import UUID

from shared.moods import Quadrant
from shared.ranking import Candidate, CandidateSet
from shared.ranking.lessons import DEFAULT_WINDOW, WINDOWS, Completion, MoodPoint

TRIALS = {"movement": 0.31, "nature": 0.32, "music": 0.27, "breathing": 0.17, "mindfulness": 0.12, "gratitude": 0.09}
KINDS = (*TRIALS, "book", "connection", "film", "learning", "rest", "verse", "writing")
PER_KIND = 16
MOOD_OF: dict[Quadrant, str] = {
    "unpleasant_calm": "sad",
    "unpleasant_activated": "anxious",
    "pleasant_calm": "content",
    "pleasant_activated": "happy",
}
LASTING_HOURS = 4.0
DAY = 24.0
WAKES, SLEEPS = 7, 23
MISSES, MISSES_WHEN_LOW = 0.15, 0.35
LOOKS_AGAIN = 0.25  # soon, though nothing was done
TWO_AT_ONCE = 0.15
OF_WHAT_IS_SHOWN = 0.8
OF_THE_CONTENTS_STUDIED = 0.7


@dataclass(frozen=True)
class Truth:
    """Of what is planted, means and standard deviations, in units of a typical person's spread."""

    usual: float = 0.35  # with what studies let hope for, about what trials of such activities find
    studies: float = 1.0  # how much of that hope is true
    kinds: float = 0.15
    persons: float = 0.5  # how a kind suits a person
    quadrants: float = 0.05
    contents: float = 0.04
    own_contents: float = 0.04
    seek_by_report: bool = True  # help is sought by the mood as reported; else by the mood as it is


LITTLE_HELPS = Truth(usual=0.1, kinds=0.2, persons=0.3, quadrants=0.1, contents=0.1, own_contents=0.15)
PEOPLE_DIFFER = Truth(persons=0.8)
NOTHING_HELPS = Truth(usual=0, studies=0, kinds=0, persons=0, quadrants=0, contents=0, own_contents=0)


def luck_of(*what: object) -> Random:
    return Random(" ".join(map(str, what)))  # noqa: S311 - to be had again, not to be kept secret


class World:
    def __init__(self, seed: int, truth: Truth) -> None:
        luck = luck_of("world", seed)
        self.truth, self.seed = truth, seed
        self.contents = tuple(_content(kind, luck) for kind in KINDS for _ in range(PER_KIND))
        self.kinds = {kind: luck.gauss(truth.usual, truth.kinds) for kind in KINDS}
        self.quadrants = {(kind, q): luck.gauss(0, truth.quadrants) for kind in KINDS for q in MOOD_OF}
        self.offsets = {str(content.id): luck.gauss(0, truth.contents) for content in self.contents}
        self.popular = {kind: luck.gauss(0, 0.4) for kind in KINDS}
        self.hours = tuple(luck.gauss(0, 0.15) for _ in range(8))
        self.weekdays = tuple(luck.gauss(0, 0.1) for _ in range(7))
        self.candidates = {q: CandidateSet(mood, self.contents, 0.0) for q, mood in MOOD_OF.items()}

    def person(self, number: int) -> "Human":
        return Human(self, number)


class Human:
    def __init__(self, world: World, number: int) -> None:
        luck = luck_of("person", world.seed, number)
        truth = world.truth
        self.world, self.number = world, number
        self.middle = luck.gauss(0.2, 0.5)
        self.lasting = min(max(luck.gauss(0.5, 0.1), 0.2), 0.8)
        self.spread = 0.9 * exp(luck.gauss(0, 0.15))
        self.blur = 0.25  # of a report
        self.suits = {kind: luck.gauss(0, truth.persons) for kind in KINDS}
        self.own = {str(content.id): luck.gauss(0, truth.own_contents) for content in world.contents}
        self.appeal = {kind: world.popular[kind] + luck.gauss(0, 0.4) for kind in KINDS}

    def kind_uplift(self, kind: str) -> float:
        return self.world.kinds[kind] + self.suits[kind]

    def uplift(self, content: Candidate, quadrant: Quadrant) -> float:
        """The truth."""
        key, kind, world = str(content.id), content.kind, self.world
        of_kind = self.kind_uplift(kind) + world.quadrants[kind, quadrant]
        return of_kind + world.offsets[key] + self.own[key] + world.truth.studies * (content.effect or 0.0)


@dataclass
class Life:
    """The hours of a human, one reported check-in after the other."""

    human: Human
    at: float = 9.0
    strayed: float = 0.0  # from the middle, season aside
    due: list[tuple[Completion, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.luck = luck_of("life", self.human.world.seed, self.human.number)

    def next_entry(self, *, soon: bool) -> MoodPoint:
        """The next check-in that is not missed: people miss more of them when they feel low."""
        human, luck = self.human, self.luck
        while True:
            self._pass_time(luck.uniform(0.5, 3) if soon or luck.random() < LOOKS_AGAIN else luck.uniform(3, 9))
            soon = False
            if luck.random() > (MISSES_WHEN_LOW if self.strayed < -human.spread else MISSES):
                break
        self._feel_what_was_done()
        hour, weekday = int(self.at % DAY), int(self.at // DAY) % 7
        mood = human.middle + human.world.hours[hour // 3] + human.world.weekdays[weekday] + self.strayed
        report = mood + luck.gauss(0, human.blur)
        return MoodPoint(self.at, report, hour, weekday, self._quadrant(report))

    def seeks_help(self, entry: MoodPoint) -> bool:
        human = self.human
        felt = entry.value - human.middle if human.world.truth.seek_by_report else self.strayed
        return self.luck.random() < 1 / (1 + exp(0.4 + 1.2 * felt / human.spread))

    def chosen(self, shown: list[Candidate]) -> list[Candidate]:
        """Mostly of what is shown, the first ones rather, and what appeals; now and then two things at once."""
        picked: list[Candidate] = []
        for _ in range(2 if self.luck.random() < TWO_AT_ONCE else 1):
            offered = (
                shown if self.luck.random() < OF_WHAT_IS_SHOWN else self.luck.choices(self.human.world.contents, k=5)
            )
            left = [content for content in offered if content not in picked]
            pull = [exp(self.human.appeal[content.kind] - 0.2 * place) for place, content in enumerate(left)]
            picked += self.luck.choices(left, pull)
        return picked

    def do(self, content: Candidate, quadrant: Quadrant) -> Completion:
        done = Completion(self.at + self.luck.uniform(0.1, 0.6), str(content.id), content.kind, content.effect or 0.0)
        self.due.append((done, self.human.uplift(content, quadrant)))
        return done

    def _pass_time(self, hours: float) -> None:
        after = self.at + hours
        if not WAKES <= after % DAY < SLEEPS:
            after = (after // DAY + (after % DAY >= SLEEPS)) * DAY + WAKES + self.luck.uniform(0, 3)
        keeps = self.human.lasting ** ((after - self.at) / LASTING_HOURS)
        spread = (self.human.spread**2 - self.human.blur**2) ** 0.5
        self.strayed = keeps * self.strayed + self.luck.gauss(0, spread * (1 - keeps * keeps) ** 0.5)
        self.at = after

    def _feel_what_was_done(self) -> None:
        """Within its window a thing does all that it does; met later, a third."""
        waiting = []
        for done, uplift in self.due:
            window = WINDOWS.get(done.kind, DEFAULT_WINDOW)
            if self.at < done.at + window.opens:
                waiting.append((done, uplift))
            else:
                self.strayed += uplift if self.at <= done.at + window.closes else uplift / 3
        self.due = waiting

    def _quadrant(self, report: float) -> Quadrant:
        activated = self.luck.choice((True, False))
        if report > 0:
            return "pleasant_activated" if activated else "pleasant_calm"
        return "unpleasant_activated" if activated else "unpleasant_calm"


def _content(kind: str, luck: Random) -> Candidate:
    effect = TRIALS.get(kind) if luck.random() < OF_THE_CONTENTS_STUDIED else None
    place = luck.uniform(0.1, 0.8), luck.uniform(-0.6, 0.5)
    content_id = UUID(int=luck.getrandbits(128))
    minutes, effort = luck.randint(3, 40), luck.choice((1, 1, 2, 2, 3, 4))
    return Candidate(content_id, 1, kind, kind, None, minutes, effort, *place, None, None, None, effect, "Planted")
