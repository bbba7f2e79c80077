"""How the insights of a person change with what the statistics say now."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from functions.insights.job.insight_changes import EXPIRES_AFTER, InsightChanges, InsightEstimate, changed_insights
from functions.insights.records import Finding, InsightRow

PERSON = UUID(int=1)
NOW = datetime(2027, 2, 1, 3, tzinfo=UTC)
WALK = Finding(
    kind="factor",
    about="walk",
    names=["walk"],
    outcome="valence",
    lag=0,
    unit=1.0,
    effect=2.0,
    effect_sd=0.8,
    low=1.0,
    high=3.0,
    level=0.95,
    adjusted_p=0.001,
    n_with=40,
    n_without=60,
    n_effective=50.0,
    first_day=date(2026, 10, 1),
    last_day=date(2027, 1, 31),
    forgets_tags=False,
)


def change(
    live: list[InsightRow], found: list[Finding], estimates: list[InsightEstimate], now: datetime = NOW
) -> InsightChanges:
    return changed_insights(PERSON, live, found, {each.finding.key: each for each in estimates}, now)


def known_walk(**changes: Any) -> InsightRow:  # noqa: ANN401 - any column
    [insight] = change([], [WALK], []).new
    return insight._replace(**changes)


def test_what_is_found_becomes_a_new_insight() -> None:
    """It expires if nothing estimates it for 90 days."""
    changes = change([], [WALK], [])

    [insight] = changes.new
    assert (insight.status, insight.key, insight.expires_at) == ("new", WALK.key, NOW + EXPIRES_AFTER)
    assert changes.updated == []


@pytest.mark.parametrize("status", ["new", "seen", "dismissed", "known"])
def test_what_is_found_again_is_no_second_insight(status: str) -> None:
    """It gets the new figures and keeps what the person answered."""
    live = known_walk(status=status)

    changes = change([live], [WALK._replace(effect=2.5)], [], NOW + timedelta(days=28))

    assert changes.new == []
    [updated] = changes.updated
    assert (updated.id, updated.status, updated.effect) == (live.id, status, 2.5)


@pytest.mark.parametrize(
    ("effect", "has_ended", "status"), [(1.5, False, "new"), (0.1, True, "ended"), (-1.5, False, "ended")]
)
def test_an_insight_ends_when_it_no_longer_holds(effect: float, *, has_ended: bool, status: str) -> None:
    """Its 80 % interval covers 0, or its effect has turned without a new look."""
    [updated] = change([known_walk()], [], [InsightEstimate(WALK._replace(effect=effect), has_ended)]).updated

    assert (updated.status, updated.effect) == (status, effect)


@pytest.mark.parametrize("found", [WALK._replace(effect=-2.0), WALK._replace(about="dog", names=["dog", "walk"])])
def test_another_direction_or_other_copies_replace_an_insight(found: Finding) -> None:
    """The old one names the new one."""
    live = known_walk()

    changes = change([live], [found], [])

    [new], [replaced] = changes.new, changes.updated
    assert (replaced.id, replaced.status, replaced.replaced_by) == (live.id, "replaced", new.id)


def test_another_lag_or_outcome_replaces_nothing() -> None:
    """Each is an insight of its own."""
    changes = change([known_walk()], [WALK._replace(lag=1), WALK._replace(outcome="arousal")], [])

    assert len(changes.new) == 2
    assert changes.updated == []


def test_without_an_estimate_an_insight_stays_until_it_expires() -> None:
    """Too few days are left to tell."""
    assert change([known_walk()], [], []) == InsightChanges([], [])
