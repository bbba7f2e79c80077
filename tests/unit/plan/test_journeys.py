import pytest

from functions.plan.journeys import JOURNEYS, Journey, UnfitJourney, checked
from functions.plan.rules.arc import arc
from functions.plan.rules.choice import Place, Wishes, choose
from shared.moods import MOODS
from tests.unit.plan.catalogue import shipped

SOUND = Journey("sound", "Sound", "A sentence.", "sad", "peaceful", 7, 3, ())
KINDS = {option.content.kind for options in shipped().values() for option in options}


def test_there_is_a_journey_for_most_troubles() -> None:
    """At least fourteen, from every sort of unpleasant mood, each under a name of its own."""
    starts = {MOODS[journey.start].quadrant for journey in JOURNEYS.values()}

    assert len(JOURNEYS) >= 14
    assert starts >= {"unpleasant_calm", "unpleasant_activated"}
    assert len({journey.name for journey in JOURNEYS.values()}) == len(JOURNEYS)
    assert len({(journey.start, journey.target) for journey in JOURNEYS.values()}) == len(JOURNEYS)


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=lambda journey: journey.id)
def test_a_journey_can_be_walked(journey: Journey) -> None:
    """It arrives in time, and the catalogue has enough of what it leans on for every rule to be kept."""
    way = arc(MOODS[journey.start].point, MOODS[journey.target].point, journey.days)
    places = [
        Place(day, journey.days, step.leaving, position)
        for day, step in enumerate(way.steps, 1)
        for position in range(journey.per_day)
    ]
    wishes = Wishes(journey.per_day, kinds=frozenset(journey.kinds) or None)

    assert way.arrives
    assert set(journey.kinds) <= KINDS
    assert journey.about.endswith(".")
    assert [choose(places, shipped(), wishes, seed).gave_way for seed in range(5)] == [()] * 5


@pytest.mark.parametrize(
    ("journeys", "said"),
    [
        pytest.param([SOUND, SOUND], "named twice", id="a name taken"),
        pytest.param([SOUND._replace(start="grumpy")], "no such mood", id="an unknown mood"),
        pytest.param([SOUND._replace(target="bored")], "unpleasant", id="an unpleasant end"),
        pytest.param([SOUND._replace(start="calm", target="calm")], "not a plan", id="no way at all"),
        pytest.param([SOUND._replace(days=31)], "not a plan", id="too long"),
        pytest.param([SOUND._replace(per_day=6)], "not a plan", id="too full"),
        pytest.param([SOUND._replace(days=3)], "takes 5 days", id="too short"),
    ],
)
def test_a_journey_nobody_could_walk_is_not_loaded(journeys: list[Journey], said: str) -> None:
    """It says what is wrong with it."""
    with pytest.raises(UnfitJourney, match=said):
        checked(journeys)
