"""What is due, for whom, and what became of it: the statements of the job, as `mend_service`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString, NamedTuple, TypeAlias
from uuid import UUID

from psycopg.rows import TupleRow, dict_row
from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.notify.models import NEWCOMER
from functions.notify.rules.decisions import Intent, Person, Wishes
from shared.clock import zone
from shared.db import Connection
from shared.ids import new_id
from shared.notifications import Reminder

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
    SELECT user_id FROM people WHERE pg_try_advisory_xact_lock(hashtextextended('notify ' || user_id, 0))
"""

DUE: LiteralString = """
    SELECT n.user_id, n.id, n.kind, n.local_date, n.local_time, n.slot, n.source_id, n.data, n.tries,
           n.read_at IS NULL
           AND (n.kind <> 'plan' OR mend.plan_slot_open(n.user_id, n.source_id, n.local_date, n.slot)) AS is_open,
           coalesce(p.timezone, 'UTC') AS timezone, coalesce(p.day_starts_at, '00:00') AS day_starts_at,
           coalesce(p.locale, 'en') AS locale, coalesce(p.streaks_enabled, true) AS streaks_enabled,
           s.channels, s.kinds, s.quiet_from, s.quiet_to, s.max_per_day, s.silent_until
    FROM public.notifications AS n
    LEFT JOIN public.user_profiles AS p USING (user_id)
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
    SELECT user_id, told_on, count(*) FROM public.notifications
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

FORGET: LiteralString = "DELETE FROM public.devices WHERE token = ANY(%s)"

# Whoever was sending is gone; whether it went out nobody knows, so it is not sent again. A lease is measured by the
# clock of Postgres at both ends, so that no sender's clock matters.
GIVE_UP: LiteralString = """
    UPDATE public.notifications SET state = 'unknown', why = 'lease', leased_until = NULL
    WHERE state = 'sending' AND leased_until < clock_timestamp()
"""

TO_ROLL: LiteralString = """
    SELECT s.user_id, s.rolls_at, coalesce(p.timezone, 'UTC'), s.check_in_times,
           'weekly_summary' = ANY(s.kinds)
    FROM public.notification_settings AS s LEFT JOIN public.user_profiles AS p USING (user_id)
    WHERE s.rolls_at <= %(now)s
    ORDER BY s.rolls_at
    LIMIT %(most)s
    FOR UPDATE OF s SKIP LOCKED
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

INTENT = [each.name for each in fields(Intent)]
Row: TypeAlias = Mapping[str, Any]
Facts: TypeAlias = Mapping[UUID, Sequence[TupleRow]]  # of each person


class ToRoll(NamedTuple):
    """A person whose reminders of further days are to be planned: all that come after `since`."""

    person: UUID
    since: datetime
    timezone: str
    check_in_times: list[time]
    weekly: bool


async def due(conn: Connection, now: datetime, most: int) -> list[tuple[Person, list[Intent]]] | None:
    """People whom nobody else is looking after just now, with all that is due for them; None if nothing is."""
    people = [row[0] for row in await (await conn.execute(PICK, {"now": now, "most": most})).fetchall()]
    if not people:
        return None
    asked = {"people": people, "now": now, "since": (now - LOOKS_BACK).date()}
    others = [conn.post(statement, asked) for statement in (DEVICES, EMAILS, CHECKED_IN, TOLD)]
    async with conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(DUE, asked)).fetchall()
    facts = [_by_person(posted.rows) for posted in others]
    grouped = groupby(rows, key=itemgetter("user_id"))
    return [_of_one(list(group), *(known[id_] for known in facts)) for id_, group in grouped]


def decide(conn: Connection, verdicts: Sequence[Row], lease: timedelta) -> None:
    conn.post(DECIDE, {"verdicts": Jsonb(verdicts, to_json), "lease": lease})


def settle(conn: Connection, results: Sequence[Row], gone: Sequence[str]) -> None:
    conn.post(SETTLE, {"results": Jsonb(results, to_json)})
    if gone:
        conn.post(FORGET, (list(gone),))


def give_up(conn: Connection) -> None:
    conn.post(GIVE_UP)


async def to_roll(conn: Connection, now: datetime, most: int) -> list[ToRoll]:
    rows = await (await conn.execute(TO_ROLL, {"now": now, "most": most})).fetchall()
    return [ToRoll(*row) for row in rows]


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
    conn.post(PLAN, columns)


def rolled(conn: Connection, people: Sequence[UUID], rolls_at: datetime) -> None:
    conn.post(ROLLED, {"people": list(people), "rolls_at": rolls_at})


def _by_person(rows: Iterable[TupleRow]) -> Facts:
    found: defaultdict[UUID, list[TupleRow]] = defaultdict(list)
    for person, *rest in rows:
        found[person].append(tuple(rest))
    return found


def _of_one(
    rows: Sequence[Row],
    devices: Sequence[TupleRow],
    emails: Sequence[TupleRow],
    checked_in: Sequence[TupleRow],
    told: Sequence[TupleRow],
) -> tuple[Person, list[Intent]]:
    row = rows[0] if rows[0]["channels"] is not None else {**rows[0], **NEWCOMER.columns}
    person = Person(
        id=row["user_id"],
        tz=zone(row["timezone"]),
        day_starts_at=row["day_starts_at"],
        locale=row["locale"],
        streaks_enabled=row["streaks_enabled"],
        wishes=Wishes(frozenset(row["channels"]), frozenset(row["kinds"]), _quiet(row), row["max_per_day"]),
        silent_until=row["silent_until"],
        checked_in=frozenset(day for (day,) in checked_in),
        told=dict(told),
        devices=tuple(token for (token,) in devices),
        email=emails[0][0] if emails else None,
    )
    return person, [Intent(**{name: row[name] for name in INTENT}) for row in rows]


def _quiet(row: Row) -> tuple[time, time] | None:
    return (row["quiet_from"], row["quiet_to"]) if row["quiet_from"] is not None else None
