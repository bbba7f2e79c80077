"""`mend demo`: the person with a year of entries."""

from datetime import timedelta
from itertools import pairwise
from statistics import mean
from uuid import UUID

import pytest

from infra.demo import DAY_AFTER, SAME_DAY, entries_until, store
from shared.clock import utc_now
from shared.diary_csv import ExportEntry
from shared.moods import MOODS
from tests.conftest import Client, Clone, Issuer

PERSON = UUID("b0c6a1de-52c1-4a51-8f0e-1f4dd2a9f7a3")
DAY = timedelta(days=1)


def valence(entries: list[ExportEntry]) -> float:
    return mean(MOODS[entry.mood].valence for entry in entries)


def difference(entries: list[ExportEntry], factor: str, days_later: int) -> float:
    """How much better the mood is, on average, when the factor was there so many days before."""
    days = {entry.occurred_at.date() for entry in entries if factor in entry.factors}
    after = {day + days_later * DAY for day in days}
    return valence([e for e in entries if e.occurred_at.date() in after]) - valence(
        [e for e in entries if e.occurred_at.date() not in after]
    )


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_planted_effects_are_in_the_entries(seed: int) -> None:
    """Each with its sign, on its day, whatever the seed and the date."""
    entries = entries_until(utc_now(), PERSON, seed)

    for effects, days_later in ((SAME_DAY, 0), (DAY_AFTER, 1)):
        for factor, effect in effects.items():
            assert difference(entries, factor, days_later) * effect > abs(effect) ** 2 / 3


def test_entries_end_now_and_are_the_same_every_time() -> None:
    now = utc_now()

    first, second = entries_until(now, PERSON, 1), entries_until(now, PERSON, 1)

    assert first == second
    assert now - 2 * DAY < max(entry.occurred_at for entry in first) <= now
    assert len({entry.id for entry in first}) == len(first)


async def test_a_repetition_stores_nothing_twice(me: Client, database: Clone, issuer: Issuer) -> None:
    token, now, seed = issuer.token(me.person), utc_now(), 1

    first = await store(token, me.person, now, seed)
    second = await store(token, me.person, now, seed)

    stored = database.value("SELECT count(*) FROM public.mood_entries WHERE user_id = %s", me.person)
    assert (first.entries, second.entries, first.has_plan, second.has_plan) == (stored, 0, True, True)
    assert stored > 365


async def test_each_activity_has_an_evening_of_its_own(me: Client, database: Clone, issuer: Issuer) -> None:
    """Otherwise one mood would be the effect of several, and what was done yesterday would still rest."""
    now = utc_now()
    await store(issuer.token(me.person), me.person, now, 1)

    done = database.rows(
        "SELECT occurred_at FROM user_interactions WHERE user_id = %s AND kind = 'complete'", me.person
    )
    days = sorted({moment.date() for (moment,) in done})
    assert len(days) == len(done) > 1
    assert all(later - earlier > DAY for earlier, later in pairwise(days))
    assert now.date() - days[-1] > 5 * DAY
