"""Stores the numbers of an imported diary as measures, which `insights` reads: one value for each name and day."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, time
from typing import Any

from functions.checkin.formats.diary import DiaryNumber
from functions.checkin.models import ImportedMeasure, LeftOut
from functions.checkin.queries import Context
from shared import measures
from shared.clock import local_day, zone
from shared.http import Call
from shared.http.uploads import MAX_LISTED, ImportQuery
from shared.measures import MAX_MEASURES, MeasuredValue, Spellings
from shared.stale_insights import mark_stale

OLDEST = date(1901, 1, 1)

Days = Mapping[date, float]


async def store(
    call: Call[Any, ImportQuery], context: Context, numbers: Iterable[DiaryNumber], *, granted: bool
) -> list[ImportedMeasure]:
    """Store the numbers, or with `dry_run` only tell what would be stored. Returns the measures with most days first.

    Without consent to insights, nothing is stored. Of too many names, those with most days are stored.
    """
    today = context.clock.today(call.now)
    days = await asyncio.to_thread(_daily_values, numbers, context.day_starts_at, today)
    stored = {measure.name for measure in await measures.load_measures(call.conn)} if days and granted else set()
    spellings = Spellings(stored)
    days = {spellings.of(name): values for name, values in days.items()}
    names = sorted(days, key=lambda name: (-len(days[name]), name))
    with_room = _with_room(stored, names) if granted else set()
    values = [MeasuredValue(name, day, value) for name in with_room for day, value in days[name].items()]
    if values and not call.query.dry_run:
        mark_stale(call.conn, call.person.id, call.now)  # before the lock of measures, as the routes of `insights` do
        await measures.store(call.conn, call.person.id, values)
    left_out: LeftOut = "measures_full" if granted else "consent_needed"
    return [_imported(name, days[name], None if name in with_room else left_out) for name in names[:MAX_LISTED]]


def _daily_values(numbers: Iterable[DiaryNumber], day_starts_at: time, today: date) -> Mapping[str, Days]:
    """The greatest number of each name and day: steps are counted up, and a symptom was as bad as it became.

    A measure that is 0 on all days is left out: apps write 0 for what nobody records.
    """
    days: defaultdict[str, dict[date, float]] = defaultdict(dict)
    spellings = Spellings()
    for when, written, value in numbers:
        name = spellings.of(written)
        if when.date() > OLDEST:
            day = local_day(when.replace(tzinfo=UTC), zone("UTC"), day_starts_at)
            if day <= today:
                days[name][day] = max(value, days[name].get(day, value))
    return {name: values for name, values in days.items() if any(values.values())}


def _with_room(stored: Collection[str], names: Iterable[str]) -> set[str]:
    """The names that the person has, and so many others, in this order, as a person can have."""
    new = [name for name in names if name not in stored][: MAX_MEASURES - len(stored)]
    return {*stored}.intersection(names).union(new)


def _imported(name: str, days: Days, left_out: LeftOut | None) -> ImportedMeasure:
    return ImportedMeasure(
        name=name, days=len(days), least=min(days.values()), most=max(days.values()), left_out=left_out
    )
