"""All SQL of `checkin`. It runs as the person; statements with a `person` parameter also run as the service."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from functions.checkin.rules.factor_uses import CountedFactor
from functions.checkin.rules.streak_days import StreakCount
from shared.ages import AgeBand
from shared.clock import zone
from shared.db import Connection
from shared.people import Clock
from shared.ranking.better_days import StoredInsight
from shared.ranking.person_knowledge import MetLately, ShownLists, StoredKnowledge

CREATION_EDITED_AT = datetime(1900, 1, 1, tzinfo=UTC)  # of an entry that was never edited: before every edit

CONTEXT: LiteralString = """
    SELECT timezone, day_starts_at, country, locale, streaks_enabled, streak_current, streak_longest, streak_last_day,
           streak_timezone, streak_day_starts_at, recorded, deleted, in_care, safety_plan, question, question_variant,
           beliefs, taste, similar_taste, interests, avoid, made_today, made, imported, shown, planned,
           has_plan, better_days, age_band
    FROM mend.checkin_context(%(entry_id)s, %(now)s)
"""

STORE_CHECKIN: LiteralString = """
    SELECT mend.store_checkin(
        %(id)s, %(mood)s, %(intensity)s, %(note)s, %(factors)s,
        %(occurred_at)s, %(timezone)s, %(local_date)s, %(edited_at)s, %(day_starts_at)s,
        %(streak_current)s, %(streak_longest)s, %(streak_last_day)s,
        %(recommendation_id)s, %(recommended_items)s, %(event_id)s, %(now)s, %(event)s
    )
"""

ENTRY: LiteralString = """
    SELECT id, mood, intensity, note, factors, occurred_at, timezone, local_date
    FROM public.mood_entries
    WHERE user_id = mend.uid() AND id = %(id)s
"""

# Newest first. The row comparison reads the index from the end of the last page, so deep pages cost no more.
# The last condition bounds that read: a local date starts at most two days before the same date in UTC.
ENTRY_PAGE: LiteralString = """
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

# Oldest first.
EXPORT_PAGE: LiteralString = """
    SELECT id, mood, intensity, note, factors, occurred_at, timezone, local_date
    FROM public.mood_entries
    WHERE user_id = mend.uid() AND (occurred_at, id) > (%(after_at)s, %(after_id)s)
    ORDER BY occurred_at, id
    LIMIT %(limit)s
"""

UPDATE_ENTRY: LiteralString = """
    UPDATE public.mood_entries
    SET mood = %(mood)s, intensity = %(intensity)s, note = %(note)s, factors = %(factors)s,
        occurred_at = %(occurred_at)s, local_date = %(local_date)s, edited_at = %(edited_at)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""

# Stores a tombstone even without an entry: a deletion may arrive before the entry it deletes.
DELETE_ENTRIES: LiteralString = """
    WITH tombstones AS (
        INSERT INTO public.mood_tombstones (user_id, id)
        SELECT mend.uid(), id FROM unnest(%(ids)s::uuid[]) AS id
        ON CONFLICT DO NOTHING
    )
    DELETE FROM public.mood_entries WHERE user_id = mend.uid() AND id = ANY(%(ids)s) RETURNING id, occurred_at
"""

# Of two versions of an entry the later edit wins. With equal edit times the contents decide, so every order of arrival
# gives the same result. An edit that keeps `occurred_at` also keeps the local date and the zone. An entry without a
# time of its own has the edit time '-infinity': it takes place when it first arrives, and a repeat changes nothing.
# An import never changes a stored entry.
MERGE_ENTRIES: LiteralString = """
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
    RETURNING id, occurred_at, xmax = 0 AS created
"""

COUNT_STREAK: LiteralString = """
    SELECT current, longest, last_day FROM mend.count_streak(%(person)s, %(timezone)s, %(day_starts_at)s)
"""

COUNT_ENTRIES: LiteralString = "SELECT mend.count_entries(%(made)s, %(imported)s, %(now)s)"

INSERT_RECOMMENDATION: LiteralString = """
    INSERT INTO public.recommendations (user_id, id, mood_entry_id, items)
    VALUES (mend.uid(), %(recommendation_id)s, %(entry_id)s, %(items)s)
"""

STORE_STREAK: LiteralString = """
    INSERT INTO public.user_streaks (user_id, current, longest, last_day, timezone, day_starts_at)
    VALUES (mend.uid(), %(current)s, %(longest)s, %(last_day)s, %(timezone)s, %(day_starts_at)s)
    ON CONFLICT (user_id) DO UPDATE
        SET current = excluded.current, longest = excluded.longest, last_day = excluded.last_day,
            timezone = excluded.timezone, day_starts_at = excluded.day_starts_at, updated_at = now()
"""

STREAK: LiteralString = """
    SELECT current, longest, last_day, timezone, day_starts_at FROM public.user_streaks WHERE user_id = %(person)s
"""

RECORDED_IDS: LiteralString = "SELECT id FROM public.mood_entries WHERE user_id = mend.uid() AND id = ANY(%(ids)s)"

DELETED_IDS: LiteralString = "SELECT id FROM public.mood_tombstones WHERE user_id = mend.uid() AND id = ANY(%(ids)s)"

# The spellings that are used most. `rules.factor_uses` counts those of one factor together.
FACTOR_SPELLINGS: LiteralString = """
    SELECT factor, count(*) AS count, max(local_date) AS last_used
    FROM public.mood_entries, unnest(factors) AS factor
    WHERE user_id = mend.uid()
    GROUP BY factor
    ORDER BY count(*) DESC, max(local_date) DESC, factor
    LIMIT 2000
"""


class Context(NamedTuple):
    """The facts about a person that every change of their entries needs, in one round trip."""

    timezone: str
    day_starts_at: time
    country: str | None
    locale: str | None
    streaks_enabled: bool
    streak_current: int
    streak_longest: int
    streak_last_day: date | None
    streak_timezone: str | None
    streak_day_starts_at: time | None
    recorded: bool | None  # whether there is an entry with the given id; None without an id
    deleted: bool | None  # whether there is a tombstone with the given id
    in_care: bool  # within the care period after words of danger
    safety_plan: bool  # within a care period or with a question, whether the person has one
    question: str | None  # the code of what a review asks
    question_variant: int | None
    beliefs: dict[str, Any] | None
    taste: dict[str, Any] | None
    similar_taste: dict[str, Any] | None
    interests: list[str] | None
    avoid: list[str] | None
    made_today: int  # entries, today by UTC; deleted ones included
    made: int  # entries ever, without imported ones
    imported: int
    shown: ShownLists | None
    planned: list[UUID] | None  # the items of today's plan
    has_plan: bool  # one that is active, whatever it holds for today
    better_days: list[StoredInsight] | None
    age_band: AgeBand | None  # within a care period or with a question

    @property
    def clock(self) -> Clock:
        return Clock(zone(self.timezone), self.day_starts_at)

    @property
    def streak(self) -> StreakCount:
        return StreakCount(self.streak_current, self.streak_longest, self.streak_last_day)

    @property
    def knowledge(self) -> StoredKnowledge:
        return StoredKnowledge(
            self.beliefs, self.taste, self.similar_taste, self.interests, self.avoid, self.better_days
        )

    @property
    def met(self) -> MetLately:
        return MetLately(self.shown, self.planned)


class StoredEntry(NamedTuple):
    id: UUID
    mood: str
    intensity: int
    note: str | None
    factors: list[str]
    occurred_at: datetime
    timezone: str
    local_date: date


class MergedEntry(NamedTuple):
    id: UUID
    occurred_at: datetime
    created: bool


class DeletedEntry(NamedTuple):
    id: UUID
    occurred_at: datetime


class StoredStreakCount(NamedTuple):
    """A streak count, with the clock it was counted by."""

    current: int
    longest: int
    last_day: date | None
    timezone: str | None
    day_starts_at: time | None


async def load_context(conn: Connection, now: datetime, entry_id: UUID | None = None) -> Context:
    """Lock the person's streak and counts until the transaction ends, and load the context."""
    [context] = (await conn.run(CONTEXT, {"entry_id": entry_id, "now": now}, Context)).rows
    return context


def store_checkin(conn: Connection, row: Mapping[str, object]) -> None:
    """Store an entry, the streak, the recommendations and the event."""
    conn.queue(STORE_CHECKIN, row)


async def load_entry(conn: Connection, entry_id: UUID) -> StoredEntry | None:
    return (await conn.run(ENTRY, {"id": entry_id}, StoredEntry)).first


async def load_entry_page(
    conn: Connection, *, before: tuple[datetime, UUID], first: date | None, last: date | None, limit: int
) -> list[StoredEntry]:
    params = {"before_at": before[0], "before_id": before[1], "first": first, "last": last, "limit": limit}
    return (await conn.run(ENTRY_PAGE, params, StoredEntry)).rows


async def load_export_page(conn: Connection, after: tuple[datetime, UUID], limit: int) -> list[StoredEntry]:
    params = {"after_at": after[0], "after_id": after[1], "limit": limit}
    return (await conn.run(EXPORT_PAGE, params, StoredEntry)).rows


def update_entry(conn: Connection, entry: StoredEntry, edited_at: datetime) -> None:
    conn.queue(UPDATE_ENTRY, {**entry._asdict(), "edited_at": edited_at})


async def delete_entries(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Delete entries. Returns when each entry that existed took place, by id."""
    rows = (await conn.run(DELETE_ENTRIES, {"ids": list(ids)}, DeletedEntry)).rows
    return {row.id: row.occurred_at for row in rows}


async def merge_entries(conn: Connection, entries: Sequence[dict[str, object]], source: str) -> list[MergedEntry]:
    """Store entries, or newer versions of them. Returns those that changed something."""
    return (await conn.run(MERGE_ENTRIES, {"entries": Jsonb(list(entries)), "source": source}, MergedEntry)).rows


async def count_streak(conn: Connection, person: UUID, clock: Clock) -> StreakCount:
    """The count of all stored entries, by the person's present clock."""
    params = {"person": person, "timezone": clock.zone.key, "day_starts_at": clock.day_starts_at}
    [count] = (await conn.run(COUNT_STREAK, params, StreakCount)).rows
    return count


def count_entries(conn: Connection, now: datetime, *, made: int = 0, imported: int = 0) -> None:
    """Add new entries to the person's counts. `load_context` has locked them."""
    conn.queue(COUNT_ENTRIES, {"made": made, "imported": imported, "now": now})


def insert_recommendation(conn: Connection, recommendation_id: UUID, entry_id: UUID, items: Jsonb) -> None:
    conn.queue(INSERT_RECOMMENDATION, {"recommendation_id": recommendation_id, "entry_id": entry_id, "items": items})


async def load_streak(conn: Connection, person: UUID) -> StoredStreakCount | None:
    return (await conn.run(STREAK, {"person": person}, StoredStreakCount)).first


def store_streak(conn: Connection, row: Mapping[str, object]) -> None:
    conn.queue(STORE_STREAK, row)


async def load_recorded_ids(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    return {id_ for (id_,) in (await conn.run(RECORDED_IDS, {"ids": list(ids)})).rows}


async def load_deleted_ids(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    return {id_ for (id_,) in (await conn.run(DELETED_IDS, {"ids": list(ids)})).rows}


async def load_factor_spellings(conn: Connection) -> list[CountedFactor]:
    return (await conn.run(FACTOR_SPELLINGS, None, CountedFactor)).rows
