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
MOOD_BY_QUADRANT: dict[Quadrant, str] = {
    "unpleasant_calm": "sad",
    "unpleasant_activated": "anxious",
    "pleasant_calm": "content",
    "pleasant_activated": "happy",
}
LASTING_HOURS = 4.0
DAY = 24.0
WAKES, SLEEPS = 7, 23
MISSES, MISSES_WHEN_LOW = 0.15, 0.35
CHECKS_IN_SOON = 0.25  # soon, though nothing was done
DOES_TWO = 0.15
TAKES_FROM_LIST = 0.8
SHARE_WITH_STUDY = 0.7


@dataclass(frozen=True)
class TrueEffects:
    """Of what is planted, means and standard deviations, in units of a typical person's spread."""

    usual: float = 0.35  # with what studies let hope for, about what trials of such activities find
    studies: float = 1.0  # how much of that hope is true
    kinds: float = 0.15
    persons: float = 0.5  # how a kind suits a person
    quadrants: float = 0.05
    contents: float = 0.04
    own_contents: float = 0.04
    seek_by_report: bool = True  # help is sought by the mood as reported; else by the mood as it is


SMALL_EFFECTS = TrueEffects(usual=0.1, kinds=0.2, persons=0.3, quadrants=0.1, contents=0.1, own_contents=0.15)
LARGE_DIFFERENCES = TrueEffects(persons=0.8)
NO_EFFECTS = TrueEffects(usual=0, studies=0, kinds=0, persons=0, quadrants=0, contents=0, own_contents=0)


def seeded_random(*what: object) -> Random:
    return Random(" ".join(map(str, what)))  # noqa: S311 - to be had again, not to be kept secret


class World:
    def __init__(self, seed: int, truth: TrueEffects) -> None:
        rng = seeded_random("world", seed)
        self.truth, self.seed = truth, seed
        self.contents = tuple(_content(kind, rng) for kind in KINDS for _ in range(PER_KIND))
        self.kinds = {kind: rng.gauss(truth.usual, truth.kinds) for kind in KINDS}
        self.quadrants = {(kind, q): rng.gauss(0, truth.quadrants) for kind in KINDS for q in MOOD_BY_QUADRANT}
        self.offsets = {str(content.id): rng.gauss(0, truth.contents) for content in self.contents}
        self.popular = {kind: rng.gauss(0, 0.4) for kind in KINDS}
        self.hours = tuple(rng.gauss(0, 0.15) for _ in range(8))
        self.weekdays = tuple(rng.gauss(0, 0.1) for _ in range(7))
        self.candidates = {q: CandidateSet(mood, self.contents, 0.0) for q, mood in MOOD_BY_QUADRANT.items()}

    def person(self, number: int) -> "SimulatedPerson":
        return SimulatedPerson(self, number)


class SimulatedPerson:
    def __init__(self, world: World, number: int) -> None:
        rng = seeded_random("person", world.seed, number)
        truth = world.truth
        self.world, self.number = world, number
        self.middle = rng.gauss(0.2, 0.5)
        self.lasting = min(max(rng.gauss(0.5, 0.1), 0.2), 0.8)
        self.spread = 0.9 * exp(rng.gauss(0, 0.15))
        self.blur = 0.25  # of a report
        self.suits = {kind: rng.gauss(0, truth.persons) for kind in KINDS}
        self.own = {str(content.id): rng.gauss(0, truth.own_contents) for content in world.contents}
        self.appeal = {kind: world.popular[kind] + rng.gauss(0, 0.4) for kind in KINDS}

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

    person: SimulatedPerson
    at: float = 9.0
    strayed: float = 0.0  # from the middle, season aside
    due: list[tuple[Completion, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = seeded_random("life", self.person.world.seed, self.person.number)

    def next_entry(self, *, soon: bool) -> MoodPoint:
        """The next check-in that is not missed: people miss more of them when they feel low."""
        person, rng = self.person, self.rng
        while True:
            self._pass_time(rng.uniform(0.5, 3) if soon or rng.random() < CHECKS_IN_SOON else rng.uniform(3, 9))
            soon = False
            if rng.random() > (MISSES_WHEN_LOW if self.strayed < -person.spread else MISSES):
                break
        self._feel_what_was_done()
        hour, weekday = int(self.at % DAY), int(self.at // DAY) % 7
        mood = person.middle + person.world.hours[hour // 3] + person.world.weekdays[weekday] + self.strayed
        report = mood + rng.gauss(0, person.blur)
        return MoodPoint(self.at, report, hour, weekday, self._quadrant(report))

    def seeks_help(self, entry: MoodPoint) -> bool:
        person = self.person
        felt = entry.value - person.middle if person.world.truth.seek_by_report else self.strayed
        return self.rng.random() < 1 / (1 + exp(0.4 + 1.2 * felt / person.spread))

    def chosen(self, shown: list[Candidate]) -> list[Candidate]:
        """Mostly of what is shown, the first ones rather, and what appeals; now and then two things at once."""
        picked: list[Candidate] = []
        for _ in range(2 if self.rng.random() < DOES_TWO else 1):
            offered = (
                shown if self.rng.random() < TAKES_FROM_LIST else self.rng.choices(self.person.world.contents, k=5)
            )
            left = [content for content in offered if content not in picked]
            pull = [exp(self.person.appeal[content.kind] - 0.2 * place) for place, content in enumerate(left)]
            picked += self.rng.choices(left, pull)
        return picked

    def do(self, content: Candidate, quadrant: Quadrant) -> Completion:
        done = Completion(self.at + self.rng.uniform(0.1, 0.6), str(content.id), content.kind, content.effect or 0.0)
        self.due.append((done, self.person.uplift(content, quadrant)))
        return done

    def _pass_time(self, hours: float) -> None:
        after = self.at + hours
        if not WAKES <= after % DAY < SLEEPS:
            after = (after // DAY + (after % DAY >= SLEEPS)) * DAY + WAKES + self.rng.uniform(0, 3)
        keeps = self.person.lasting ** ((after - self.at) / LASTING_HOURS)
        spread = (self.person.spread**2 - self.person.blur**2) ** 0.5
        self.strayed = keeps * self.strayed + self.rng.gauss(0, spread * (1 - keeps * keeps) ** 0.5)
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
        activated = self.rng.choice((True, False))
        if report > 0:
            return "pleasant_activated" if activated else "pleasant_calm"
        return "unpleasant_activated" if activated else "unpleasant_calm"


def _content(kind: str, rng: Random) -> Candidate:
    effect = TRIALS.get(kind) if rng.random() < SHARE_WITH_STUDY else None
    place = rng.uniform(0.1, 0.8), rng.uniform(-0.6, 0.5)
    content_id = UUID(int=rng.getrandbits(128))
    minutes, effort = rng.randint(3, 40), rng.choice((1, 1, 2, 2, 3, 4))
    return Candidate(content_id, 1, kind, kind, None, minutes, effort, *place, None, None, None, effect, "Planted")
