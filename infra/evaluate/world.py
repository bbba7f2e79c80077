"""A simulated world whose true effects are known: people whose moods vary, and contents that lift some of them.

Moods persist and vary as in diary studies, help is sought when low, more check-ins are missed when low, and effects are
about as large as trials find them. How much people and contents differ decides how much can be learned. Those numbers
were chosen with results in sight, so `mend evaluate` also reports a world with smaller and one with larger differences.
The ranking knows none of these numbers.
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
INERTIA_HOURS = 4.0
DAY = 24.0
WAKES, SLEEPS = 7, 23
MISSES, MISSES_WHEN_LOW = 0.15, 0.35
CHECKS_IN_SOON = 0.25  # the probability of an early check-in although nothing was done
DOES_TWO = 0.15
TAKES_FROM_LIST = 0.8
SHARE_WITH_STUDY = 0.7


@dataclass(frozen=True)
class TrueEffects:
    """Means and standard deviations of the simulated effects, in standard deviations of a typical person's moods."""

    kind_mean: float = 0.35  # together with the effects of studies about what trials of such activities find
    study_share: float = 1.0  # how much of a study's effect is true
    kind_sd: float = 0.15
    person_sd: float = 0.5  # of a kind, between people
    quadrant_sd: float = 0.05
    content_sd: float = 0.04
    person_content_sd: float = 0.04
    seek_by_report: bool = True  # help is sought by the reported mood; otherwise by the true mood


SMALL_EFFECTS = TrueEffects(
    kind_mean=0.1, kind_sd=0.2, person_sd=0.3, quadrant_sd=0.1, content_sd=0.1, person_content_sd=0.15
)
LARGE_DIFFERENCES = TrueEffects(person_sd=0.8)
NO_EFFECTS = TrueEffects(
    kind_mean=0, study_share=0, kind_sd=0, person_sd=0, quadrant_sd=0, content_sd=0, person_content_sd=0
)


def seeded_random(*what: object) -> Random:
    return Random(" ".join(map(str, what)))  # noqa: S311 - repeatable, not secret


class World:
    def __init__(self, seed: int, truth: TrueEffects) -> None:
        rng = seeded_random("world", seed)
        self.truth, self.seed = truth, seed
        self.contents = tuple(_content(kind, rng) for kind in KINDS for _ in range(PER_KIND))
        self.kinds = {kind: rng.gauss(truth.kind_mean, truth.kind_sd) for kind in KINDS}
        self.quadrants = {(kind, q): rng.gauss(0, truth.quadrant_sd) for kind in KINDS for q in MOOD_BY_QUADRANT}
        self.offsets = {str(content.id): rng.gauss(0, truth.content_sd) for content in self.contents}
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
        self.level = rng.gauss(0.2, 0.5)
        self.inertia = min(max(rng.gauss(0.5, 0.1), 0.2), 0.8)
        self.spread = 0.9 * exp(rng.gauss(0, 0.15))
        self.report_noise = 0.25  # the standard deviation of a report's error
        self.kind_offsets = {kind: rng.gauss(0, truth.person_sd) for kind in KINDS}
        self.content_offsets = {str(content.id): rng.gauss(0, truth.person_content_sd) for content in world.contents}
        self.appeal = {kind: world.popular[kind] + rng.gauss(0, 0.4) for kind in KINDS}

    def kind_uplift(self, kind: str) -> float:
        return self.world.kinds[kind] + self.kind_offsets[kind]

    def uplift(self, content: Candidate, quadrant: Quadrant) -> float:
        """The true effect on this person's mood."""
        key, kind, world = str(content.id), content.kind, self.world
        of_kind = self.kind_uplift(kind) + world.quadrants[kind, quadrant]
        return (
            of_kind + world.offsets[key] + self.content_offsets[key] + world.truth.study_share * (content.effect or 0.0)
        )


@dataclass
class Life:
    """The course of a simulated person, one check-in after the other."""

    person: SimulatedPerson
    at: float = 9.0
    deviation: float = 0.0  # of the mood from the person's level, without hour and weekday effects
    pending: list[tuple[Completion, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = seeded_random("life", self.person.world.seed, self.person.number)

    def next_entry(self, *, soon: bool) -> MoodPoint:
        """The next check-in that is not missed. More of them are missed when the mood is low."""
        person, rng = self.person, self.rng
        while True:
            self._pass_time(rng.uniform(0.5, 3) if soon or rng.random() < CHECKS_IN_SOON else rng.uniform(3, 9))
            soon = False
            if rng.random() > (MISSES_WHEN_LOW if self.deviation < -person.spread else MISSES):
                break
        self._apply_effects()
        hour, weekday = int(self.at % DAY), int(self.at // DAY) % 7
        mood = person.level + person.world.hours[hour // 3] + person.world.weekdays[weekday] + self.deviation
        report = mood + rng.gauss(0, person.report_noise)
        return MoodPoint(self.at, report, hour, weekday, self._quadrant(report))

    def seeks_help(self, entry: MoodPoint) -> bool:
        person = self.person
        felt = entry.value - person.level if person.world.truth.seek_by_report else self.deviation
        return self.rng.random() < 1 / (1 + exp(0.4 + 1.2 * felt / person.spread))

    def choose(self, offered: list[Candidate]) -> list[Candidate]:
        """Choose one or two contents, mostly from the list: more often at early places and of appealing kinds."""
        chosen: list[Candidate] = []
        for _ in range(2 if self.rng.random() < DOES_TWO else 1):
            choices = (
                offered if self.rng.random() < TAKES_FROM_LIST else self.rng.choices(self.person.world.contents, k=5)
            )
            remaining = [content for content in choices if content not in chosen]
            weights = [exp(self.person.appeal[content.kind] - 0.2 * place) for place, content in enumerate(remaining)]
            chosen += self.rng.choices(remaining, weights)
        return chosen

    def do(self, content: Candidate, quadrant: Quadrant) -> Completion:
        done = Completion(self.at + self.rng.uniform(0.1, 0.6), str(content.id), content.kind, content.effect or 0.0)
        self.pending.append((done, self.person.uplift(content, quadrant)))
        return done

    def _pass_time(self, hours: float) -> None:
        after = self.at + hours
        if not WAKES <= after % DAY < SLEEPS:
            after = (after // DAY + (after % DAY >= SLEEPS)) * DAY + WAKES + self.rng.uniform(0, 3)
        decay = self.person.inertia ** ((after - self.at) / INERTIA_HOURS)
        spread = (self.person.spread**2 - self.person.report_noise**2) ** 0.5
        self.deviation = decay * self.deviation + self.rng.gauss(0, spread * (1 - decay * decay) ** 0.5)
        self.at = after

    def _apply_effects(self) -> None:
        """Add the effects of completions whose window has opened: the full effect within it, a third after it."""
        waiting = []
        for done, uplift in self.pending:
            window = WINDOWS.get(done.kind, DEFAULT_WINDOW)
            if self.at < done.at + window.opens:
                waiting.append((done, uplift))
            else:
                self.deviation += uplift if self.at <= done.at + window.closes else uplift / 3
        self.pending = waiting

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
