"""The SQL that keeps the sums of entries and reads them, and what a person sets for their insights."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import LiteralString, NamedTuple
from uuid import UUID, uuid5

from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from functions.insights.records import CountRow
from functions.insights.rules.factor_names import FactorSetting
from shared import locks, measures
from shared.db import Connection, Result
from shared.moods import MOODS

RECOUNT: LiteralString = "SELECT mend.roll_up_days(%(person)s, NULL, %(coordinates)s)"
COUNT_OWN_CHANGED_DAYS: LiteralString = "SELECT mend.count_own_changed_days(%(coordinates)s, %(now)s) AS counted"

MOVE_NIGHT: LiteralString = """
    UPDATE mend.insight_people SET due_at = mend.next_insight_night(user_id, %(now)s)
    WHERE user_id = %(person)s AND due_at > %(now)s
"""

# Everybody who has, or had, an entry, and agrees to insights.
PEOPLE: LiteralString = """
    SELECT user_id FROM (SELECT user_id FROM public.user_streaks UNION SELECT user_id FROM mend.insight_people) AS p
    WHERE mend.has_consent(user_id, 'insights')
"""

# The row of the person is deleted first, because that waits for the job.
DELETE_PERSON: LiteralString = "DELETE FROM mend.insight_people WHERE user_id = %(person)s"
DELETE_INSIGHTS: LiteralString = "DELETE FROM public.insights WHERE user_id = %(person)s"
DELETE_DAYS: LiteralString = "DELETE FROM mend.insight_days WHERE user_id = %(person)s"
DELETE_PERIODS: LiteralString = "DELETE FROM mend.insight_periods WHERE user_id = %(person)s"

# A metric of each day. Of a mood, the share of entries.
DAY_POINTS: LiteralString = """
    SELECT day, 1 AS days, entries,
           (CASE %(metric)s WHEN 'mood' THEN value_sum / entries WHEN 'arousal' THEN arousal_sum / entries
                WHEN 'entries' THEN entries
                ELSE coalesce((moods ->> %(metric)s)::integer, 0) / entries::numeric END)::float8 AS value
    FROM mend.insight_days
    WHERE user_id = mend.uid() AND day BETWEEN %(first)s AND %(last)s
    ORDER BY day
"""
PERIOD_POINTS: LiteralString = """
    SELECT first_day AS day, days, entries,
           (CASE %(metric)s WHEN 'mood' THEN value_sum / days WHEN 'arousal' THEN arousal_sum / days
                WHEN 'entries' THEN entries
                ELSE coalesce((moods ->> %(metric)s)::integer, 0) / entries::numeric END)::float8 AS value
    FROM mend.insight_periods
    WHERE user_id = mend.uid() AND unit = %(unit)s
      AND first_day BETWEEN date_trunc(%(unit)s, %(first)s::timestamp)::date AND %(last)s
    ORDER BY first_day
"""
MEASURE_POINTS: LiteralString = """
    SELECT date_trunc(%(unit)s, day::timestamp)::date AS day, count(*)::integer AS days, 0 AS entries,
           avg(value) AS value
    FROM public.insight_measures
    WHERE user_id = mend.uid() AND name = %(name)s
      AND day BETWEEN date_trunc(%(unit)s, %(first)s::timestamp)::date AND %(last)s
    GROUP BY 1 ORDER BY 1
"""
FIRST_DAY: LiteralString = "SELECT min(day) FROM mend.insight_days WHERE user_id = mend.uid()"
# Of the last days, since entries of earlier ones have no date to come.
LATEST_DAY: LiteralString = """
    SELECT max(local_date) FROM public.mood_entries
    WHERE user_id = mend.uid() AND occurred_at > %(now)s - interval '3 days'
    HAVING count(*) > 0
"""
PERIODS: LiteralString = """
    SELECT first_day, days, entries, tagged_days, value_sum::float8, arousal_sum::float8, moods, factors
    FROM mend.insight_periods
    WHERE user_id = mend.uid() AND unit = %(unit)s AND first_day BETWEEN %(first)s AND %(last)s
    ORDER BY first_day
"""
YEAR_DAYS: LiteralString = """
    SELECT day, entries, (value_sum / entries)::float8 AS mean, moods
    FROM mend.insight_days WHERE user_id = mend.uid() AND day BETWEEN %(first)s AND %(last)s
    ORDER BY day
"""

# The newest entries of a range, newest first. The last condition bounds what is read of the index: a local date starts
# at most two days before the same date in UTC, and ends at most two days after it.
LATEST_ENTRIES: LiteralString = """
    SELECT occurred_at, timezone, mood, intensity FROM public.mood_entries
    WHERE user_id = mend.uid() AND local_date BETWEEN %(first)s AND %(last)s
      AND occurred_at BETWEEN %(first)s::timestamptz - interval '2 days' AND %(last)s::timestamptz + interval '3 days'
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(limit)s
"""

FACTOR_SETTINGS: LiteralString = """
    SELECT factor, hidden, alias_of FROM public.insight_factors WHERE user_id = mend.uid()
"""
FACTOR_DAYS: LiteralString = "SELECT factors FROM mend.insight_periods WHERE user_id = mend.uid() AND unit = 'year'"
FACTOR_INSIGHTS: LiteralString = """
    SELECT id, names, outcome, lag, effect, low, high, n_with, n_without FROM public.insights
    WHERE user_id = mend.uid() AND kind = 'factor' AND status NOT IN ('ended', 'replaced')
    ORDER BY starts_with(outcome, 'mood:'), abs(effect) DESC, id
"""
WITHHELD: LiteralString = "SELECT withheld FROM mend.insight_people WHERE user_id = mend.uid()"
STORE_FACTOR: LiteralString = """
    INSERT INTO public.insight_factors (user_id, factor, hidden, alias_of)
    VALUES (mend.uid(), %(factor)s, %(hidden)s, %(alias_of)s)
    ON CONFLICT (user_id, factor) DO UPDATE SET hidden = excluded.hidden, alias_of = excluded.alias_of
"""
DELETE_FACTOR: LiteralString = "DELETE FROM public.insight_factors WHERE user_id = mend.uid() AND factor = %(factor)s"

DELETE_MEASURE: LiteralString = """
    DELETE FROM public.insight_measures WHERE user_id = mend.uid() AND name = %(name)s AND day = %(day)s RETURNING 1
"""
MEASURE_KEY: LiteralString = "SELECT measure_key FROM mend.insight_people WHERE user_id = mend.uid()"

ON_DAYS: LiteralString = """
    SELECT id, local_date, mood, intensity, note, factors FROM public.mood_entries
    WHERE user_id = mend.uid() AND local_date = ANY(%(days)s)
    ORDER BY occurred_at DESC, id DESC LIMIT %(limit)s
"""
# Of the means of the latest days with an entry.
LOW_VALUE: LiteralString = """
    SELECT percentile_cont(%(share)s) WITHIN GROUP (ORDER BY d.mean)
    FROM (
        SELECT (value_sum / entries)::float8 AS mean FROM mend.insight_days WHERE user_id = mend.uid()
        ORDER BY day DESC LIMIT %(days)s
    ) AS d
"""

PRODUCT_METRICS: LiteralString = """
    SELECT week, active, entries, started, returned, activities_due, activities_done, events_parked
    FROM mend.product_metrics(%(now)s)
"""


class MetricPoint(NamedTuple):
    day: date  # the first one
    days: int  # with a value
    entries: int
    value: float


class PeriodSums(NamedTuple):
    first_day: date
    days: int
    entries: int
    tagged_days: int
    value_sum: float  # of the means of days
    arousal_sum: float
    moods: dict[str, int]  # entries by mood
    factors: dict[str, int]  # days by label


class DaySums(NamedTuple):
    day: date
    entries: int
    mean: float
    moods: dict[str, int]


class LatestEntry(NamedTuple):
    occurred_at: datetime
    timezone: str
    mood: str
    intensity: int


class DatedEntry(NamedTuple):
    id: UUID
    local_date: date
    mood: str
    intensity: int
    note: str | None
    factors: list[str]


class FactorInsight(NamedTuple):
    """What goes with a factor, on the scale from -10 to 10."""

    id: UUID
    names: list[str]  # of all factors that cannot be told apart
    outcome: str
    lag: int
    effect: float
    low: float
    high: float
    n_with: int
    n_without: int | None


class IdentifiedMeasure(NamedTuple):
    """A measure with the id that stands for its name in URLs, because logs keep URLs."""

    id: UUID
    name: str
    first_day: date
    last_day: date


class WeekMetrics(NamedTuple):
    """A cell is None if fewer than ten people are behind it."""

    week: date
    active: int | None
    entries: int | None
    started: int | None
    returned: int | None
    activities_due: int | None
    activities_done: int | None
    events_parked: int


async def recount(conn: Connection, person: UUID) -> int:
    """Count all of a person's days again. Returns how many rows differed."""
    locks.lock(conn, "insight_days", person)
    [(differing,)] = (await conn.run(RECOUNT, {"person": person, "coordinates": Jsonb(coordinates())})).rows
    return int(differing)


def count_own_changed_days(conn: Connection, now: datetime) -> None:
    """Count the days of the signed-in person whose entries have changed since the last time."""
    conn.queue(COUNT_OWN_CHANGED_DAYS, {"coordinates": Jsonb(coordinates()), "now": now}, CountRow)


def delete_derived(conn: Connection, person: UUID) -> None:
    """Delete what was computed for a person. What they have entered themselves stays."""
    locks.lock(conn, "insight_days", person)
    for statement in (DELETE_PERSON, DELETE_INSIGHTS, DELETE_DAYS, DELETE_PERIODS):
        conn.queue(statement, {"person": person})


def move_night(conn: Connection, person: UUID, now: datetime) -> None:
    """Compute again when the job looks at the person."""
    conn.queue(MOVE_NIGHT, {"person": person, "now": now})


async def load_people(conn: Connection) -> list[UUID]:
    return [person for (person,) in (await conn.run(PEOPLE)).rows]


def queue_points(conn: Connection, metric: str, unit: str, first: date, last: date) -> Result[MetricPoint]:
    """Queue the read of a metric by day, week, month or year. `metric` is mood, arousal, entries or a mood's name."""
    params = {"metric": metric, "unit": unit, "first": first, "last": last}
    return conn.queue(DAY_POINTS if unit == "day" else PERIOD_POINTS, params, MetricPoint)


def queue_measure(conn: Connection, name: str, unit: str, first: date, last: date) -> Result[MetricPoint]:
    """Queue the read of the means of a measure."""
    return conn.queue(MEASURE_POINTS, {"name": name, "unit": unit, "first": first, "last": last}, MetricPoint)


async def load_first_day(conn: Connection) -> date | None:
    """The first day with an entry."""
    [(day,)] = (await conn.run(FIRST_DAY)).rows
    return day if isinstance(day, date) else None


def queue_latest_day(conn: Connection, now: datetime) -> Result[TupleRow]:
    """The latest local date of the entries of the last days. No row if there are none."""
    return conn.queue(LATEST_DAY, {"now": now})


def queue_periods(conn: Connection, unit: str, first: date = date.min, last: date = date.max) -> Result[PeriodSums]:
    return conn.queue(PERIODS, {"unit": unit, "first": first, "last": last}, PeriodSums)


async def load_year_days(conn: Connection, first: date, last: date) -> list[DaySums]:
    return (await conn.run(YEAR_DAYS, {"first": first, "last": last}, DaySums)).rows


def queue_latest_entries(conn: Connection, first: date, last: date, limit: int) -> Result[LatestEntry]:
    return conn.queue(LATEST_ENTRIES, {"first": first, "last": last, "limit": limit}, LatestEntry)


def queue_factor_settings(conn: Connection) -> Result[FactorSetting]:
    return conn.queue(FACTOR_SETTINGS, None, FactorSetting)


def queue_factor_days(conn: Connection) -> Result[TupleRow]:
    """Queue the read of how many days each label of a factor has, by year."""
    return conn.queue(FACTOR_DAYS)


def queue_factor_insights(conn: Connection) -> Result[FactorInsight]:
    return conn.queue(FACTOR_INSIGHTS, None, FactorInsight)


def queue_withheld(conn: Connection) -> Result[TupleRow]:
    """Queue the read of the factors without a finding, as documents of the job."""
    return conn.queue(WITHHELD)


def store_factor(conn: Connection, setting: FactorSetting) -> None:
    """Store what the person sets for a factor. One that is as it was at first needs no row."""
    is_set = setting.hidden or setting.alias_of
    conn.queue(STORE_FACTOR if is_set else DELETE_FACTOR, setting._asdict())


async def delete_measure(conn: Connection, name: str, day: date) -> bool:
    """Whether there was a value."""
    return bool((await conn.run(DELETE_MEASURE, {"name": name, "day": day})).rows)


async def load_measures(conn: Connection) -> list[IdentifiedMeasure]:
    """The person's measures. The key of their ids is random, so nobody can guess a name from an id."""
    keys = conn.queue(MEASURE_KEY)
    rows = await measures.load_measures(conn)
    return [IdentifiedMeasure(uuid5(key, row.name), *row) for (key,) in keys.rows for row in rows]


def queue_entries_on(conn: Connection, days: Sequence[date], limit: int) -> Result[DatedEntry]:
    return conn.queue(ON_DAYS, {"days": list(days), "limit": limit}, DatedEntry)


async def load_low_value(conn: Connection, share: float, days: int) -> float | None:
    """Which value this share of the latest days lies below. None without days."""
    [(value,)] = (await conn.run(LOW_VALUE, {"share": share, "days": days})).rows
    return value if isinstance(value, float) else None


async def load_product_metrics(conn: Connection, now: datetime) -> list[WeekMetrics]:
    """The figures of the latest twelve weeks. Only admins may read them."""
    return (await conn.run(PRODUCT_METRICS, {"now": now}, WeekMetrics)).rows


@cache
def coordinates() -> dict[str, tuple[float, float]]:
    """The valence and arousal of each mood."""
    return {mood.name: mood.point for mood in MOODS.values()}
