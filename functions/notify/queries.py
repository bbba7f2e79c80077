"""What `notify` asks of Postgres about one person: as that person, or for them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import LiteralString, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from functions.notify.kinds import KINDS
from functions.notify.models import NEWCOMER, InboxItem, Preferences
from shared import people
from shared.clock import zone
from shared.db import Connection
from shared.people import Clock

HAS_ACCOUNT: LiteralString = "SELECT mend.has_account(%(person)s)"

REGISTER_DEVICE: LiteralString = "SELECT mend.register_device(%(token)s, %(platform)s, %(most)s)"
FORGET_DEVICES: LiteralString = "DELETE FROM public.devices WHERE user_id = %(person)s AND token = ANY(%(tokens)s)"
DEVICES: LiteralString = """
    SELECT token FROM public.devices WHERE user_id = %(person)s ORDER BY seen_at DESC, token DESC
"""

SETTINGS: LiteralString = """
    SELECT channels, kinds, to_char(quiet_from, 'HH24:MI') AS quiet_from, to_char(quiet_to, 'HH24:MI') AS quiet_to,
           ARRAY(SELECT to_char(at, 'HH24:MI') FROM unnest(check_in_times) AS at) AS check_in_times, max_per_day
    FROM public.notification_settings
    WHERE user_id = %(person)s
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

KEEP_IF_NEW: LiteralString = """
    INSERT INTO public.notification_settings
        (user_id, channels, kinds, quiet_from, quiet_to, check_in_times, max_per_day, rolls_at)
    VALUES (%(person)s, %(channels)s, %(kinds)s, %(quiet_from)s, %(quiet_to)s, %(check_in_times)s, %(max_per_day)s,
            %(rolls_at)s)
    ON CONFLICT (user_id) DO NOTHING
"""

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
    WHERE user_id = %(person)s AND state IN ('planned', 'held')
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

STREAK: LiteralString = """
    SELECT current, last_day, timezone, day_starts_at
    FROM public.user_streaks
    WHERE user_id = %(person)s AND last_day IS NOT NULL
"""

INBOX: LiteralString = """
    SELECT id AS notification_id, kind, title, body, source_id, told_at, read_at
    FROM public.notifications
    WHERE user_id = %(person)s AND (told_at, id) < (%(before_at)s, %(before_id)s) AND told_at IS NOT NULL
    ORDER BY told_at DESC, id DESC
    LIMIT %(limit)s
"""

# A statement of its own, so that it is planned by the index of what is unread.
UNREAD: LiteralString = """
    SELECT id AS notification_id, kind, title, body, source_id, told_at, read_at
    FROM public.notifications
    WHERE user_id = %(person)s AND (told_at, id) < (%(before_at)s, %(before_id)s) AND told_at IS NOT NULL
      AND read_at IS NULL
    ORDER BY told_at DESC, id DESC
    LIMIT %(limit)s
"""

# Whoever has read it has got it.
READ: LiteralString = """
    UPDATE public.notifications
    SET read_at = %(now)s, state = CASE WHEN state IN ('sent', 'unknown') THEN 'delivered' ELSE state END
    WHERE user_id = %(person)s AND told_at IS NOT NULL AND read_at IS NULL
      AND (%(ids)s::uuid[] IS NULL OR id = ANY(%(ids)s))
"""

COUNT_UNREAD: LiteralString = """
    SELECT count(*) FROM public.notifications WHERE user_id = %(person)s AND told_at IS NOT NULL AND read_at IS NULL
"""


class Settings(NamedTuple):
    """Where a person is, and how they want to be told."""

    tz: ZoneInfo
    locale: str
    preferences: Preferences


class StoredSettings(NamedTuple):
    channels: list[str]
    kinds: list[str]
    quiet_from: str | None
    quiet_to: str | None
    check_in_times: list[str]
    max_per_day: int


class NotificationAhead(NamedTuple):
    id: UUID
    local_date: date
    local_time: time


class StoredStreak(NamedTuple):
    """A streak, and the clock it was counted by."""

    current: int
    last_day: date
    timezone: str
    day_starts_at: time


class StoredNotification(NamedTuple):
    notification_id: UUID
    kind: str
    title: str
    body: str
    source_id: UUID | None
    told_at: datetime
    read_at: datetime | None


async def has_account(conn: Connection, person: UUID) -> bool:
    [(found,)] = (await conn.run(HAS_ACCOUNT, {"person": person})).rows
    return bool(found)


def register_device(conn: Connection, token: str, platform: str, most: int) -> None:
    conn.queue(REGISTER_DEVICE, {"token": token, "platform": platform, "most": most})


def forget_devices(conn: Connection, person: UUID, tokens: Sequence[str]) -> None:
    conn.queue(FORGET_DEVICES, {"person": person, "tokens": list(tokens)})


async def devices(conn: Connection, person: UUID) -> list[str]:
    return [token for (token,) in (await conn.run(DEVICES, {"person": person})).rows]


async def settings(conn: Connection, person: UUID) -> Settings:
    """Somebody without a profile, or without settings, has those of a new person."""
    profiles = people.queue_profiles(conn, [person])
    stored = (await conn.run(SETTINGS, {"person": person}, StoredSettings)).first
    [profile] = profiles.rows
    return Settings(profile.clock.zone, profile.locale, Preferences.of(*stored) if stored else NEWCOMER)


def keep(conn: Connection, person: UUID, wanted: Preferences, rolls_at: datetime) -> None:
    conn.queue(KEEP, {"person": person, "rolls_at": rolls_at, **wanted.columns})


def keep_if_new(conn: Connection, person: UUID, rolls_at: datetime) -> None:
    """Somebody who has begun to check in is told what a new person is told."""
    conn.queue(KEEP_IF_NEW, {"person": person, "rolls_at": rolls_at, **NEWCOMER.columns})


def silence(conn: Connection, person: UUID, until: datetime) -> None:
    conn.queue(SILENCE, {"person": person, "until": until})


def unsubscribe(conn: Connection, person: UUID, kind: str) -> None:
    conn.queue(UNSUBSCRIBE, {"person": person, "kind": kind})


async def still_ahead(conn: Connection, person: UUID) -> list[NotificationAhead]:
    return (await conn.run(STILL_AHEAD, {"person": person}, NotificationAhead)).rows


def move(conn: Connection, person: UUID, moments: Sequence[tuple[UUID, datetime]]) -> None:
    row = {"person": person, "ids": [id_ for id_, _ in moments], "moments": [moment for _, moment in moments]}
    conn.queue(MOVE, row)


def unplan(conn: Connection, person: UUID, kept: Iterable[str]) -> None:
    conn.queue(UNPLAN, {"person": person, "slots": list(kept)})


async def streak(conn: Connection, person: UUID, now: datetime) -> int:
    """The run of days that today is the last of, by the clock that it was counted by."""
    stored = (await conn.run(STREAK, {"person": person}, StoredStreak)).first
    if stored is None:
        return 0
    today = Clock(zone(stored.timezone), stored.day_starts_at).today(now)
    return stored.current if stored.last_day == today else 0


async def inbox(
    conn: Connection, person: UUID, before: tuple[datetime, UUID], limit: int, *, unread: bool
) -> list[InboxItem]:
    params = {"person": person, "before_at": before[0], "before_id": before[1], "limit": limit}
    rows = (await conn.run(UNREAD if unread else INBOX, params, StoredNotification)).rows
    return [InboxItem(**row._asdict(), link=KINDS[row.kind].link) for row in rows]


def read(conn: Connection, person: UUID, ids: Sequence[UUID] | None, now: datetime) -> None:
    conn.queue(READ, {"person": person, "ids": ids and list(ids), "now": now})


async def unread(conn: Connection, person: UUID) -> int:
    [(count,)] = (await conn.run(COUNT_UNREAD, {"person": person})).rows
    return int(count)
