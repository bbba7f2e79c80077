"""Why an activity stands where it does, and which rules gave way, in plain words."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from functions.plan.rules.slots import Slot
from shared.moods import MOODS
from shared.ranking.candidates import Candidate

EVENING_KINDS = frozenset(
    {"book", "breathing", "film", "gratitude", "mindfulness", "music", "rest", "verse", "writing"}
)
DAYLIGHT_KINDS = frozenset({"movement", "nature"})

# From the softest to the firmest: as numbers, one of them outweighs all before it together.
KINDS_OF_A_DAY, REST_OF_A_PRACTICE, TIME_OF_DAY, EFFORT, ONCE, MINUTES, KINDS_WISHED, ONCE_A_DAY = (
    1 << place for place in range(8)
)


class Reason(NamedTuple):
    code: str
    label: str
    detail: str


GAVE_WAY: Mapping[int, Reason] = {
    KINDS_OF_A_DAY: Reason(
        "kinds_of_a_day", "Kinds come twice", "Some days hold two things of one kind: there were too few kinds."
    ),
    REST_OF_A_PRACTICE: Reason(
        "rest_of_a_practice", "Practices come soon again", "Some practices return within two days: there were too few."
    ),
    TIME_OF_DAY: Reason(
        "time_of_day",
        "At another time of day",
        "Some things belong to another part of a day: there were too few others.",
    ),
    EFFORT: Reason("effort", "More effort", "Some days ask for more effort than planned: nothing gentler was left."),
    ONCE: Reason("once", "Things come again", "Some things come more than once: there were too few for all the days."),
    MINUTES: Reason("minutes", "More time", "Some days take more time than intended: nothing shorter was left."),
    KINDS_WISHED: Reason(
        "kinds_wished", "Other kinds", "Some things are of kinds you did not name: there were too few."
    ),
    ONCE_A_DAY: Reason("once_a_day", "Twice in a day", "Some days hold a thing twice: there was too little to choose."),
}


def reasons(content: Candidate, leaving: str, slot: Slot, *, again: bool) -> tuple[Reason, ...]:
    return tuple(_reasons(content, leaving, slot, again=again))


def _reasons(content: Candidate, leaving: str, slot: Slot, *, again: bool) -> Iterator[Reason]:
    mood = MOODS[leaving].label.lower()
    yield Reason("mood_fit", "Suits the way", f"People who feel {mood} are often helped on by it.")
    if content.effect and content.citation:
        found = f"People in studies gained a little on average: {content.citation}"
        yield Reason("evidence", "Backed by studies", found)
    if suits(content.kind, slot):
        part = "Quiet enough to end a day with." if slot == "evening" else "Good to do while it is light."
        yield Reason("time_of_day", "Fits the time of day", part)
    if again and content.repeatable:
        yield Reason("practice", "A practice", "It grows with doing, so it comes again.")


def suits(kind: str, slot: Slot) -> bool:
    return kind in (EVENING_KINDS if slot == "evening" else DAYLIGHT_KINDS)
