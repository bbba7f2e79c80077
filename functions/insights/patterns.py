"""Patterns of moods: hours, weekdays, months, volatility, transitions, and changes of the level."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from functions.insights import figures, queries
from functions.insights.models import (
    HourCell,
    JumpFigures,
    LevelChange,
    MonthMean,
    MoodPatterns,
    MoodTransition,
    VolatilityFigures,
    WeekdayLevel,
)
from functions.insights.queries import LatestEntry, PeriodSums
from functions.insights.rules import rhythm
from functions.insights.rules.change_points import find_change_points
from functions.insights.rules.rhythm import LocalMood
from functions.insights.rules.volatility import Moment, measure_jumps, measure_volatility
from shared.clock import zone
from shared.http import Call
from shared.http.date_range import YearRangeQuery
from shared.moods import MOODS

WINDOW = 365  # days, if none are given
MAX_ENTRIES = 2000  # the newest ones
MAX_TRANSITIONS = 20
DIGITS = figures.DIGITS


class PatternData(NamedTuple):
    """What patterns are computed from. Entries have the oldest first."""

    first: date
    last: date
    today: date
    entries: list[LatestEntry]
    daily: dict[date, float]
    months: list[PeriodSums]


async def load_patterns(call: Call[None, YearRangeQuery]) -> MoodPatterns:
    data = await load_data(call)
    return await asyncio.to_thread(compute_patterns, data)  # a year of entries takes ten milliseconds


async def load_data(call: Call[None, YearRangeQuery]) -> PatternData:
    today = await figures.load_last_day(call)
    first, last = figures.range_of(call.query, today, WINDOW)
    entries = queries.queue_latest_entries(call.conn, first, last, MAX_ENTRIES)
    points = queries.queue_points(call.conn, "mood", "day", first, last)
    months = queries.queue_periods(call.conn, "month")
    await call.conn.flush()
    return PatternData(first, last, today, entries.rows[::-1], figures.daily_values(points.rows), months.rows)


def compute_patterns(data: PatternData) -> MoodPatterns:
    moods = [_local_mood(entry) for entry in data.entries]
    moments = [Moment(mood.at, mood.value) for mood in moods]
    volatility, jumps = measure_volatility(moments), measure_jumps(moments)
    return MoodPatterns(
        first=data.first,
        last=data.last,
        entries=len(moods),
        hours=[HourCell(**cell._asdict() | {"mean": round(cell.mean, DIGITS)}) for cell in rhythm.weekday_hours(moods)],
        weekdays=_weekdays(data.daily),
        months=_months(data.months),
        moods=figures.mood_counts(Counter(mood.mood for mood in moods)),
        transitions=_transitions(moods),
        volatility=volatility and VolatilityFigures(**_rounded(volatility._asdict())),
        jumps=jumps and JumpFigures(**_rounded(jumps._asdict())),
        level_changes=_level_changes(data.daily),
        coverage=figures.coverage(data.daily, data.first, min(data.last, data.today)),
    )


def _rounded(numbers: Mapping[str, float]) -> dict[str, Any]:
    return {name: round(value, DIGITS) for name, value in numbers.items()}


def _local_mood(entry: LatestEntry) -> LocalMood:
    local = entry.occurred_at.astimezone(zone(entry.timezone))
    value = MOODS[entry.mood].valence * entry.intensity
    return LocalMood(entry.occurred_at.timestamp() / 3600, local.weekday(), local.hour, entry.mood, value)


def _weekdays(daily: Mapping[date, float]) -> list[WeekdayLevel]:
    return [
        WeekdayLevel(
            weekday=weekday, days=days, **{name: round(value, DIGITS) for name, value in level._asdict().items()}
        )
        for weekday, (days, level) in rhythm.weekdays(daily).items()
    ]


def _months(months: Iterable[PeriodSums]) -> list[MonthMean]:
    """January to December, each over all years."""
    by_month: dict[int, list[PeriodSums]] = defaultdict(list)
    for month in months:
        by_month[month.first_day.month].append(month)
    return [
        MonthMean(
            month=number,
            days=sum(each.days for each in years),
            mean=round(sum(each.value_sum for each in years) / sum(each.days for each in years), DIGITS),
        )
        for number, years in sorted(by_month.items())
    ]


def _transitions(moods: Sequence[LocalMood]) -> list[MoodTransition]:
    return [
        MoodTransition(**step._asdict() | {"share": round(step.share, DIGITS)})
        for step in rhythm.transitions(moods, MAX_TRANSITIONS)
    ]


def _level_changes(daily: Mapping[date, float]) -> list[LevelChange]:
    return [
        LevelChange(date=change.day, before=round(change.before, DIGITS), after=round(change.after, DIGITS))
        for change in find_change_points(daily)
    ]
