"""Journeys: named plans to choose from."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from functions.plan.rules.arc import MAX_DAYS, MIN_DAYS, too_far
from functions.plan.rules.slots import SLOTS_BY_COUNT, Slot
from shared.moods import MOODS, PLEASANT


class JourneyTheme(NamedTuple):
    """What a journey keeps to its end. The activities of other journeys follow the moods of the days."""

    mood: str  # that all activities are for
    slot_kinds: Mapping[Slot, frozenset[str]]  # a slot without an entry takes all kinds of the journey


class JourneyTemplate(NamedTuple):
    id: str
    current: str
    target: str
    duration: int
    per_day: int
    kinds: tuple[str, ...]  # that it uses; if empty, all
    theme: JourneyTheme | None = None


class InvalidJourney(ValueError):
    """A journey from which no plan can be made."""


def by_id(journeys: Iterable[JourneyTemplate]) -> Mapping[str, JourneyTemplate]:
    """The journeys by id. Raises `InvalidJourney`."""
    valid: dict[str, JourneyTemplate] = {}
    for journey in journeys:
        if problem := _problem(journey, valid):
            raise InvalidJourney(f"{journey.id}: {problem}")
        valid[journey.id] = journey
    return MappingProxyType(valid)


def _problem(journey: JourneyTemplate, earlier: Mapping[str, JourneyTemplate]) -> str | None:
    if journey.id in earlier:
        return "named twice"
    if not {journey.current, journey.target} <= MOODS.keys():
        return "no such mood"
    if journey.target not in PLEASANT:
        return "leads to an unpleasant mood"
    if (
        journey.current == journey.target
        or journey.per_day not in SLOTS_BY_COUNT
        or not MIN_DAYS <= journey.duration <= MAX_DAYS
    ):
        return "not a plan that can be made"
    if far := too_far(MOODS[journey.current].point, MOODS[journey.target].point, journey.duration):
        return f"takes {far.fewest_days} days"
    return None


JOURNEYS = by_id((
    JourneyTemplate(
        "first-light",
        "sad", "peaceful", 7, 3, (),
    ),
    JourneyTemplate(
        "quiet-harbour",
        "anxious", "calm", 7, 3, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    JourneyTemplate(
        "unwind",
        "stressed", "relaxed", 5, 2, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    JourneyTemplate(
        "slow-charge",
        "exhausted", "energetic", 14, 2, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    JourneyTemplate(
        "cool-water",
        "angry", "peaceful", 7, 3, ("breathing", "movement", "music", "nature", "writing", "mindfulness"),
    ),
    JourneyTemplate(
        "open-door",
        "lonely", "loved", 10, 2, ("connection", "gratitude", "music", "nature", "verse", "writing"),
    ),
    JourneyTemplate(
        "one-thing",
        "overwhelmed", "content", 10, 1, ("breathing", "gratitude", "mindfulness", "movement", "nature", "rest"),
    ),
    JourneyTemplate(
        "soft-ground",
        "ashamed", "confident", 14, 2, (),
    ),
    JourneyTemplate(
        "after-the-rain",
        "disappointed", "hopeful", 7, 3, (),
    ),
    JourneyTemplate(
        "steady-hands",
        "worried", "satisfied", 7, 3, ("breathing", "mindfulness", "movement", "nature", "rest", "writing"),
    ),
    JourneyTemplate(
        "wake-the-day",
        "bored", "curious", 7, 3, ("book", "connection", "film", "learning", "movement", "music", "nature"),
    ),
    JourneyTemplate(
        "thaw",
        "numb", "grateful", 14, 2, (),
    ),
    JourneyTemplate(
        "mending",
        "hurt", "comfortable", 10, 2, ("breathing", "connection", "music", "nature", "rest", "verse", "writing"),
    ),
    JourneyTemplate(
        "lay-it-down",
        "guilty", "relieved", 7, 2,
        ("breathing", "connection", "gratitude", "mindfulness", "nature", "verse", "writing"),
    ),
    JourneyTemplate(
        "a-little-further",
        "okay", "happy", 7, 3, (),
    ),
    JourneyTemplate(
        "early-nights",
        "tired", "satisfied", 14, 3,
        ("book", "gratitude", "mindfulness", "movement", "music", "nature", "rest", "verse"),
        JourneyTheme("tired", {
            "morning": frozenset({"movement", "nature"}),
            "evening": frozenset({"book", "gratitude", "mindfulness", "music", "rest", "verse"}),
        }),
    ),
))  # fmt: skip


def theme_of(journey_id: str | None, kinds: Sequence[str] | None) -> JourneyTheme | None:
    """The theme of a plan, unless the person named other kinds than those of its journey."""
    journey = JOURNEYS.get(journey_id or "")
    return journey.theme if journey and [*journey.kinds] == kinds else None
