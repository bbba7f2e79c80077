"""The statements of the reminder job, as `mend_service`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, LiteralString, NamedTuple, TypeAlias
from uuid import UUID

from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb
from pydantic import JsonValue
from pydantic_core import to_json

from functions.notify.models import DEFAULT_PREFERENCES
from functions.notify.rules.decisions import DeliveryPreferences, DueNotification, Recipient
from shared import people
from shared.db import Connection, Result
from shared.ids import new_id
from shared.notifications import Reminder
from shared.people import LocalProfile

HISTORY = timedelta(days=10)  # the week before a weekly summary, and the difference between zones

# The rows that have been due longest. A sender that locked some of a person's rows but not the person skips them:
# another sender holds the person's lock.
LOCK_PEOPLE: LiteralString = """
    WITH due AS MATERIALIZED (
        SELECT user_id FROM public.notifications
        WHERE state IN ('planned', 'held') AND due_at <= %(now)s
        ORDER BY due_at
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ), people AS MATERIALIZED (SELECT DISTINCT user_id FROM due)
    SELECT user_id FROM people WHERE pg_try_advisory_xact_lock(mend.lock_key('sender', user_id::text))
"""

DUE_NOTIFICATIONS: LiteralString = """
    SELECT n.user_id, n.id, n.kind, n.local_date, n.local_time, n.slot, n.source_id, n.data, n.attempts,
           n.read_at IS NULL AND (
               n.kind <> 'plan' OR mend.plan_slot_open(n.user_id, n.source_id, (n.data ->> 'day')::smallint, n.slot)
           ) AS is_open,
           s.channels, s.kinds, s.quiet_from, s.quiet_to, s.max_per_day, c.ends_at AS silent_until,
           mend.has_consent(n.user_id, 'messages') AS consents
    FROM public.notifications AS n
    LEFT JOIN public.notification_settings AS s USING (user_id)
    LEFT JOIN public.care_periods AS c USING (user_id)
    WHERE n.user_id = ANY(%(people)s) AND n.state IN ('planned', 'held') AND n.due_at <= %(now)s
    ORDER BY n.user_id, n.due_at, n.id
    FOR UPDATE OF n SKIP LOCKED
"""

DEVICES: LiteralString = "SELECT user_id, token FROM public.devices WHERE user_id = ANY(%(people)s)"
EMAILS: LiteralString = """
    SELECT user_id, c.email, n.former_email
    FROM mend.confirmed_emails(%(people)s) AS c LEFT JOIN mend.account_notices AS n USING (user_id)
"""
CHECK_IN_DAYS: LiteralString = """
    SELECT DISTINCT user_id, local_date FROM public.mood_entries
    WHERE user_id = ANY(%(people)s) AND local_date > %(since)s
"""
SENT_COUNTS: LiteralString = """
    SELECT user_id, sent_on, count(*) AS messages FROM public.notifications
    WHERE user_id = ANY(%(people)s) AND sent_on > %(since)s AND bundled_with IS NULL AND kind <> 'account'
    GROUP BY user_id, sent_on
"""

STORE_DECISIONS: LiteralString = """
    UPDATE public.notifications AS n
    SET state = d.state, state_reason = d.state_reason, due_at = coalesce(d.due_at, n.due_at),
        bundled_with = d.bundled_with, sent_on = d.sent_on, sent_at = coalesce(n.sent_at, d.sent_at),
        title = coalesce(d.title, n.title), body = coalesce(d.body, n.body), channels = n.channels || d.channels,
        attempts = n.attempts + (d.state = 'leased')::int,
        leased_until = CASE d.state WHEN 'leased' THEN statement_timestamp() + %(lease)s END
    FROM jsonb_to_recordset(%(decisions)s) AS d (
        user_id uuid, id uuid, state text, state_reason text, due_at timestamptz, bundled_with uuid, sent_on date,
        sent_at timestamptz, title text, body text, channels jsonb
    )
    WHERE n.user_id = d.user_id AND n.id = d.id
"""

# `attempts` grows with every lease. So it tells whether the sender still has the lease, or another one has it by now.
HAND_OVER: LiteralString = """
    UPDATE public.notifications AS n SET state = 'sending', leased_until = statement_timestamp() + %(lease)s
    FROM jsonb_to_recordset(%(rows)s) AS h (user_id uuid, id uuid, attempts smallint)
    WHERE n.user_id = h.user_id AND n.id = h.id AND n.attempts = h.attempts AND n.state IN ('leased', 'sending')
    RETURNING n.id
"""

# Includes rows whose lease has expired meanwhile: the sender's outcome replaces `unknown`.
STORE_OUTCOMES: LiteralString = """
    UPDATE public.notifications AS n
    SET state = o.state, state_reason = o.state_reason, due_at = coalesce(o.due_at, n.due_at),
        channels = n.channels || o.channels, sent_on = CASE o.state WHEN 'planned' THEN NULL ELSE n.sent_on END,
        leased_until = NULL
    FROM jsonb_to_recordset(%(outcomes)s) AS o (
        user_id uuid, id uuid, attempts smallint, state text, state_reason text, due_at timestamptz, channels jsonb
    )
    WHERE n.user_id = o.user_id AND n.id = o.id AND n.attempts = o.attempts
      AND n.state IN ('leased', 'sending', 'unknown')
"""

DELETE_DEVICES: LiteralString = "DELETE FROM public.devices WHERE token = ANY(%(tokens)s)"

# The sender has crashed. What is `sending` may have reached a provider, so it is not sent again. A lease begins and
# ends by the clock of Postgres, so that the clocks of the senders do not matter.
EXPIRE_LEASES: LiteralString = """
    UPDATE public.notifications
    SET state = CASE state WHEN 'leased' THEN 'planned' ELSE 'unknown' END, state_reason = 'lease_expired',
        sent_on = CASE state WHEN 'leased' THEN NULL ELSE sent_on END, leased_until = NULL
    WHERE leased_until < statement_timestamp()
    RETURNING state
"""

LOCK_SCHEDULE_SETTINGS: LiteralString = """
    SELECT user_id, schedule_next_at, check_in_times, 'weekly_summary' = ANY(kinds) AS weekly
    FROM public.notification_settings
    WHERE schedule_next_at <= %(now)s AND mend.has_consent(user_id, 'messages')
    ORDER BY schedule_next_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
"""

INSERT_REMINDERS: LiteralString = """
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)
    SELECT * FROM unnest(
        %(people)s::uuid[], %(ids)s::uuid[], %(kinds)s::text[], %(dates)s::date[], %(slots)s::text[],
        %(times)s::time[], %(due)s::timestamptz[]
    )
    ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
"""

SET_SCHEDULE_NEXT_AT: LiteralString = """
    UPDATE public.notification_settings SET schedule_next_at = %(schedule_next_at)s WHERE user_id = ANY(%(people)s)
"""

Row: TypeAlias = Mapping[str, Any]


class StoredNotification(NamedTuple):
    """A due notification with the settings of its person, which are all NULL where none are stored."""

    user_id: UUID
    id: UUID
    kind: str
    local_date: date
    local_time: time
    slot: str
    source_id: UUID | None
    data: dict[str, JsonValue]
    attempts: int
    is_open: bool
    channels: list[str] | None
    kinds: list[str] | None
    quiet_from: time | None
    quiet_to: time | None
    max_per_day: int | None
    silent_until: datetime | None
    consents: bool

    @property
    def notification(self) -> DueNotification:
        return DueNotification(
            self.id,
            self.kind,
            self.local_date,
            self.local_time,
            self.slot,
            self.source_id,
            self.data,
            self.attempts,
            self.is_open,
        )

    @property
    def preferences(self) -> DeliveryPreferences:
        row = DEFAULT_PREFERENCES.columns if self.channels is None else self._asdict()
        quiet_hours = (row["quiet_from"], row["quiet_to"]) if row["quiet_from"] is not None else None
        return DeliveryPreferences(frozenset(row["channels"]), frozenset(row["kinds"]), quiet_hours, row["max_per_day"])


class StoredDevice(NamedTuple):
    user_id: UUID
    token: str


class StoredEmail(NamedTuple):
    user_id: UUID
    email: str
    former_email: str | None


class StoredCheckInDay(NamedTuple):
    user_id: UUID
    local_date: date


class StoredSentCount(NamedTuple):
    """How many messages a person got on a local day."""

    user_id: UUID
    sent_on: date
    messages: int


class StoredScheduleSettings(NamedTuple):
    """The settings that decide one person's reminders. Reminders before `schedule_next_at` exist already."""

    user_id: UUID
    schedule_next_at: datetime
    check_in_times: list[time]
    weekly: bool


class RecipientFacts(NamedTuple):
    """The rows about each person, by their id."""

    profiles: Mapping[UUID, list[LocalProfile]]
    devices: Mapping[UUID, list[StoredDevice]]
    emails: Mapping[UUID, list[StoredEmail]]
    check_in_days: Mapping[UUID, list[StoredCheckInDay]]
    sent_counts: Mapping[UUID, list[StoredSentCount]]


async def lock_due(conn: Connection, now: datetime, limit: int) -> list[tuple[Recipient, list[DueNotification]]] | None:
    """The people with up to `limit` of the due notifications, and everything that is due for each of them.

    Leaves out people whom another sender has locked. Returns None if no person could be locked.
    """
    locked = [person for (person,) in (await conn.run(LOCK_PEOPLE, {"now": now, "limit": limit})).rows]
    if not locked:
        return None
    params = {"people": locked, "now": now, "since": (now - HISTORY).date()}
    queued = (
        people.queue_profiles(conn, locked),
        conn.queue(DEVICES, params, StoredDevice),
        conn.queue(EMAILS, params, StoredEmail),
        conn.queue(CHECK_IN_DAYS, params, StoredCheckInDay),
        conn.queue(SENT_COUNTS, params, StoredSentCount),
    )
    rows = (await conn.run(DUE_NOTIFICATIONS, params, StoredNotification)).rows
    facts = RecipientFacts(*(_by_person(result.rows) for result in queued))
    grouped = groupby(rows, key=attrgetter("user_id"))
    return [_recipient(person, list(group), facts) for person, group in grouped]


def store_decisions(conn: Connection, decisions: Sequence[Row], lease: timedelta) -> None:
    conn.queue(STORE_DECISIONS, {"decisions": Jsonb(decisions, to_json), "lease": lease})


def queue_hand_over(conn: Connection, rows: Sequence[Row], lease: timedelta) -> Result[TupleRow]:
    """Record that a provider gets these leased notifications. Returns the ids of those whose lease still holds."""
    return conn.queue(HAND_OVER, {"rows": Jsonb(rows, to_json), "lease": lease})


def store_outcomes(conn: Connection, outcomes: Sequence[Row], gone: Sequence[str]) -> None:
    """Store the outcomes and delete the devices whose tokens are gone."""
    conn.queue(STORE_OUTCOMES, {"outcomes": Jsonb(outcomes, to_json)})
    if gone:
        conn.queue(DELETE_DEVICES, {"tokens": list(gone)})


async def expire_leases(conn: Connection) -> int:
    """How many messages have become `unknown`."""
    return [state for (state,) in (await conn.run(EXPIRE_LEASES)).rows].count("unknown")


async def lock_schedule_settings(conn: Connection, now: datetime, limit: int) -> list[StoredScheduleSettings]:
    return (await conn.run(LOCK_SCHEDULE_SETTINGS, {"now": now, "limit": limit}, StoredScheduleSettings)).rows


def insert_reminders(conn: Connection, reminders: Sequence[tuple[UUID, Reminder, datetime]]) -> None:
    """Insert each person's reminders with the instants at which they are due. Existing ones stay unchanged."""
    columns = {
        "people": [person for person, _, _ in reminders],
        "ids": [new_id() for _ in reminders],
        "kinds": [reminder.kind for _, reminder, _ in reminders],
        "dates": [reminder.local_date for _, reminder, _ in reminders],
        "slots": [reminder.slot for _, reminder, _ in reminders],
        "times": [reminder.local_time for _, reminder, _ in reminders],
        "due": [due_at for _, _, due_at in reminders],
    }
    conn.queue(INSERT_REMINDERS, columns)


def set_schedule_next_at(conn: Connection, people: Sequence[UUID], schedule_next_at: datetime) -> None:
    conn.queue(SET_SCHEDULE_NEXT_AT, {"people": list(people), "schedule_next_at": schedule_next_at})


def _by_person(rows: Iterable[Any]) -> Mapping[UUID, list[Any]]:
    by_person: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        by_person[row.user_id].append(row)
    return by_person


def _recipient(
    person: UUID, due: Sequence[StoredNotification], facts: RecipientFacts
) -> tuple[Recipient, list[DueNotification]]:
    [profile], emails = facts.profiles[person], facts.emails[person]
    recipient = Recipient(
        id=person,
        tz=profile.clock.zone,
        day_starts_at=profile.day_starts_at,
        locale=profile.locale,
        streaks_enabled=profile.streaks_enabled,
        preferences=due[0].preferences,
        silent_until=due[0].silent_until,
        consents=due[0].consents,
        checked_in=frozenset(row.local_date for row in facts.check_in_days[person]),
        sent_counts={row.sent_on: row.messages for row in facts.sent_counts[person]},
        devices=tuple(row.token for row in facts.devices[person]),
        email=emails[0].email if emails else None,
        former_email=emails[0].former_email if emails else None,
    )
    return recipient, [row.notification for row in due]
