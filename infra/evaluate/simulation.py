"""Simulates people who use a policy: what it shows, what they do, and what is learned from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from infra.evaluate.world import DAY, Life, SimulatedPerson
from shared.ranking import Candidate
from shared.ranking.lessons import Completion, Lesson, MoodPoint, lesson_between
from shared.ranking.population import Population
from shared.ranking.taste import Taste, with_reaction
from shared.ranking.uplift import PersonSums, with_lesson

MAX_OPEN_COMPLETIONS = 30  # the latest ones, of which a window may still be open
LIST_LENGTH = 5


class Policy(Protocol):
    def show(self, entry: MoodPoint, history: "SimulatedHistory", /) -> list[Candidate]: ...
    def learn(self, before: MoodPoint, after: MoodPoint, done: Sequence[Completion], /) -> None: ...


@dataclass
class SimulatedHistory:
    """What the service knows about a simulated person, and the true uplift of each list that it showed."""

    person: SimulatedPerson
    population: Population
    sums: PersonSums = field(default_factory=PersonSums)
    taste: Taste = field(default_factory=Taste)
    entries: list[MoodPoint] = field(default_factory=list)
    done: list[Completion] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    shown_uplift: list[tuple[int, float]] = field(default_factory=list)


def simulate(person: SimulatedPerson, policy: Policy, population: Population, events: int) -> SimulatedHistory:
    """Simulate check-ins until `events` lessons with a completion have been learned."""
    life, history = Life(person), SimulatedHistory(person, population)
    soon = False
    while len(history.lessons) < events:
        entry = life.next_entry(soon=soon)
        history.entries.append(entry)
        if lesson := len(history.entries) > 1 and lesson_between(
            history.entries[-2], entry, history.done[-MAX_OPEN_COMPLETIONS:]
        ):
            history.sums = with_lesson(history.sums, lesson, population)
            history.lessons += [lesson] * bool(lesson.done)
            policy.learn(*lesson)
        soon = life.seeks_help(entry)
        if soon:
            shown = policy.show(entry, history)
            uplift = sum(person.uplift(content, entry.quadrant) for content in shown) / len(shown)
            history.shown_uplift.append((len(history.lessons), uplift))
            for content in life.choose(shown):
                history.done.append(life.do(content, entry.quadrant))
                history.taste = with_reaction(history.taste, str(content.id), content.kind, "complete", life.at / DAY)
    return history
