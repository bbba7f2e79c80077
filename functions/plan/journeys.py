"""Named ways from one mood to another, for whoever would rather choose than plan."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from functions.plan.rules.arc import MAX_DAYS, MIN_DAYS, too_far
from functions.plan.rules.slots import SPREAD
from shared.moods import MOODS


class Journey(NamedTuple):
    id: str
    name: str
    about: str
    start: str
    target: str
    days: int
    per_day: int
    kinds: tuple[str, ...]  # that it leans on; none: all of them


class UnfitJourney(ValueError):
    pass


def checked(journeys: Iterable[Journey]) -> Mapping[str, Journey]:
    """By id, or `UnfitJourney` for one that nobody could walk."""
    by_id: dict[str, Journey] = {}
    for journey in journeys:
        if problem := _problem(journey, by_id):
            raise UnfitJourney(f"{journey.id}: {problem}")
        by_id[journey.id] = journey
    return MappingProxyType(by_id)


def _problem(journey: Journey, earlier: Mapping[str, Journey]) -> str | None:
    if journey.id in earlier:
        return "named twice"
    if not {journey.start, journey.target} <= MOODS.keys():
        return "no such mood"
    if MOODS[journey.target].valence <= 0:
        return "leads to an unpleasant mood"
    if journey.start == journey.target or journey.per_day not in SPREAD or not MIN_DAYS <= journey.days <= MAX_DAYS:
        return "not a plan that can be made"
    if refused := too_far(MOODS[journey.start].point, MOODS[journey.target].point, journey.days):
        return f"takes {refused.fewest_days} days"
    return None


JOURNEYS = checked((
    Journey(
        "first-light", "First light", "When everything is grey, one small good thing at a time.",
        "sad", "peaceful", 7, 3, (),
    ),
    Journey(
        "quiet-harbour", "Quiet harbour", "For a mind that races: slow the body down, and let the thoughts follow.",
        "anxious", "calm", 7, 3, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    Journey(
        "unwind", "Unwind", "Five days of letting go of what the week has piled up.",
        "stressed", "relaxed", 5, 2, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    Journey(
        "slow-charge", "Slow charge", "Rest first, and only then a little more each day.",
        "exhausted", "energetic", 14, 2, ("breathing", "mindfulness", "movement", "music", "nature", "rest"),
    ),
    Journey(
        "cool-water", "Cool water", "Let the heat pass through you, and find out what is underneath it.",
        "angry", "peaceful", 7, 3, ("breathing", "movement", "music", "nature", "writing", "mindfulness"),
    ),
    Journey(
        "open-door", "Open door", "Small steps towards people, at a pace that suits you.",
        "lonely", "loved", 10, 2, ("connection", "gratitude", "music", "nature", "verse", "writing"),
    ),
    Journey(
        "one-thing", "One thing at a time", "When it is all too much: less in a day, and more air in between.",
        "overwhelmed", "content", 10, 1, ("breathing", "gratitude", "mindfulness", "movement", "nature", "rest"),
    ),
    Journey(
        "soft-ground", "Soft ground", "Be as kind to yourself as you would be to a friend.",
        "ashamed", "confident", 14, 2, (),
    ),
    Journey(
        "after-the-rain", "After the rain", "Something did not work out; the days after can still be good ones.",
        "disappointed", "hopeful", 7, 3, (),
    ),
    Journey(
        "steady-hands", "Steady hands", "Give the worry an hour of its own, and take back the rest of the day.",
        "worried", "satisfied", 7, 3, ("breathing", "mindfulness", "movement", "nature", "rest", "writing"),
    ),
    Journey(
        "wake-the-day", "Wake the day", "Out of the dull hours, with things you have not tried before.",
        "bored", "curious", 7, 3, ("book", "connection", "film", "learning", "movement", "music", "nature"),
    ),
    Journey(
        "thaw", "Thaw", "When nothing much is felt: warmth, air and music, and no hurry at all.",
        "numb", "grateful", 14, 2, (),
    ),
    Journey(
        "mending", "Mending", "For a hurt that is still fresh: comfort first, words for it later.",
        "hurt", "comfortable", 10, 2, ("breathing", "connection", "music", "nature", "rest", "verse", "writing"),
    ),
    Journey(
        "lay-it-down", "Lay it down", "Look at what weighs on you, put right what you can, and lay down the rest.",
        "guilty", "relieved", 7, 2,
        ("breathing", "connection", "gratitude", "mindfulness", "nature", "verse", "writing"),
    ),
    Journey(
        "a-little-further", "A little further", "Things are all right, and they may be better: a week of good days.",
        "okay", "happy", 7, 3, (),
    ),
    Journey(
        "early-nights", "Early nights", "A fortnight for sleep: daylight in the morning, and quiet in the evening.",
        "tired", "satisfied", 14, 3,
        ("book", "gratitude", "mindfulness", "movement", "music", "nature", "rest", "verse"),
    ),
))  # fmt: skip
