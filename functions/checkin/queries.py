"""What check-ins ask of Postgres: as the person, and where a statement names one, as the service as well."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.clock import zone
from shared.db import Connection
from shared.people import Clock
from shared.ranking.person_knowledge import StoredKnowledge

CONTEXT: LiteralString = """
    SELECT timezone, day_starts_at, country, streaks_enabled, streak_current, streak_longest, streak_last_day,
           streak_timezone, streak_day_starts_at, recorded, deleted, in_danger, beliefs, taste, alike, interests, avoid
    FROM mend.checkin_context(%(entry_id)s, %(now)s)
"""

STORE: LiteralString = """
    SELECT mend.store_checkin(
        %(id)s, %(mood)s, %(intensity)s, %(note)s, %(factors)s,
        %(occurred_at)s, %(timezone)s, %(local_date)s, %(edited_at)s, %(day_starts_at)s,
        %(streak_current)s, %(streak_longest)s, %(streak_last_day)s,
        %(shown_id)s, %(shown)s, %(event_id)s, %(now)s, %(event)s
    )
"""

ENTRY: LiteralString = """
    SELECT id, mood, intensity, note, factors, occurred_at, timezone, local_date
    FROM public.mood_entries
    WHERE user_id = mend.uid() AND id = %(id)s
"""

# Newest first. The row comparison walks the index from where the last page ended, however deep that is.
PAGE: LiteralString = """
    SELECT id, mood, intensity, note, factors, occurred_at, timezone, local_date
    FROM public.mood_entries
    WHERE user_id = mend.uid()
      AND (occurred_at, id) < (%(before_at)s, %(before_id)s)
      AND (%(first)s::date IS NULL OR local_date >= %(first)s)
      AND (%(last)s::date IS NULL OR local_date <= %(last)s)
      AND (%(first)s::date IS NULL OR occurred_at >= %(first)s::timestamptz - interval '2 days')
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(limit)s
"""

# Oldest first, page by page.
PAGE_AFTER: LiteralString = """
    SELECT id, mood, intensity, note, factors, occurred_at, timezone, local_date
    FROM public.mood_entries
    WHERE user_id = mend.uid() AND (occurred_at, id) > (%(after_at)s, %(after_id)s)
    ORDER BY occurred_at, id
    LIMIT %(limit)s
"""

CHANGE: LiteralString = """
    UPDATE public.mood_entries
    SET mood = %(mood)s, intensity = %(intensity)s, note = %(note)s, factors = %(factors)s,
        occurred_at = %(occurred_at)s, local_date = %(local_date)s, edited_at = %(edited_at)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""

# The tombstones stay even where there was no entry: the deletion may arrive ahead of it.
DELETE: LiteralString = """
    WITH gone AS (
        INSERT INTO public.mood_tombstones (user_id, id)
        SELECT mend.uid(), id FROM unnest(%(ids)s::uuid[]) AS id
        ON CONFLICT DO NOTHING
    )
    DELETE FROM public.mood_entries WHERE user_id = mend.uid() AND id = ANY(%(ids)s) RETURNING id, local_date
"""

# Of two versions of an entry the later edit wins; between edits of one instant the contents decide, so that
# every order of arrival ends alike. An edit that leaves the time alone leaves its day and place alone as well.
# What comes without a time of its own ('-infinity') happened when it first came, and changes nothing later.
MERGE: LiteralString = """
    INSERT INTO public.mood_entries AS e
        (user_id, id, mood, intensity, note, factors, occurred_at, timezone, local_date, source, edited_at)
    SELECT mend.uid(), n.id, n.mood, n.intensity, n.note, n.factors, n.occurred_at, n.timezone, n.local_date,
           %(source)s, n.edited_at
    FROM jsonb_to_recordset(%(entries)s) AS n (
        id uuid, mood text, intensity smallint, note text, factors text[], occurred_at timestamptz,
        timezone text, local_date date, edited_at timestamptz
    )
    WHERE NOT EXISTS (SELECT FROM public.mood_tombstones AS t WHERE t.user_id = mend.uid() AND t.id = n.id)
    ON CONFLICT (user_id, id) DO UPDATE
        SET mood = excluded.mood, intensity = excluded.intensity, note = excluded.note, factors = excluded.factors,
            occurred_at = excluded.occurred_at, edited_at = excluded.edited_at,
            timezone = CASE excluded.occurred_at WHEN e.occurred_at THEN e.timezone ELSE excluded.timezone END,
            local_date = CASE excluded.occurred_at WHEN e.occurred_at THEN e.local_date ELSE excluded.local_date END
        WHERE (excluded.edited_at, excluded.occurred_at, excluded.mood, excluded.intensity,
               coalesce(excluded.note, ''), excluded.factors)
            > (e.edited_at, e.occurred_at, e.mood, e.intensity, coalesce(e.note, ''), e.factors)
          AND excluded.edited_at > '-infinity'
          AND %(source)s <> 'import'
    RETURNING id, local_date, xmax = 0 AS created
"""

DAYS: LiteralString = """
    SELECT occurred_at, timezone, local_date
    FROM public.mood_entries
    WHERE user_id = %(person)s
    ORDER BY occurred_at, id
"""

SHOW: LiteralString = """
    INSERT INTO public.recommendations (user_id, id, mood_entry_id, items)
    VALUES (mend.uid(), %(shown_id)s, %(id)s, %(shown)s)
"""

KEEP_STREAK: LiteralString = """
    INSERT INTO public.user_streaks (user_id, current, longest, last_day, timezone, day_starts_at)
    VALUES (mend.uid(), %(current)s, %(longest)s, %(last_day)s, %(timezone)s, %(day_starts_at)s)
    ON CONFLICT (user_id) DO UPDATE
        SET current = excluded.current, longest = excluded.longest, last_day = excluded.last_day,
            timezone = excluded.timezone, day_starts_at = excluded.day_starts_at, updated_at = now()
"""

STREAK: LiteralString = """
    SELECT current, longest, last_day, timezone, day_starts_at FROM public.user_streaks WHERE user_id = %(person)s
"""

RECORDED: LiteralString = "SELECT id FROM public.mood_entries WHERE user_id = mend.uid() AND id = ANY(%(ids)s)"

DELETED: LiteralString = "SELECT id FROM public.mood_tombstones WHERE user_id = mend.uid() AND id = ANY(%(ids)s)"

FACTORS: LiteralString = """
    SELECT factor, count(*) AS count, max(local_date) AS last_used
    FROM public.mood_entries, unnest(factors) AS factor
    WHERE user_id = mend.uid()
    GROUP BY factor
    ORDER BY count(*) DESC, max(local_date) DESC, factor
    LIMIT 200
"""


class Context(NamedTuple):
    """What a check-in must know of the person beforehand."""

    timezone: str
    day_starts_at: time
    country: str | None
    streaks_enabled: bool
    streak_current: int
    streak_longest: int
    streak_last_day: date | None
    streak_timezone: str | None
    streak_day_starts_at: time | None
    recorded: bool | None  # of an entry with the id that was asked for
    deleted: bool | None
    in_danger: bool  # by what they wrote in the last days, once that has been heard of
    beliefs: dict[str, Any] | None
    taste: dict[str, Any] | None
    alike: dict[str, Any] | None
    interests: list[str] | None
    avoid: list[str] | None

    @property
    def clock(self) -> Clock:
        return Clock(zone(self.timezone), self.day_starts_at)

    @property
    def mine(self) -> StoredKnowledge:
        """What is known of the person, as it is kept."""
        return StoredKnowledge(self.beliefs, self.taste, self.alike, self.interests, self.avoid)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    id: UUID
    mood: str
    intensity: int
    note: str | None
    factors: list[str]
    occurred_at: datetime
    timezone: str
    local_date: date


@dataclass(frozen=True, slots=True)
class Merged:
    id: UUID
    local_date: date
    created: bool


class DeletedEntry(NamedTuple):
    id: UUID
    local_date: date


class EntryDay(NamedTuple):
    """When an entry took place, and the day it stands for where the person was."""

    occurred_at: datetime
    timezone: str
    local_date: date


class StoredStreak(NamedTuple):
    """A streak, and the clock it was counted by."""

    current: int
    longest: int
    last_day: date | None
    timezone: str | None
    day_starts_at: time | None


@dataclass(frozen=True, slots=True)
class Use:
    factor: str
    count: int
    last_used: date


async def context(conn: Connection, now: datetime, entry_id: UUID | None = None) -> Context:
    [context] = (await conn.run(CONTEXT, {"entry_id": entry_id, "now": now}, Context)).rows
    return context


async def entry(conn: Connection, entry_id: UUID) -> StoredEntry | None:
    return (await conn.run(ENTRY, {"id": entry_id}, StoredEntry)).first


async def page(
    conn: Connection, *, before: tuple[datetime, UUID], first: date | None, last: date | None, limit: int
) -> list[StoredEntry]:
    params = {"before_at": before[0], "before_id": before[1], "first": first, "last": last, "limit": limit}
    return (await conn.run(PAGE, params, StoredEntry)).rows


async def page_after(conn: Connection, after: tuple[datetime, UUID], limit: int) -> list[StoredEntry]:
    place = {"after_at": after[0], "after_id": after[1], "limit": limit}
    return (await conn.run(PAGE_AFTER, place, StoredEntry)).rows


async def delete(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, date]:
    """Delete entries; the days of those that were there."""
    return {row.id: row.local_date for row in (await conn.run(DELETE, {"ids": list(ids)}, DeletedEntry)).rows}


async def merge(conn: Connection, entries: Sequence[dict[str, object]], source: str) -> list[Merged]:
    return (await conn.run(MERGE, {"entries": Jsonb(list(entries)), "source": source}, Merged)).rows


async def days(conn: Connection, person: UUID) -> list[EntryDay]:
    return (await conn.run(DAYS, {"person": person}, EntryDay)).rows


async def streak(conn: Connection, person: UUID) -> StoredStreak | None:
    return (await conn.run(STREAK, {"person": person}, StoredStreak)).first


def store(conn: Connection, row: Mapping[str, object]) -> None:
    conn.queue(STORE, row)


def show(conn: Connection, shown_id: UUID, entry_id: UUID, shown: Jsonb) -> None:
    conn.queue(SHOW, {"shown_id": shown_id, "id": entry_id, "shown": shown})


def change(conn: Connection, entry: StoredEntry, edited_at: datetime) -> None:
    conn.queue(CHANGE, {**asdict(entry), "edited_at": edited_at})


def keep_streak(conn: Connection, row: Mapping[str, object]) -> None:
    conn.queue(KEEP_STREAK, row)


async def recorded(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    return {id_ for (id_,) in (await conn.run(RECORDED, {"ids": list(ids)})).rows}


async def deleted(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    return {id_ for (id_,) in (await conn.run(DELETED, {"ids": list(ids)})).rows}


async def factors(conn: Connection) -> list[Use]:
    return (await conn.run(FACTORS, None, Use)).rows
