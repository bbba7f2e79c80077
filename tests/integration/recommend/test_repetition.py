"""What a person was shown lately, or has in today's plan, is not offered again and again."""

import pytest

from shared.clock import utc_now
from tests.conftest import ClientFactory, ClockMover, Clone
from tests.integration.plan.plans import create_plan
from tests.integration.recommend.library import Json
from tests.integration.recommend.weeks import HOUR, Week

AGE_LISTS = "UPDATE recommendations SET created_at = created_at - interval '1 hour' WHERE user_id = %s RETURNING id"


@pytest.fixture
def week(client_for: ClientFactory, database: Clone) -> Week:
    return Week(client_for, database)


def ids(items: list[Json]) -> set[str]:
    return {item["content_id"] for item in items}


def sunk(items: list[Json]) -> set[str]:
    """The items whose score is lower because the person met them lately."""
    return {item["content_id"] for item in items if any(term["code"] == "fatigue" for term in item["terms"])}


async def test_what_was_shown_and_passed_over_sinks(week: Week) -> None:
    """An item of the last list has a lower score in the next, and most places go to others."""
    first = (await week.check_in("sad", utc_now() - HOUR))["recommendations"]
    second = (await week.check_in("sad", utc_now()))["recommendations"]

    repeated = ids(first) & ids(second)
    assert len(repeated) <= 2
    assert repeated == sunk(second)


async def test_the_feed_knows_the_lists_of_the_hours_before(week: Week) -> None:
    """Within an hour it is the same list; after it, what was shown sinks."""
    first = await week.feed(mood="sad")
    same = await week.feed(mood="sad")
    week.database.rows(AGE_LISTS, week.person)
    later = await week.feed(mood="sad")

    assert first == same
    assert ids(first["items"]) & ids(later["items"]) == sunk(later["items"])


async def test_without_consent_nothing_shown_is_looked_up(week: Week, client_for: ClientFactory) -> None:
    """Lists of before are used for personalisation only."""
    await week.check_in("sad", utc_now() - HOUR)
    account = client_for("account", week.person)
    consent = {"granted": False, "version": "2026-11-27"}
    assert (await account.put("/consents/personalisation", json=consent)).status_code == 200

    second = await week.check_in("sad", utc_now())

    assert sunk(second["recommendations"]) == set()


async def test_what_todays_plan_holds_is_not_offered_twice(
    client_for: ClientFactory, database: Clone, move_clock: ClockMover
) -> None:
    """Neither is what was swapped out of it today, nor what is done or skipped."""
    now = utc_now()
    move_clock(now.replace(hour=0, minute=30, second=0, microsecond=0) - now)  # before a plan's first activity
    week = Week(client_for, database)
    plan = client_for("plan", week.person)
    created = await create_plan(plan, current="sad", per_day=5)
    today = (await plan.get("/today")).json()
    [swapped, *_] = today["activities"]
    await plan.post(f"/{created['plan_id']}/activities/{swapped['activity_id']}/swap")
    planned = ids(today["activities"]) | ids((await plan.get("/today")).json()["activities"])

    feed = await week.feed(mood="sad", limit=20)
    check_in = await week.check_in("sad", utc_now())

    assert len(planned) == 6
    assert planned & (ids(feed["items"]) | ids(check_in["recommendations"])) == set()
