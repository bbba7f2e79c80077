"""The reasons for a choice: why an activity was chosen, and which rules were relaxed. Texts are in `texts/`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NotRequired, TypedDict

from functions.plan.rules.slots import Slot
from shared.ranking.better_days import BetterDays
from shared.ranking.candidates import Candidate
from shared.ranking.conditions import DAYLIGHT, Conditions

EVENING_KINDS = frozenset(
    {"book", "breathing", "film", "gratitude", "mindfulness", "music", "rest", "verse", "writing"}
)
DAYLIGHT_KINDS = frozenset({"movement", "nature"})

# The rules of choice as bits, the softest first. One rule outweighs all softer ones together.
DIFFERENT_KINDS, PRACTICE_REST, TIME_OF_DAY, EFFORT, NO_REPEATS, MINUTES, REQUESTED_KINDS, NO_REPEAT_IN_DAY = (
    1 << place for place in range(8)
)


RULE_CODES: Mapping[int, str] = {
    DIFFERENT_KINDS: "different_kinds",
    PRACTICE_REST: "practice_rest",
    TIME_OF_DAY: "time_of_day",
    EFFORT: "effort",
    NO_REPEATS: "no_repeats",
    MINUTES: "minutes",
    REQUESTED_KINDS: "requested_kinds",
    NO_REPEAT_IN_DAY: "no_repeat_in_day",
}


TOLD_TIME = "time_of_day"  # the reason that tells of the evening, or of daylight


class StoredReason(TypedDict):
    """A reason without its texts, which follow from the language of the reader."""

    code: str
    says: NotRequired[Mapping[str, str] | None]  # what a study found, by language
    citation: NotRequired[str]
    why: NotRequired[Mapping[str, str]]  # in the first reason: the sentence for the activity, by language
    insight: NotRequired[BetterDays]  # of "better_days", which counts for as long as the insight stands


def reasons(content: Candidate, slot: Slot, unmet: Conditions, *, repeated: bool) -> tuple[StoredReason, ...]:
    """Why this content was chosen for a slot, given the conditions that are not met then."""
    return tuple(_reasons(content, slot, unmet, repeated=repeated))


def _reasons(content: Candidate, slot: Slot, unmet: Conditions, *, repeated: bool) -> Iterator[StoredReason]:
    yield {"code": "mood_fit"}
    if content.effect and content.citation:
        yield {"code": "evidence", "says": content.says, "citation": content.citation}
    if suits(content.kind, slot) and (slot == "evening" or _is_for_light(content, unmet)):
        yield {"code": TOLD_TIME}
    if repeated and content.repeatable:
        yield {"code": "practice"}


def standing(stored: Sequence[StoredReason], insights: Collection[str]) -> Sequence[StoredReason]:
    """The reasons without that of an insight that is not one of these: it no longer stands, or must not be told now."""
    first, *_ = stored
    return stored[1:] if "insight" in first and first["insight"][0] not in insights else stored


def _is_for_light(content: Candidate, unmet: Conditions) -> bool:
    return DAYLIGHT not in unmet and "outdoors" in content.tags


def suits(kind: str, slot: Slot) -> bool:
    """Whether the kind goes well with the time of day: quiet in the evening, outdoors and active before."""
    return kind in (EVENING_KINDS if slot == "evening" else DAYLIGHT_KINDS)
