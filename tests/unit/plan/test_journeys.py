import pytest

from functions.plan.journeys import JOURNEYS, InvalidJourney, JourneyTemplate, by_id
from functions.plan.rules.arc import arc
from functions.plan.rules.choice import Place, Requirements, choose
from functions.plan.rules.slots import SLOTS_BY_COUNT
from functions.plan.texts import PLAN_TEXTS
from shared.moods import MOODS
from tests.unit.plan.catalogue import shipped

SOUND = JourneyTemplate("sound", "sad", "peaceful", 7, 3, ())
KINDS = {option.content.kind for options in shipped().values() for option in options}


def test_there_are_journeys_from_all_unpleasant_quadrants() -> None:
    """There are at least 14, each with its own name and its own pair of moods."""
    starts = {MOODS[journey.current].quadrant for journey in JOURNEYS.values()}

    assert len(JOURNEYS) >= 14
    assert starts >= {"unpleasant_calm", "unpleasant_activated"}
    assert len({text.name for text in PLAN_TEXTS.texts("en").journeys.values()}) == len(JOURNEYS)
    assert len({(journey.current, journey.target) for journey in JOURNEYS.values()}) == len(JOURNEYS)


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=lambda journey: journey.id)
def test_a_plan_can_be_made_from_every_journey(journey: JourneyTemplate) -> None:
    """It reaches its target, and the catalogue has enough of its kinds to keep every rule."""
    path = arc(MOODS[journey.current].point, MOODS[journey.target].point, journey.duration)
    places = [
        Place(day, journey.duration, step.from_mood, position, slot)
        for day, step in enumerate(path.steps, 1)
        for position, slot in enumerate(SLOTS_BY_COUNT[journey.per_day])
    ]
    requirements = Requirements(journey.per_day, kinds=frozenset(journey.kinds) or None)

    assert path.reaches_target
    assert set(journey.kinds) <= KINDS
    assert all(texts.journeys[journey.id].about.endswith(".") for texts in PLAN_TEXTS.by_code.values())
    assert [choose(places, shipped(), requirements, seed).relaxed_rules for seed in range(5)] == [()] * 5


@pytest.mark.parametrize(
    ("journeys", "problem"),
    [
        pytest.param([SOUND, SOUND], "named twice", id="a name taken"),
        pytest.param([SOUND._replace(current="grumpy")], "no such mood", id="an unknown mood"),
        pytest.param([SOUND._replace(target="bored")], "unpleasant", id="an unpleasant end"),
        pytest.param([SOUND._replace(current="calm", target="calm")], "not a plan", id="no arc"),
        pytest.param([SOUND._replace(duration=31)], "not a plan", id="too long"),
        pytest.param([SOUND._replace(per_day=6)], "not a plan", id="too full"),
        pytest.param([SOUND._replace(duration=3)], "takes 5 days", id="too short"),
    ],
)
def test_an_invalid_journey_is_not_loaded(journeys: list[JourneyTemplate], problem: str) -> None:
    """The error names the problem."""
    with pytest.raises(InvalidJourney, match=problem):
        by_id(journeys)
