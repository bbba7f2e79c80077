"""What is due, for whom, and what became of it: the statements of the job, as `mend_service`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, LiteralString, NamedTuple, TypeAlias
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import JsonValue
from pydantic_core import to_json

from functions.notify.models import NEWCOMER
from functions.notify.rules.decisions import Intent, Person, Wishes
from shared import people
from shared.db import Connection
from shared.ids import new_id
from shared.notifications import Reminder
from shared.people import LocalProfile

LOOKS_BACK = timedelta(days=9)  # a week of check-ins and what zones differ by

# The longest due first; who picked a person's row but not the person leaves it to the one who did.
PICK: LiteralString = """
    WITH due AS MATERIALIZED (
        SELECT user_id FROM public.notifications
        WHERE state IN ('planned', 'held') AND due_at <= %(now)s
        ORDER BY due_at
        LIMIT %(most)s
        FOR UPDATE SKIP LOCKED
    ), people AS MATERIALIZED (SELECT DISTINCT user_id FROM due)
    SELECT user_id FROM people WHERE pg_try_advisory_xact_lock(mend.lock_key('sender', user_id::text))
"""

DUE: LiteralString = """
    SELECT n.user_id, n.id, n.kind, n.local_date, n.local_time, n.slot, n.source_id, n.data, n.tries,
           n.read_at IS NULL
           AND (n.kind <> 'plan' OR mend.plan_slot_open(n.user_id, n.source_id, n.local_date, n.slot)) AS is_open,
           s.channels, s.kinds, s.quiet_from, s.quiet_to, s.max_per_day, s.silent_until
    FROM public.notifications AS n
    LEFT JOIN public.notification_settings AS s USING (user_id)
    WHERE n.user_id = ANY(%(people)s) AND n.state IN ('planned', 'held') AND n.due_at <= %(now)s
    ORDER BY n.user_id, n.due_at, n.id
    FOR UPDATE OF n SKIP LOCKED
"""

DEVICES: LiteralString = "SELECT user_id, token FROM public.devices WHERE user_id = ANY(%(people)s)"
EMAILS: LiteralString = "SELECT user_id, email FROM mend.confirmed_emails(%(people)s)"
CHECKED_IN: LiteralString = """
    SELECT DISTINCT user_id, local_date FROM public.mood_entries
    WHERE user_id = ANY(%(people)s) AND local_date > %(since)s
"""
TOLD: LiteralString = """
    SELECT user_id, told_on, count(*) AS messages FROM public.notifications
    WHERE user_id = ANY(%(people)s) AND told_on > %(since)s AND told_with IS NULL AND kind <> 'account'
    GROUP BY user_id, told_on
"""

DECIDE: LiteralString = """
    UPDATE public.notifications AS n
    SET state = v.state, why = v.why, due_at = coalesce(v.due_at, n.due_at), told_with = v.told_with,
        told_on = v.told_on, told_at = coalesce(n.told_at, v.told_at), title = coalesce(v.title, n.title),
        body = coalesce(v.body, n.body), channels = n.channels || v.channels,
        tries = n.tries + (v.state = 'sending')::int,
        leased_until = CASE v.state WHEN 'sending' THEN clock_timestamp() + %(lease)s END
    FROM jsonb_to_recordset(%(verdicts)s) AS v (
        user_id uuid, id uuid, state text, why text, due_at timestamptz, told_with uuid, told_on date,
        told_at timestamptz, title text, body text, channels jsonb
    )
    WHERE n.user_id = v.user_id AND n.id = v.id
"""

# Also of what was given up meanwhile: who sent it knows better.
SETTLE: LiteralString = """
    UPDATE public.notifications AS n
    SET state = r.state, why = r.why, due_at = coalesce(r.due_at, n.due_at), channels = n.channels || r.channels,
        told_on = CASE r.state WHEN 'planned' THEN NULL ELSE n.told_on END, leased_until = NULL
    FROM jsonb_to_recordset(%(results)s) AS r (
        user_id uuid, id uuid, state text, why text, due_at timestamptz, channels jsonb
    )
    WHERE n.user_id = r.user_id AND n.id = r.id AND n.state IN ('sending', 'unknown')
"""

FORGET: LiteralString = "DELETE FROM public.devices WHERE token = ANY(%(tokens)s)"

# Whoever was sending is gone; whether it went out nobody knows, so it is not sent again. A lease is measured by the
# clock of Postgres at both ends, so that no sender's clock matters.
GIVE_UP: LiteralString = """
    UPDATE public.notifications SET state = 'unknown', why = 'lease', leased_until = NULL
    WHERE state = 'sending' AND leased_until < clock_timestamp()
"""

TO_ROLL: LiteralString = """
    SELECT user_id, rolls_at, check_in_times, 'weekly_summary' = ANY(kinds) AS weekly
    FROM public.notification_settings
    WHERE rolls_at <= %(now)s
    ORDER BY rolls_at
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
"""

PLAN: LiteralString = """
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)
    SELECT * FROM unnest(
        %(people)s::uuid[], %(ids)s::uuid[], %(kinds)s::text[], %(dates)s::date[], %(slots)s::text[],
        %(times)s::time[], %(due)s::timestamptz[]
    )
    ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
"""

ROLLED: LiteralString = """
    UPDATE public.notification_settings SET rolls_at = %(rolls_at)s WHERE user_id = ANY(%(people)s)
"""

Row: TypeAlias = Mapping[str, Any]


class DueNotification(NamedTuple):
    """An intent, with how its person wants to be told: NULL for all of it where nothing is stored."""

    user_id: UUID
    id: UUID
    kind: str
    local_date: date
    local_time: time
    slot: str
    source_id: UUID | None
    data: dict[str, JsonValue]
    tries: int
    is_open: bool
    channels: list[str] | None
    kinds: list[str] | None
    quiet_from: time | None
    quiet_to: time | None
    max_per_day: int | None
    silent_until: datetime | None

    @property
    def intent(self) -> Intent:
        return Intent(
            self.id,
            self.kind,
            self.local_date,
            self.local_time,
            self.slot,
            self.source_id,
            self.data,
            self.tries,
            self.is_open,
        )

    @property
    def wishes(self) -> Wishes:
        row = NEWCOMER.columns if self.channels is None else self._asdict()
        quiet = (row["quiet_from"], row["quiet_to"]) if row["quiet_from"] is not None else None
        return Wishes(frozenset(row["channels"]), frozenset(row["kinds"]), quiet, row["max_per_day"])


class DeviceToken(NamedTuple):
    user_id: UUID
    token: str


class ConfirmedEmail(NamedTuple):
    user_id: UUID
    email: str


class CheckInDay(NamedTuple):
    user_id: UUID
    local_date: date


class MessagesOnDay(NamedTuple):
    user_id: UUID
    told_on: date
    messages: int


class Rolling(NamedTuple):
    """A person whose reminders of further days are to be planned: all that come after `rolls_at`."""

    user_id: UUID
    rolls_at: datetime
    check_in_times: list[time]
    weekly: bool


async def due(conn: Connection, now: datetime, most: int) -> list[tuple[Person, list[Intent]]] | None:
    """People whom nobody else is looking after just now, with all that is due for them; None if nothing is."""
    picked = [person for (person,) in (await conn.run(PICK, {"now": now, "most": most})).rows]
    if not picked:
        return None
    params = {"people": picked, "now": now, "since": (now - LOOKS_BACK).date()}
    profiles = people.queue_profiles(conn, picked)
    devices = conn.queue(DEVICES, params, DeviceToken)
    emails = conn.queue(EMAILS, params, ConfirmedEmail)
    checked_in = conn.queue(CHECKED_IN, params, CheckInDay)
    told = conn.queue(TOLD, params, MessagesOnDay)
    rows = (await conn.run(DUE, params, DueNotification)).rows
    facts = Facts(*(_by_person(posted.rows) for posted in (profiles, devices, emails, checked_in, told)))
    grouped = groupby(rows, key=attrgetter("user_id"))
    return [_of_one(person, list(group), facts) for person, group in grouped]


def decide(conn: Connection, verdicts: Sequence[Row], lease: timedelta) -> None:
    conn.queue(DECIDE, {"verdicts": Jsonb(verdicts, to_json), "lease": lease})


def settle(conn: Connection, results: Sequence[Row], gone: Sequence[str]) -> None:
    conn.queue(SETTLE, {"results": Jsonb(results, to_json)})
    if gone:
        conn.queue(FORGET, {"tokens": list(gone)})


def give_up(conn: Connection) -> None:
    conn.queue(GIVE_UP)


async def to_roll(conn: Connection, now: datetime, most: int) -> list[Rolling]:
    return (await conn.run(TO_ROLL, {"now": now, "most": most}, Rolling)).rows


def plan(conn: Connection, planned: Sequence[tuple[UUID, Reminder, datetime]]) -> None:
    columns = {
        "people": [person for person, _, _ in planned],
        "ids": [new_id() for _ in planned],
        "kinds": [reminder.kind for _, reminder, _ in planned],
        "dates": [reminder.local_date for _, reminder, _ in planned],
        "slots": [reminder.slot for _, reminder, _ in planned],
        "times": [reminder.local_time for _, reminder, _ in planned],
        "due": [due_at for _, _, due_at in planned],
    }
    conn.queue(PLAN, columns)


def rolled(conn: Connection, people: Sequence[UUID], rolls_at: datetime) -> None:
    conn.queue(ROLLED, {"people": list(people), "rolls_at": rolls_at})


class Facts(NamedTuple):
    """What is known of each person."""

    profiles: Mapping[UUID, list[LocalProfile]]
    devices: Mapping[UUID, list[DeviceToken]]
    emails: Mapping[UUID, list[ConfirmedEmail]]
    checked_in: Mapping[UUID, list[CheckInDay]]
    told: Mapping[UUID, list[MessagesOnDay]]


def _by_person(rows: Iterable[Any]) -> Mapping[UUID, list[Any]]:
    by_person: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        by_person[row.user_id].append(row)
    return by_person


def _of_one(id_: UUID, due: Sequence[DueNotification], facts: Facts) -> tuple[Person, list[Intent]]:
    [profile], emails = facts.profiles[id_], facts.emails[id_]
    person = Person(
        id=id_,
        tz=profile.clock.zone,
        day_starts_at=profile.day_starts_at,
        locale=profile.locale,
        streaks_enabled=profile.streaks_enabled,
        wishes=due[0].wishes,
        silent_until=due[0].silent_until,
        checked_in=frozenset(row.local_date for row in facts.checked_in[id_]),
        told={row.told_on: row.messages for row in facts.told[id_]},
        devices=tuple(row.token for row in facts.devices[id_]),
        email=emails[0].email if emails else None,
    )
    return person, [row.intent for row in due]
