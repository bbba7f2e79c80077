"""The statements about one person, for requests and for events."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Literal, LiteralString, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from functions.notify.kinds import KINDS
from functions.notify.models import DEFAULT_PREFERENCES, InboxItem, Preferences
from shared import people
from shared.clock import zone
from shared.db import Connection
from shared.people import Clock

MAX_DEVICES = 20  # of one person

HAS_ACCOUNT: LiteralString = "SELECT mend.has_account(%(person)s)"

REGISTER_DEVICE: LiteralString = "SELECT mend.register_device(%(token)s, %(platform)s, %(max_devices)s)"
DELETE_DEVICES: LiteralString = "DELETE FROM public.devices WHERE user_id = %(person)s AND token = ANY(%(tokens)s)"
DEVICE_TOKENS: LiteralString = """
    SELECT token FROM public.devices WHERE user_id = %(person)s ORDER BY seen_at DESC, token DESC
"""

PREFERENCES: LiteralString = """
    SELECT channels, kinds, to_char(quiet_from, 'HH24:MI') AS quiet_from, to_char(quiet_to, 'HH24:MI') AS quiet_to,
           ARRAY(SELECT to_char(at, 'HH24:MI') FROM unnest(check_in_times) AS at) AS check_in_times, max_per_day
    FROM public.notification_settings
    WHERE user_id = %(person)s
"""

# Without consent to messages, no reminders are scheduled.
UPSERT_PREFERENCES: LiteralString = """
    INSERT INTO public.notification_settings AS s
        (user_id, channels, kinds, quiet_from, quiet_to, check_in_times, max_per_day, schedule_next_at)
    VALUES (%(person)s, %(channels)s, %(kinds)s, %(quiet_from)s, %(quiet_to)s, %(check_in_times)s, %(max_per_day)s,
            CASE WHEN mend.has_consent(%(person)s, 'messages') THEN %(schedule_next_at)s ELSE 'infinity'::timestamptz
            END)
    ON CONFLICT (user_id) DO UPDATE
        SET channels = excluded.channels, kinds = excluded.kinds, quiet_from = excluded.quiet_from,
            quiet_to = excluded.quiet_to, check_in_times = excluded.check_in_times,
            max_per_day = excluded.max_per_day, schedule_next_at = excluded.schedule_next_at
"""

INSERT_DEFAULT_PREFERENCES: LiteralString = """
    INSERT INTO public.notification_settings
        (user_id, channels, kinds, quiet_from, quiet_to, check_in_times, max_per_day, schedule_next_at)
    VALUES (%(person)s, %(channels)s, %(kinds)s, %(quiet_from)s, %(quiet_to)s, %(check_in_times)s, %(max_per_day)s,
            %(schedule_next_at)s)
    ON CONFLICT (user_id) DO NOTHING
"""

RESUME_SCHEDULE: LiteralString = """
    UPDATE public.notification_settings SET schedule_next_at = %(now)s WHERE user_id = %(person)s
"""
STOP_SCHEDULE: LiteralString = """
    UPDATE public.notification_settings SET schedule_next_at = 'infinity' WHERE user_id = %(person)s
"""
DELETE_PENDING: LiteralString = """
    DELETE FROM public.notifications
    WHERE user_id = %(person)s AND state IN ('planned', 'held') AND kind <> 'account'
"""

IN_CARE: LiteralString = """
    SELECT EXISTS (SELECT FROM public.care_periods WHERE user_id = %(person)s AND ends_at > %(now)s)
"""

# Notes the news as told.
TAKE_ACCOUNT_NEWS: LiteralString = "SELECT unnest(mend.take_account_news(%(person)s))"
# The person of an erasure that nobody has told them of yet.
LEASE_ERASURE_MAIL: LiteralString = """
    UPDATE mend.erasures SET mail_state = 'sending' WHERE id = %(receipt)s AND mail_state = 'due' RETURNING user_id
"""
CONFIRMED_EMAIL: LiteralString = "SELECT email FROM mend.confirmed_emails(ARRAY[%(person)s]::uuid[])"
SETTLE_ERASURE_MAIL: LiteralString = """
    UPDATE mend.erasures SET mail_state = %(state)s WHERE id = %(receipt)s AND mail_state = 'sending'
"""

# A link in a mail switches off the kind of that mail, or the email channel.
SWITCH_OFF: LiteralString = """
    UPDATE public.notification_settings
    SET channels = CASE %(kind)s WHEN 'email' THEN array_remove(channels, 'email') ELSE channels END,
        kinds = array_remove(kinds, %(kind)s)
    WHERE user_id = %(person)s
"""

LOCK_PENDING: LiteralString = """
    SELECT id, local_date, local_time FROM public.notifications
    WHERE user_id = %(person)s AND state IN ('planned', 'held')
    ORDER BY id
    FOR UPDATE
"""

MOVE_PENDING: LiteralString = """
    UPDATE public.notifications AS n SET due_at = m.due_at, state = 'planned', state_reason = NULL
    FROM unnest(%(ids)s::uuid[], %(due)s::timestamptz[]) AS m (id, due_at)
    WHERE n.user_id = %(person)s AND n.id = m.id AND n.state IN ('planned', 'held')
"""

DELETE_OTHER_CHECK_INS: LiteralString = """
    DELETE FROM public.notifications
    WHERE user_id = %(person)s AND kind = 'check_in' AND state IN ('planned', 'held') AND slot <> ALL(%(slots)s)
"""

STREAK: LiteralString = """
    SELECT current, last_day, timezone, day_starts_at
    FROM public.user_streaks
    WHERE user_id = %(person)s AND last_day IS NOT NULL
"""

INBOX_PAGE: LiteralString = """
    SELECT id AS notification_id, kind, title, body, source_id, sent_at, read_at
    FROM public.notifications
    WHERE user_id = %(person)s AND (sent_at, id) < (%(before_at)s, %(before_id)s) AND sent_at IS NOT NULL
    ORDER BY sent_at DESC, id DESC
    LIMIT %(limit)s
"""

# A statement of its own, so that Postgres can use the partial index of unread notifications.
UNREAD_PAGE: LiteralString = """
    SELECT id AS notification_id, kind, title, body, source_id, sent_at, read_at
    FROM public.notifications
    WHERE user_id = %(person)s AND (sent_at, id) < (%(before_at)s, %(before_id)s) AND sent_at IS NOT NULL
      AND read_at IS NULL
    ORDER BY sent_at DESC, id DESC
    LIMIT %(limit)s
"""

# A notification that was read has been delivered, even if its outcome is unknown.
MARK_READ: LiteralString = """
    UPDATE public.notifications
    SET read_at = %(now)s, state = CASE WHEN state IN ('sent', 'unknown') THEN 'delivered' ELSE state END
    WHERE user_id = %(person)s AND sent_at IS NOT NULL AND read_at IS NULL
      AND (%(ids)s::uuid[] IS NULL OR id = ANY(%(ids)s))
"""

UNREAD_COUNT: LiteralString = """
    SELECT count(*) FROM public.notifications WHERE user_id = %(person)s AND sent_at IS NOT NULL AND read_at IS NULL
"""


class PersonSettings(NamedTuple):
    """The settings for notifications in a person's profile and preferences."""

    tz: ZoneInfo
    locale: str
    preferences: Preferences


class StoredPreferences(NamedTuple):
    channels: list[str]
    kinds: list[str]
    quiet_from: str | None
    quiet_to: str | None
    check_in_times: list[str]
    max_per_day: int


class StoredLocalTime(NamedTuple):
    """The local date and time of a notification that is not sent yet."""

    id: UUID
    local_date: date
    local_time: time


class StoredStreakEnd(NamedTuple):
    """The length and last day of a streak, with the zone and day start by which its days were counted."""

    current: int
    last_day: date
    timezone: str
    day_starts_at: time


class StoredInboxItem(NamedTuple):
    notification_id: UUID
    kind: str
    title: str
    body: str
    source_id: UUID | None
    sent_at: datetime
    read_at: datetime | None


async def has_account(conn: Connection, person: UUID) -> bool:
    [(exists,)] = (await conn.run(HAS_ACCOUNT, {"person": person})).rows
    return bool(exists)


def register_device(conn: Connection, token: str, platform: str) -> None:
    """Give the device to the person of this transaction. Deletes their oldest devices beyond `MAX_DEVICES`."""
    conn.queue(REGISTER_DEVICE, {"token": token, "platform": platform, "max_devices": MAX_DEVICES})


def delete_devices(conn: Connection, person: UUID, tokens: Sequence[str]) -> None:
    conn.queue(DELETE_DEVICES, {"person": person, "tokens": list(tokens)})


async def device_tokens(conn: Connection, person: UUID) -> list[str]:
    return [token for (token,) in (await conn.run(DEVICE_TOKENS, {"person": person})).rows]


async def load_settings(conn: Connection, person: UUID) -> PersonSettings:
    """The person's settings, with default values where no profile or no preferences are stored."""
    profiles = people.queue_profiles(conn, [person])
    stored = (await conn.run(PREFERENCES, {"person": person}, StoredPreferences)).first
    [profile] = profiles.rows
    preferences = Preferences.from_columns(*stored) if stored else DEFAULT_PREFERENCES
    return PersonSettings(profile.clock.zone, profile.locale, preferences)


def upsert_preferences(conn: Connection, person: UUID, preferences: Preferences, schedule_next_at: datetime) -> None:
    conn.queue(UPSERT_PREFERENCES, {"person": person, "schedule_next_at": schedule_next_at, **preferences.columns})


def insert_default_preferences(conn: Connection, person: UUID, schedule_next_at: datetime) -> None:
    """Store the default preferences, unless the person has some already."""
    params = {"person": person, "schedule_next_at": schedule_next_at, **DEFAULT_PREFERENCES.columns}
    conn.queue(INSERT_DEFAULT_PREFERENCES, params)


def resume_schedule(conn: Connection, person: UUID, now: datetime) -> None:
    """The next run of the job schedules the person's reminders."""
    conn.queue(RESUME_SCHEDULE, {"person": person, "now": now})


def stop_messages(conn: Connection, person: UUID) -> None:
    """Delete what is not sent yet, and schedule no more."""
    conn.queue(STOP_SCHEDULE, {"person": person})
    conn.queue(DELETE_PENDING, {"person": person})


async def in_care(conn: Connection, person: UUID, now: datetime) -> bool:
    """Whether the person is in a care period, in which we send nothing but account mail."""
    [(in_care,)] = (await conn.run(IN_CARE, {"person": person, "now": now})).rows
    return bool(in_care)


async def take_account_news(conn: Connection, person: UUID) -> list[str]:
    """What is new about an account. The same news are not returned again."""
    return [news for (news,) in (await conn.run(TAKE_ACCOUNT_NEWS, {"person": person})).rows]


async def lease_erasure_mail(conn: Connection, receipt: UUID) -> UUID | None:
    """The person to tell that they are being erased, or None if that is done or under way."""
    return next((person for (person,) in (await conn.run(LEASE_ERASURE_MAIL, {"receipt": receipt})).rows), None)


async def confirmed_email(conn: Connection, person: UUID) -> str | None:
    return next((email for (email,) in (await conn.run(CONFIRMED_EMAIL, {"person": person})).rows), None)


def settle_erasure_mail(conn: Connection, receipt: UUID, state: Literal["due", "done"]) -> None:
    conn.queue(SETTLE_ERASURE_MAIL, {"receipt": receipt, "state": state})


def switch_off(conn: Connection, person: UUID, kind: str) -> None:
    """Switch off a kind of notification, or all mail where `kind` is `email`."""
    conn.queue(SWITCH_OFF, {"person": person, "kind": kind})


async def lock_pending(conn: Connection, person: UUID) -> list[StoredLocalTime]:
    """The notifications that are planned or held, locked until the transaction ends."""
    return (await conn.run(LOCK_PENDING, {"person": person}, StoredLocalTime)).rows


def move_pending(conn: Connection, person: UUID, due_times: Sequence[tuple[UUID, datetime]]) -> None:
    """Store when each notification is due. Held ones become planned, so that they are decided again."""
    params = {"person": person, "ids": [id_ for id_, _ in due_times], "due": [due_at for _, due_at in due_times]}
    conn.queue(MOVE_PENDING, params)


def delete_other_check_ins(conn: Connection, person: UUID, slots: Iterable[str]) -> None:
    """Delete the check-in reminders that are not sent yet, except those in these slots."""
    conn.queue(DELETE_OTHER_CHECK_INS, {"person": person, "slots": list(slots)})


async def streak_today(conn: Connection, person: UUID, now: datetime) -> int:
    """The length of the streak if today is its last day, otherwise 0."""
    stored = (await conn.run(STREAK, {"person": person}, StoredStreakEnd)).first
    if stored is None:
        return 0
    today = Clock(zone(stored.timezone), stored.day_starts_at).today(now)
    return stored.current if stored.last_day == today else 0


async def inbox_page(
    conn: Connection, person: UUID, before: tuple[datetime, UUID], limit: int, *, unread: bool
) -> list[InboxItem]:
    params = {"person": person, "before_at": before[0], "before_id": before[1], "limit": limit}
    rows = (await conn.run(UNREAD_PAGE if unread else INBOX_PAGE, params, StoredInboxItem)).rows
    return [InboxItem(**row._asdict(), link=KINDS[row.kind].link) for row in rows]


def mark_read(conn: Connection, person: UUID, ids: Sequence[UUID] | None, now: datetime) -> None:
    """Mark these notifications as read, or all where `ids` is None."""
    conn.queue(MARK_READ, {"person": person, "ids": ids and list(ids), "now": now})


async def unread_count(conn: Connection, person: UUID) -> int:
    [(count,)] = (await conn.run(UNREAD_COUNT, {"person": person})).rows
    return int(count)
