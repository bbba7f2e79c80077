"""The SQL of the nightly job, which runs as `mend_service`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, LiteralString, NamedTuple, TypeVar
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import JsonValue
from pydantic_core import to_json

from functions.insights.queries import coordinates
from functions.insights.records import CountRow, InsightRow
from shared import people
from shared.db import Connection, Result
from shared.people import Clock

EXPIRED_BATCH = 5_000
ANNOUNCEMENTS_A_WEEK = 2

PEOPLE_WITH_CHANGED_DAYS: LiteralString = """
    SELECT DISTINCT user_id FROM mend.changed_insight_days
    WHERE user_id > %(after)s AND user_id <= %(until)s ORDER BY user_id LIMIT %(limit)s
"""
COUNT_CHANGED_DAYS: LiteralString = """
    SELECT mend.count_changed_days(p, %(coordinates)s, %(now)s) AS counted FROM unnest(%(people)s::uuid[]) AS p
"""

# A person's row is locked until their insights are stored: other jobs leave them out, and a change of their entries
# that is not read here waits to mark them as due again. If the job dies, Postgres releases the lock.
LOCK_DUE_PEOPLE: LiteralString = """
    SELECT p.user_id, p.ledger, p.withheld,
           EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = p.user_id AND c.ends_at > %(now)s) AS in_care
    FROM mend.insight_people AS p
    WHERE p.due_at <= %(now)s AND mend.has_consent(p.user_id, 'insights')
    ORDER BY p.due_at
    LIMIT %(limit)s
    FOR UPDATE OF p SKIP LOCKED
"""
LOCK_PERSON: LiteralString = """
    SELECT p.user_id, p.ledger, p.withheld,
           EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = p.user_id AND c.ends_at > %(now)s) AS in_care
    FROM mend.insight_people AS p
    WHERE p.user_id = %(person)s AND p.due_at IS NOT NULL AND mend.has_consent(p.user_id, 'insights')
    FOR UPDATE OF p
"""

ENTRY_DAYS: LiteralString = """
    SELECT user_id, sum(days)::integer AS entry_days FROM mend.insight_periods
    WHERE user_id = ANY(%(people)s) AND unit = 'year'
    GROUP BY user_id
"""
DAYS: LiteralString = """
    SELECT user_id, day, entries, tagged_entries, value_sum::float8 AS value_sum, arousal_sum::float8 AS arousal_sum,
           moods, factors
    FROM mend.insight_days
    WHERE user_id = ANY(%(people)s) AND day >= %(since)s AND day <= %(until)s
    ORDER BY user_id, day
"""
MEASURES: LiteralString = """
    SELECT user_id, name, day, value FROM public.insight_measures
    WHERE user_id = ANY(%(people)s) AND day >= %(since)s AND day <= %(until)s
"""
FACTOR_SETTINGS: LiteralString = """
    SELECT user_id, factor, hidden, alias_of FROM public.insight_factors WHERE user_id = ANY(%(people)s)
"""
BELIEFS: LiteralString = """
    SELECT user_id, beliefs FROM mend.person_learning
    WHERE beliefs IS NOT NULL
      AND user_id = ANY(ARRAY(
          SELECT p FROM unnest(%(people)s::uuid[]) AS p WHERE mend.has_consent(p, 'personalisation')
      ))
"""
CONTENT_EFFECTS: LiteralString = """
    SELECT id, kind, effect FROM public.content WHERE id = ANY(%(ids)s) AND deleted_at IS NULL
"""
LIVE_INSIGHTS: LiteralString = """
    SELECT user_id, id, kind, about, names, outcome, lag, unit, effect, effect_sd, low, high, level, adjusted_p, n_with,
           n_without, n_effective, first_day, last_day, forgets_tags, method_version, status, useful, found_at,
           estimated_at, expires_at, replaced_by
    FROM public.insights
    WHERE user_id = ANY(%(people)s) AND status NOT IN ('ended', 'replaced')
    ORDER BY user_id, found_at, id
"""

# The person may have dismissed it meanwhile: a status changes only to an end.
UPDATE_INSIGHTS: LiteralString = """
    UPDATE public.insights AS i
    SET names = r.names, unit = r.unit, effect = r.effect, effect_sd = r.effect_sd, low = r.low, high = r.high,
        level = r.level, adjusted_p = r.adjusted_p, n_with = r.n_with, n_without = r.n_without,
        n_effective = r.n_effective, first_day = r.first_day, last_day = r.last_day, forgets_tags = r.forgets_tags,
        method_version = r.method_version, estimated_at = r.estimated_at, expires_at = r.expires_at,
        replaced_by = r.replaced_by,
        status = CASE WHEN r.status IN ('ended', 'replaced') THEN r.status ELSE i.status END
    FROM jsonb_populate_recordset(NULL::public.insights, %(rows)s) AS r
    WHERE i.user_id = r.user_id AND i.id = r.id
"""
INSERT_INSIGHTS: LiteralString = """
    INSERT INTO public.insights SELECT * FROM jsonb_populate_recordset(NULL::public.insights, %(rows)s)
"""
STORE_PEOPLE: LiteralString = """
    UPDATE mend.insight_people AS p
    SET ledger = r.ledger, withheld = r.withheld,
        due_at = CASE WHEN r.done THEN NULL ELSE mend.next_insight_night(p.user_id, %(now)s) END
    FROM jsonb_to_recordset(%(rows)s) AS r (user_id uuid, ledger jsonb, withheld jsonb, done boolean)
    WHERE p.user_id = r.user_id
"""

# All new insights of a person are announced at once.
TELL: LiteralString = """
    UPDATE public.insights AS i SET told_at = %(now)s
    WHERE i.user_id = ANY(%(people)s) AND i.status = 'new' AND i.told_at IS NULL AND (
        SELECT count(DISTINCT t.told_at) FROM public.insights AS t
        WHERE t.user_id = i.user_id AND t.told_at > %(now)s - interval '7 days'
    ) < %(most)s
    RETURNING i.user_id, i.id, abs(i.effect_sd) AS strength
"""

EXPIRE: LiteralString = """
    UPDATE public.insights AS i SET status = 'ended'
    FROM (
        SELECT user_id, id FROM public.insights
        WHERE expires_at <= %(now)s AND status NOT IN ('ended', 'replaced')
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ) AS expired
    WHERE i.user_id = expired.user_id AND i.id = expired.id
"""


class DuePersonRow(NamedTuple):
    user_id: UUID
    ledger: dict[str, JsonValue] | None
    withheld: list[JsonValue]
    in_care: bool


class EntryDaysRow(NamedTuple):
    user_id: UUID
    entry_days: int


class DaySumsRow(NamedTuple):
    user_id: UUID
    day: date
    entries: int
    tagged_entries: int
    value_sum: float
    arousal_sum: float
    moods: dict[str, int]
    factors: dict[str, int]


class MeasureRow(NamedTuple):
    user_id: UUID
    name: str
    day: date
    value: float


class FactorSettingRow(NamedTuple):
    user_id: UUID
    factor: str
    hidden: bool
    alias_of: str | None


class BeliefsRow(NamedTuple):
    user_id: UUID
    beliefs: dict[str, Any]


class ContentEffectRow(NamedTuple):
    id: UUID
    kind: str
    effect: float


class ToldRow(NamedTuple):
    user_id: UUID
    id: UUID
    strength: float


class PersonData(NamedTuple):
    """What the insights of one person are computed from."""

    person: DuePersonRow
    clock: Clock
    entry_days: int
    days: Sequence[DaySumsRow]
    measures: Sequence[MeasureRow]
    settings: Sequence[FactorSettingRow]
    beliefs: Mapping[str, Any]
    live: Sequence[InsightRow]


class PersonResult(NamedTuple):
    """What is stored for one person. If it is not done, they are due again in the next night."""

    user_id: UUID
    ledger: Mapping[str, JsonValue] | None
    withheld: Sequence[JsonValue]
    done: bool
    updated: Sequence[InsightRow] = ()
    new: Sequence[InsightRow] = ()


Row = TypeVar("Row", DaySumsRow, MeasureRow, FactorSettingRow, InsightRow)


async def load_people_with_changed_days(conn: Connection, after: UUID, until: UUID, limit: int) -> list[UUID]:
    """The first of them in this part of all ids, in order."""
    params = {"after": after, "until": until, "limit": limit}
    return [person for (person,) in (await conn.run(PEOPLE_WITH_CHANGED_DAYS, params)).rows]


def count_changed_days(conn: Connection, people: Sequence[UUID], now: datetime) -> None:
    """Count the days of these people whose entries have changed since the last time."""
    params = {"people": list(people), "coordinates": Jsonb(coordinates()), "now": now}
    conn.queue(COUNT_CHANGED_DAYS, params, CountRow)


async def lock_due_people(conn: Connection, now: datetime, limit: int) -> list[DuePersonRow]:
    return (await conn.run(LOCK_DUE_PEOPLE, {"now": now, "limit": limit}, DuePersonRow)).rows


async def lock_person(conn: Connection, person: UUID, now: datetime) -> list[DuePersonRow]:
    """The person, if there is something new about them."""
    return (await conn.run(LOCK_PERSON, {"person": person, "now": now}, DuePersonRow)).rows


async def load_people(
    conn: Connection, due: Sequence[DuePersonRow], now: datetime, window: timedelta
) -> list[PersonData]:
    ids = [person.user_id for person in due]
    until = (now + timedelta(days=1)).date()  # the local date may be that of tomorrow
    params = {"people": ids, "since": until - window, "until": until}
    entry_days = conn.queue(ENTRY_DAYS, params, EntryDaysRow)
    days, measures = conn.queue(DAYS, params, DaySumsRow), conn.queue(MEASURES, params, MeasureRow)
    settings = conn.queue(FACTOR_SETTINGS, params, FactorSettingRow)
    beliefs, live = conn.queue(BELIEFS, params, BeliefsRow), conn.queue(LIVE_INSIGHTS, params, InsightRow)
    profiles = await people.load_profiles(conn, ids)
    counts = {row.user_id: row.entry_days for row in entry_days.rows}
    beliefs_of = {row.user_id: row.beliefs for row in beliefs.rows}
    days_of, measures_of = _by_person(days), _by_person(measures)
    settings_of, live_of = _by_person(settings), _by_person(live)
    return [
        PersonData(
            person,
            profiles[id_].clock,
            counts.get(id_, 0),
            days_of[id_],
            measures_of[id_],
            settings_of[id_],
            beliefs_of.get(id_, {}),
            live_of[id_],
        )
        for id_, person in ((person.user_id, person) for person in due)
    ]


def _by_person(result: Result[Row]) -> Mapping[UUID, list[Row]]:
    groups: dict[UUID, list[Row]] = defaultdict(list)
    for row in result.rows:
        groups[row.user_id].append(row)
    return groups


async def load_content_effects(conn: Connection, ids: Iterable[UUID]) -> list[ContentEffectRow]:
    return (await conn.run(CONTENT_EFFECTS, {"ids": list(ids)}, ContentEffectRow)).rows


def store_results(conn: Connection, results: Sequence[PersonResult], now: datetime) -> None:
    """Store the insights that are over before the new ones, which may take their place."""
    updated = [row._asdict() for result in results for row in result.updated]
    new = [row._asdict() | {"told_at": None} for result in results for row in result.new]
    people_rows = [
        {"user_id": each.user_id, "ledger": each.ledger, "withheld": each.withheld, "done": each.done}
        for each in results
    ]
    if updated:
        conn.queue(UPDATE_INSIGHTS, {"rows": Jsonb(updated, to_json)})
    if new:
        conn.queue(INSERT_INSIGHTS, {"rows": Jsonb(new, to_json)})
    conn.queue(STORE_PEOPLE, {"rows": Jsonb(people_rows, to_json), "now": now})


async def tell_new_insights(conn: Connection, ids: Sequence[UUID], now: datetime) -> list[ToldRow]:
    """Mark the new insights of these people as announced, at most two times a week for each person."""
    params = {"people": list(ids), "now": now, "most": ANNOUNCEMENTS_A_WEEK}
    return (await conn.run(TELL, params, ToldRow)).rows


async def expire_insights(conn: Connection, now: datetime) -> bool:
    """End up to 5,000 insights that were not estimated for long. Returns whether there may be more."""
    result = await conn.run(EXPIRE, {"now": now, "limit": EXPIRED_BATCH})
    return result.tag == f"UPDATE {EXPIRED_BATCH}".encode()
