"""Schedules notifications. There is one row for each person, kind, local date and slot; `notify` sends it when due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb
from pydantic import JsonValue

from shared.clock import at_wall_time
from shared.db import Connection
from shared.ids import new_id

# Replaces a notification that is not sent yet. A sent one stays as it is. A person who does not agree to messages gets
# account mail only.
UPSERT_NOTIFICATIONS: LiteralString = """
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at, source_id, data)
    SELECT %(person)s, n.id, n.kind, n.local_date, n.slot, n.local_time, n.due_at, n.source_id, n.data
    FROM unnest(
        %(ids)s::uuid[], %(kinds)s::text[], %(dates)s::date[], %(slots)s::text[], %(times)s::time[],
        %(due)s::timestamptz[], %(sources)s::uuid[], %(data)s::jsonb[]
    ) AS n (id, kind, local_date, slot, local_time, due_at, source_id, data)
    WHERE n.kind = 'account' OR (SELECT mend.has_consent(%(person)s, 'messages'))
    ON CONFLICT ON CONSTRAINT notifications_once DO UPDATE
        SET local_time = excluded.local_time, due_at = excluded.due_at, state = excluded.state, state_reason = NULL,
            source_id = excluded.source_id, data = excluded.data
        WHERE notifications.state IN ('planned', 'held')
"""

DELETE_FROM: LiteralString = """
    DELETE FROM public.notifications
    WHERE user_id = %(person)s AND source_id = %(source)s AND state IN ('planned', 'held')
      AND local_date + local_time >= %(first)s::timestamp
"""

DELETE_SLOT: LiteralString = """
    DELETE FROM public.notifications
    WHERE user_id = %(person)s AND source_id = %(source)s AND local_date = %(date)s AND slot = %(slot)s
      AND state = 'planned'
"""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A notification to schedule for a local date and time."""

    kind: str
    local_date: date
    slot: str
    local_time: time
    source_id: UUID | None = None
    data: Mapping[str, JsonValue] = field(default_factory=dict)


def schedule(conn: Connection, person: UUID, reminders: Sequence[Reminder], tz: ZoneInfo) -> None:
    """Schedule these notifications, or replace those of the same kind, date and slot that are not sent yet."""
    if reminders:
        columns = {
            "person": person,
            "ids": [new_id() for _ in reminders],
            "kinds": [r.kind for r in reminders],
            "dates": [r.local_date for r in reminders],
            "slots": [r.slot for r in reminders],
            "times": [r.local_time for r in reminders],
            "due": [at_wall_time(r.local_date, r.local_time, tz) for r in reminders],
            "sources": [r.source_id for r in reminders],
            "data": [Jsonb(dict(r.data)) for r in reminders],
        }
        conn.queue(UPSERT_NOTIFICATIONS, columns)


def withdraw(conn: Connection, person: UUID, source_id: UUID, first: datetime) -> None:
    """Delete the notifications of a source from this local date and time on that are not sent yet."""
    conn.queue(DELETE_FROM, {"person": person, "source": source_id, "first": first})


def close_slot(conn: Connection, person: UUID, source_id: UUID, day: date, slot: str) -> None:
    """Delete the planned notification of a slot in which nothing is left to do."""
    conn.queue(DELETE_SLOT, {"person": person, "source": source_id, "date": day, "slot": slot})
