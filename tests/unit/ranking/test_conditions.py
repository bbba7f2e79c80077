from datetime import datetime, timedelta
from uuid import UUID

import pytest

from infra.seed import CONTENT, read
from shared.clock import zone
from shared.ranking import Situation, rank
from shared.ranking.candidates import CandidateSet
from shared.ranking.opening_hours import OPEN_PLACE, places_are_open
from tests.unit.ranking.examples import content

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

    closed, is_open = (rank(candidates, UUID(int=1), 5, Situation(places_open=value)) for value in (False, True))

    assert [each.content.id for each in closed] == [AT_HOME.id]
    assert {each.content.id for each in is_open} == {LIBRARY.id, AT_HOME.id}


def test_items_of_the_catalogue_have_the_tag() -> None:
    """What sends people to a library or a shop says so."""
    assert {row["key"] for row in read(CONTENT) if OPEN_PLACE in row["tags"]} >= {"book-library-wander"}
