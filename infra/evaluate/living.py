"""People of a made-up world who live with a policy: what it showed them, what they did, and what was learned of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from infra.evaluate.world import DAY, Human, Life
from shared.ranking import Candidate
from shared.ranking.lessons import Completion, Lesson, MoodPoint, lesson_between
from shared.ranking.population import Population
from shared.ranking.taste import Taste, with_reaction
from shared.ranking.uplift import PersonSums, with_lesson

RECENT = 30  # completions whose window may still be open
SHOWN = 5


class Policy(Protocol):
    def show(self, entry: MoodPoint, story: "Story", /) -> list[Candidate]: ...
    def told(self, before: MoodPoint, after: MoodPoint, done: Sequence[Completion], /) -> None: ...


@dataclass
class Story:
    """What the service would know, and, of what it showed, what is true."""

    human: Human
    population: Population
    person: PersonSums = field(default_factory=PersonSums)
    taste: Taste = field(default_factory=Taste)
    entries: list[MoodPoint] = field(default_factory=list)
    done: list[Completion] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    shown_uplift: list[tuple[int, float]] = field(default_factory=list)


def live(human: Human, policy: Policy, population: Population, events: int) -> Story:
    """A life until so many times it could be told what something did."""
    life, story = Life(human), Story(human, population)
    soon = False
    while len(story.lessons) < events:
        entry = life.next_entry(soon=soon)
        story.entries.append(entry)
        if told := len(story.entries) > 1 and lesson_between(story.entries[-2], entry, story.done[-RECENT:]):
            story.person = with_lesson(story.person, told, population)
            story.lessons += [told] * bool(told.done)
            policy.told(*told)
        soon = life.seeks_help(entry)
        if soon:
            shown = policy.show(entry, story)
            uplift = sum(human.uplift(content, entry.quadrant) for content in shown) / len(shown)
            story.shown_uplift.append((len(story.lessons), uplift))
            for content in life.chosen(shown):
                story.done.append(life.do(content, entry.quadrant))
                story.taste = with_reaction(story.taste, str(content.id), content.kind, "complete", life.at / DAY)
    return story
