"""The reasons that a person reads: why an activity was chosen, and which rules of choice were relaxed."""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from functions.plan.rules.slots import Slot
from shared.moods import MOODS
from shared.ranking.candidates import Candidate

EVENING_KINDS = frozenset(
    {"book", "breathing", "film", "gratitude", "mindfulness", "music", "rest", "verse", "writing"}
)
DAYLIGHT_KINDS = frozenset({"movement", "nature"})

# The rules of choice as bits, the softest first. One rule outweighs all softer ones together.
DIFFERENT_KINDS, PRACTICE_REST, TIME_OF_DAY, EFFORT, NO_REPEATS, MINUTES, REQUESTED_KINDS, NO_REPEAT_IN_DAY = (
    1 << place for place in range(8)
)


class Explanation(TypedDict):
    code: str
    label: str
    detail: str


RELAXED_RULES: Mapping[int, Explanation] = {
    DIFFERENT_KINDS: {
        "code": "different_kinds",
        "label": "Kinds come twice",
        "detail": "Some days hold two things of one kind: there were too few kinds.",
    },
    PRACTICE_REST: {
        "code": "practice_rest",
        "label": "Practices come soon again",
        "detail": "Some practices return within two days: there were too few.",
    },
    TIME_OF_DAY: {
        "code": "time_of_day",
        "label": "At another time of day",
        "detail": "Some things belong to another part of a day: there were too few others.",
    },
    EFFORT: {
        "code": "effort",
        "label": "More effort",
        "detail": "Some days ask for more effort than planned: nothing gentler was left.",
    },
    NO_REPEATS: {
        "code": "no_repeats",
        "label": "Things come again",
        "detail": "Some things come more than once: there were too few for all the days.",
    },
    MINUTES: {
        "code": "minutes",
        "label": "More time",
        "detail": "Some days take more time than intended: nothing shorter was left.",
    },
    REQUESTED_KINDS: {
        "code": "requested_kinds",
        "label": "Other kinds",
        "detail": "Some things are of kinds you did not name: there were too few.",
    },
    NO_REPEAT_IN_DAY: {
        "code": "no_repeat_in_day",
        "label": "Twice in a day",
        "detail": "Some days hold a thing twice: there was too little to choose.",
    },
}


def reasons(content: Candidate, from_mood: str, slot: Slot, *, repeated: bool) -> tuple[Explanation, ...]:
    """Why this content was chosen for a slot of a day that starts in `from_mood`."""
    return tuple(_reasons(content, from_mood, slot, repeated=repeated))


def _reasons(content: Candidate, from_mood: str, slot: Slot, *, repeated: bool) -> Iterator[Explanation]:
    mood = MOODS[from_mood].label.lower()
    yield {
        "code": "mood_fit",
        "label": "Suits the way",
        "detail": f"People who feel {mood} are often helped on by it.",
    }
    if content.effect and content.citation:
        detail = f"People in studies gained a little on average: {content.citation}"
        yield {"code": "evidence", "label": "Backed by studies", "detail": detail}
    if suits(content.kind, slot):
        detail = "Quiet enough to end a day with." if slot == "evening" else "Good to do while it is light."
        yield {"code": "time_of_day", "label": "Fits the time of day", "detail": detail}
    if repeated and content.repeatable:
        detail = "It grows with doing, so it comes again."
        yield {"code": "practice", "label": "A practice", "detail": detail}


def suits(kind: str, slot: Slot) -> bool:
    """Whether the kind goes well with the time of day: quiet in the evening, outdoors and active before."""
    return kind in (EVENING_KINDS if slot == "evening" else DAYLIGHT_KINDS)
