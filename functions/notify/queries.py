"""What `notify` asks of Postgres about one person: as that person, or for them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import LiteralString, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row

from functions.notify.kinds import KINDS
from functions.notify.models import NEWCOMER, InboxItem, Preferences
from shared.clock import local_day, zone
from shared.db import Connection

HAS_ACCOUNT: LiteralString = "SELECT mend.has_account(%s)"

REGISTER_DEVICE: LiteralString = "SELECT mend.register_device(%s, %s, %s)"
FORGET_DEVICE: LiteralString = "DELETE FROM public.devices WHERE user_id = %s AND token = %s"
FORGET_DEVICES: LiteralString = "DELETE FROM public.devices WHERE user_id = %s AND token = ANY(%s)"
DEVICES: LiteralString = "SELECT token FROM public.devices WHERE user_id = %s ORDER BY seen_at DESC, token DESC"

# Somebody without a profile, or without settings, has those of a new person.
SETTINGS: LiteralString = """
    SELECT coalesce(p.timezone, 'UTC') AS timezone, coalesce(p.locale, 'en') AS locale,
           s.channels, s.kinds, to_char(s.quiet_from, 'HH24:MI'), to_char(s.quiet_to, 'HH24:MI'),
           ARRAY(SELECT to_char(at, 'HH24:MI') FROM unnest(s.check_in_times) AS at), s.max_per_day
    FROM (SELECT %s::uuid AS user_id) AS me
    LEFT JOIN public.user_profiles AS p USING (user_id)
    LEFT JOIN public.notification_settings AS s USING (user_id)
"""

KEEP: LiteralString = """
    INSERT INTO public.notification_settings AS s
        (user_id, channels, kinds, quiet_from, quiet_to, check_in_times, max_per_day, rolls_at)
    VALUES (%(person)s, %(channels)s, %(kinds)s, %(quiet_from)s, %(quiet_to)s, %(check_in_times)s, %(max_per_day)s,
            %(rolls_at)s)
    ON CONFLICT (user_id) DO UPDATE
        SET channels = excluded.channels, kinds = excluded.kinds, quiet_from = excluded.quiet_from,
            quiet_to = excluded.quiet_to, check_in_times = excluded.check_in_times,
            max_per_day = excluded.max_per_day, rolls_at = excluded.rolls_at
"""

KEEP_IF_NEW: LiteralString = KEEP.partition("ON CONFLICT")[0] + "ON CONFLICT (user_id) DO NOTHING"

SILENCE: LiteralString = """
    UPDATE public.notification_settings SET silent_until = greatest(silent_until, %(until)s)
    WHERE user_id = %(person)s
"""

# What is taken out of the settings by a link in a mail: one kind, or mail altogether.
UNSUBSCRIBE: LiteralString = """
    UPDATE public.notification_settings
    SET channels = CASE %(kind)s WHEN 'email' THEN array_remove(channels, 'email') ELSE channels END,
        kinds = array_remove(kinds, %(kind)s)
    WHERE user_id = %(person)s
"""

STILL_AHEAD: LiteralString = """
    SELECT id, local_date, local_time FROM public.notifications
    WHERE user_id = %s AND state IN ('planned', 'held')
    ORDER BY id
    FOR UPDATE
"""

MOVE: LiteralString = """
    UPDATE public.notifications AS n SET due_at = m.due_at, state = 'planned', why = NULL
    FROM unnest(%(ids)s::uuid[], %(moments)s::timestamptz[]) AS m (id, due_at)
    WHERE n.user_id = %(person)s AND n.id = m.id AND n.state IN ('planned', 'held')
"""

UNPLAN: LiteralString = """
    DELETE FROM public.notifications
    WHERE user_id = %(person)s AND kind = 'check_in' AND state IN ('planned', 'held') AND slot <> ALL(%(slots)s)
"""

STREAK: LiteralString = "SELECT current, last_day, timezone, day_starts_at FROM public.user_streaks WHERE user_id = %s"

INBOX: LiteralString = """
    SELECT id AS notification_id, kind, title, body, source_id, told_at, read_at
    FROM public.notifications
    WHERE user_id = %(person)s AND (told_at, id) < (%(before_at)s, %(before_id)s) AND told_at IS NOT NULL
"""
NEWEST: LiteralString = " ORDER BY told_at DESC, id DESC LIMIT %(limit)s"
UNREAD: LiteralString = " AND read_at IS NULL"

# Whoever has read it has got it.
READ: LiteralString = """
    UPDATE public.notifications
    SET read_at = %(now)s, state = CASE WHEN state IN ('sent', 'unknown') THEN 'delivered' ELSE state END
    WHERE user_id = %(person)s AND told_at IS NOT NULL AND read_at IS NULL
      AND (%(ids)s::uuid[] IS NULL OR id = ANY(%(ids)s))
"""

# Of two events at once the later one must not write what it read before the earlier one was done.
ONE_AT_A_TIME: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

COUNT_UNREAD: LiteralString = """
    SELECT count(*) FROM public.notifications WHERE user_id = %s AND told_at IS NOT NULL AND read_at IS NULL
"""


class Settings(NamedTuple):
    """Where a person is, and how they want to be told."""

    tz: ZoneInfo
    locale: str
    preferences: Preferences


async def has_account(conn: Connection, person: UUID) -> bool:
    [(found,)] = await (await conn.execute(HAS_ACCOUNT, (person,))).fetchall()
    return bool(found)


def register_device(conn: Connection, token: str, platform: str, most: int) -> None:
    conn.post(REGISTER_DEVICE, (token, platform, most))


def forget_device(conn: Connection, person: UUID, token: str) -> None:
    conn.post(FORGET_DEVICE, (person, token))


def forget_devices(conn: Connection, person: UUID, tokens: Sequence[str]) -> None:
    conn.post(FORGET_DEVICES, (person, list(tokens)))


async def devices(conn: Connection, person: UUID) -> list[str]:
    return [row[0] for row in await (await conn.execute(DEVICES, (person,))).fetchall()]


async def settings(conn: Connection, person: UUID) -> Settings:
    [row] = await (await conn.execute(SETTINGS, (person,))).fetchall()
    timezone, locale, *kept = row
    return Settings(zone(timezone), locale, NEWCOMER if kept[0] is None else Preferences.of(*kept))


def keep(conn: Connection, person: UUID, wanted: Preferences, rolls_at: datetime) -> None:
    conn.post(KEEP, {"person": person, "rolls_at": rolls_at, **wanted.columns})


def keep_if_new(conn: Connection, person: UUID, rolls_at: datetime) -> None:
    """Somebody who has begun to check in is told what a new person is told."""
    conn.post(KEEP_IF_NEW, {"person": person, "rolls_at": rolls_at, **NEWCOMER.columns})


def silence(conn: Connection, person: UUID, until: datetime) -> None:
    conn.post(SILENCE, {"person": person, "until": until})


def unsubscribe(conn: Connection, person: UUID, kind: str) -> None:
    conn.post(UNSUBSCRIBE, {"person": person, "kind": kind})


async def still_ahead(conn: Connection, person: UUID) -> list[tuple[UUID, date, time]]:
    return await (await conn.execute(STILL_AHEAD, (person,))).fetchall()


def move(conn: Connection, person: UUID, moments: Sequence[tuple[UUID, datetime]]) -> None:
    row = {"person": person, "ids": [id_ for id_, _ in moments], "moments": [moment for _, moment in moments]}
    conn.post(MOVE, row)


def unplan(conn: Connection, person: UUID, kept: Iterable[str]) -> None:
    conn.post(UNPLAN, {"person": person, "slots": list(kept)})


async def streak(conn: Connection, person: UUID, now: datetime) -> int:
    """The run of days that today is the last of, by the clock that it was counted by."""
    row = await (await conn.execute(STREAK, (person,))).fetchone()
    if row is None or row[1] is None:
        return 0
    current, last_day, timezone, day_starts_at = row
    return int(current) if last_day == local_day(now, zone(timezone), day_starts_at) else 0


async def inbox(
    conn: Connection, person: UUID, before: tuple[datetime, UUID], limit: int, *, unread: bool
) -> list[InboxItem]:
    params = {"person": person, "before_at": before[0], "before_id": before[1], "limit": limit}
    async with conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(INBOX + (UNREAD if unread else "") + NEWEST, params)).fetchall()
    return [InboxItem(**row, link=KINDS[row["kind"]].link) for row in rows]


def read(conn: Connection, person: UUID, ids: Sequence[UUID] | None, now: datetime) -> None:
    conn.post(READ, {"person": person, "ids": ids and list(ids), "now": now})


async def unread(conn: Connection, person: UUID) -> int:
    row = await (await conn.execute(COUNT_UNREAD, (person,))).fetchone()
    return int(row[0]) if row else 0


def one_at_a_time(conn: Connection, person: UUID) -> None:
    conn.post(ONE_AT_A_TIME, (f"inbox {person}",))
