import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from infra.seed import CONTENT, read
from shared.clock import zone
from shared.ranking import Situation, rank
from shared.ranking.candidates import CandidateSet
from shared.ranking.conditions import (
    DAYLIGHT,
    DAYTIME,
    DUSK,
    GROWING_SEASON,
    NIGHT,
    OPEN_PLACE,
    WARM_SEASON,
    places_are_open,
    unmet_conditions,
)
from tests.unit.ranking.examples import content

SEASONAL = re.compile(
    r"\b(leaf|leaves|grass|bees?|butterfl\w+|flowers?|blossoms?|seeds?|garden|barefoot|bare foot|snow)\b", re.IGNORECASE
)
# Pine needles and bark are there all year, a green place is green enough, and a poem can be read in any season.
FINE_IN_WINTER = {"nature-green-walk", "nature-season-scent", "verse-who-wind"}
LIBRARY = content(1, "book")._replace(tags=[OPEN_PLACE])
AT_HOME = content(2, "book")


@pytest.mark.parametrize("zone_name", ["UTC", "Pacific/Kiritimati", "America/St_Johns", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-27T02:38", False),
        ("2026-11-29T08:00", False),
        ("2026-11-29T12:00", False),  # a Sunday
        ("2026-11-28T12:00", True),
        ("2026-11-27T10:00", True),
        ("2026-11-27T17:00", False),
    ],
)
def test_places_are_open_by_day(zone_name: str, local: str, expected: bool) -> None:  # noqa: FBT001
    """From Monday to Saturday, by the local clock."""
    assert places_are_open(datetime.fromisoformat(local).replace(tzinfo=zone(zone_name))) is expected


@pytest.mark.parametrize(
    ("hour", "is_offered"), [(2, False), (6, False), (7, True), (12, True), (20, True), (21, False), (23, False)]
)
def test_what_needs_the_day_is_not_offered_late(hour: int, is_offered: bool) -> None:  # noqa: FBT001
    """Such as a word with a neighbour: at eleven in the evening they are asleep."""
    local = datetime(2026, 11, 27, hour, tzinfo=zone("Europe/Berlin"))
    items = (content(1, "connection")._replace(tags=[DAYTIME]), content(2, "rest"))

    ranked = rank(CandidateSet("sad", items, 0.0), UUID(int=1), 2, Situation(hour=hour, unmet=unmet_conditions(local)))

    assert {item.content.kind for item in ranked} == ({"connection", "rest"} if is_offered else {"rest"})


def test_places_are_open_by_the_wall_clock_after_a_clock_change() -> None:
    """What the local clock shows decides, whatever its distance from UTC."""
    berlin = zone("Europe/Berlin")
    noons = [
        datetime.fromisoformat(f"2026-{day}T10:00+00:00").astimezone(berlin) for day in ("03-28", "03-30", "10-24")
    ]

    assert [places_are_open(noon) for noon in noons] == [True, True, True]
    assert [noon.hour for noon in noons] == [11, 12, 12]
    assert not places_are_open(noons[1] - timedelta(hours=3))


def test_nothing_needs_a_place_that_is_closed() -> None:
    """An item with the tag is left out while places are closed, for everyone."""
    candidates = CandidateSet("sad", (LIBRARY, AT_HOME), 0.0)

    closed, is_open = (
        rank(candidates, UUID(int=1), 5, Situation(unmet=frozenset(unmet))) for unmet in ([OPEN_PLACE], [])
    )

    assert [each.content.id for each in closed] == [AT_HOME.id]
    assert {each.content.id for each in is_open} == {LIBRARY.id, AT_HOME.id}


def test_items_of_the_catalogue_have_the_tag() -> None:
    """What sends people to a library or a shop says so, and what is for the day or for those who lie awake."""
    tags = (OPEN_PLACE, DAYTIME, NIGHT, WARM_SEASON)
    tagged = {tag: {row["key"] for row in read(CONTENT) if tag in row["tags"]} for tag in tags}

    assert tagged[OPEN_PLACE] >= {"book-library-wander"}
    assert tagged[DAYTIME] >= {"connection-learn-name"}
    assert tagged[NIGHT] >= {"rest-awake-night"}
    assert tagged[WARM_SEASON] >= {"nature-barefoot"}


def test_words_of_a_season_have_its_tag() -> None:
    """What is done out of doors with leaves, grass or insects waits for its season, unless it was reviewed."""
    outdoors = [row for row in read(CONTENT) if "outdoors" in row["tags"] and SEASONAL.search(row["body"])]
    untagged = {row["key"] for row in outdoors if not {WARM_SEASON, GROWING_SEASON} & {*row["tags"]}}

    assert outdoors
    assert untagged == FINE_IN_WINTER


@pytest.mark.parametrize(
    ("zone_name", "local", "unmet"),
    [
        ("Europe/Berlin", "2026-12-06T12:00", {WARM_SEASON, GROWING_SEASON}),
        ("Europe/Berlin", "2026-04-06T12:00", {WARM_SEASON}),
        ("Europe/Berlin", "2026-07-06T12:00", set()),
        ("Australia/Sydney", "2026-12-07T12:00", set()),
        ("Australia/Sydney", "2026-07-06T12:00", {WARM_SEASON, GROWING_SEASON}),
        ("Africa/Lagos", "2026-12-07T12:00", set()),
    ],
)
def test_seasons_are_those_of_the_time_zone(zone_name: str, local: str, unmet: set[str]) -> None:
    """In the south they are turned around, and in the tropics nothing has to wait for warmth."""
    moment = datetime.fromisoformat(local).replace(tzinfo=zone(zone_name))

    assert unmet_conditions(moment) - {OPEN_PLACE, NIGHT, DUSK} == unmet


@pytest.mark.parametrize(
    ("local", "light"),
    [("2026-12-06T07:30", False), ("2026-12-06T16:30", True), ("2026-12-06T17:30", False), ("2026-06-06T07:30", True),
     ("2026-06-06T18:30", True), ("2026-06-06T20:30", False)],
)  # fmt: skip
def test_winter_days_are_short(local: str, light: bool) -> None:  # noqa: FBT001 - a parameter
    """Plants are looked at while it is light."""
    moment = datetime.fromisoformat(local).replace(tzinfo=zone("Europe/Berlin"))

    assert (DAYLIGHT not in unmet_conditions(moment)) is light


@pytest.mark.parametrize(
    ("local", "dusk"), [("2026-11-27T16:10", True), ("2026-11-27T21:22", False), ("2026-06-27T21:22", True)]
)
def test_a_sunset_is_offered_when_there_is_one(local: str, dusk: bool) -> None:  # noqa: FBT001 - a parameter
    """In November it is over by the evening."""
    moment = datetime.fromisoformat(local).replace(tzinfo=zone("Europe/Berlin"))

    assert (DUSK not in unmet_conditions(moment)) is dusk


def test_those_who_lie_awake_are_met_at_night() -> None:
    """What helps at three is nothing for the evening."""
    hours = [datetime(2026, 11, 27, hour, tzinfo=zone("Europe/Berlin")) for hour in (3, 12, 19, 23)]

    assert [NIGHT not in unmet_conditions(hour) for hour in hours] == [True, False, False, True]
