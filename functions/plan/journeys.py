"""Journeys: named plans to choose from."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from functions.plan.rules.arc import MAX_DAYS, MIN_DAYS, too_far
from functions.plan.rules.slots import SLOTS_BY_COUNT, Slot
from shared.moods import MOODS


class JourneyTheme(NamedTuple):
    """What a journey keeps to its end. The activities of other journeys follow the moods of the days."""

    mood: str  # that all activities are for
    slot_kinds: Mapping[Slot, frozenset[str]]  # a slot without an entry takes all kinds of the journey


class JourneyTemplate(NamedTuple):
    id: str
    name: str
    about: str
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
    if MOODS[journey.target].valence <= 0:
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
        "first-light", "First light", "When everything is grey, one small good thing at a time.",
        "sad", "peaceful", 7, 3, (),
    ),
    JourneyTemplate(
        "quiet-harbour", "Quiet harbour", "For a mind that races: slow the body down, and let the thoughts follow.",
        "anxious", "calm", 7, 3, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    JourneyTemplate(
        "unwind", "Unwind", "Five days of letting go of what the week has piled up.",
        "stressed", "relaxed", 5, 2, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    JourneyTemplate(
        "slow-charge", "Slow charge", "Rest first, and only then a little more each day.",
        "exhausted", "energetic", 14, 2, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    JourneyTemplate(
        "cool-water", "Cool water", "Let the heat pass through you, and find out what is underneath it.",
        "angry", "peaceful", 7, 3, ("breathing", "movement", "music", "nature", "writing", "mindfulness"),
    ),
    JourneyTemplate(
        "open-door", "Open door", "Small steps towards people, at a pace that suits you.",
        "lonely", "loved", 10, 2, ("connection", "gratitude", "music", "nature", "verse", "writing"),
    ),
    JourneyTemplate(
        "one-thing", "One thing at a time", "When it is all too much: less in a day, and more air in between.",
        "overwhelmed", "content", 10, 1, ("breathing", "gratitude", "mindfulness", "movement", "nature", "rest"),
    ),
    JourneyTemplate(
        "soft-ground", "Soft ground", "Be as kind to yourself as you would be to a friend.",
        "ashamed", "confident", 14, 2, (),
    ),
    JourneyTemplate(
        "after-the-rain", "After the rain", "Something did not work out; the days after can still be good ones.",
        "disappointed", "hopeful", 7, 3, (),
    ),
    JourneyTemplate(
        "steady-hands", "Steady hands", "Give the worry an hour of its own, and take back the rest of the day.",
        "worried", "satisfied", 7, 3, ("breathing", "mindfulness", "movement", "nature", "rest", "writing"),
    ),
    JourneyTemplate(
        "wake-the-day", "Wake the day", "Out of the dull hours, with things you have not tried before.",
        "bored", "curious", 7, 3, ("book", "connection", "film", "learning", "movement", "music", "nature"),
    ),
    JourneyTemplate(
        "thaw", "Thaw", "When nothing much is felt: warmth, air and music, and no hurry at all.",
        "numb", "grateful", 14, 2, (),
    ),
    JourneyTemplate(
        "mending", "Mending", "For a hurt that is still fresh: comfort first, words for it later.",
        "hurt", "comfortable", 10, 2, ("breathing", "connection", "music", "nature", "rest", "verse", "writing"),
    ),
    JourneyTemplate(
        "lay-it-down", "Lay it down", "Look at what weighs on you, put right what you can, and lay down the rest.",
        "guilty", "relieved", 7, 2,
        ("breathing", "connection", "gratitude", "mindfulness", "nature", "verse", "writing"),
    ),
    JourneyTemplate(
        "a-little-further", "A little further", "Things are all right, and they may be better: a week of good days.",
        "okay", "happy", 7, 3, (),
    ),
    JourneyTemplate(
        "early-nights", "Early nights", "A fortnight for sleep: daylight in the morning, and quiet in the evening.",
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
