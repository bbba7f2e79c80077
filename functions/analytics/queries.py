"""The SQL of `analytics`. It runs as the service."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from pydantic import JsonValue

from shared.db import Connection

POSITION: LiteralString = "SELECT published_at, event_id FROM mend.analytics_position"
STORE_POSITION: LiteralString = """
    INSERT INTO mend.analytics_position AS p (published_at, event_id) VALUES (%(published_at)s, %(event_id)s)
    ON CONFLICT (only_row) DO UPDATE SET published_at = excluded.published_at, event_id = excluded.event_id
    WHERE (p.published_at, p.event_id) < (excluded.published_at, excluded.event_id)
"""
# The first comparison alone bounds the scan of the index on `published_at`.
NEXT_EVENTS: LiteralString = """
    SELECT o.id, o.type, o.occurred_at, o.data, o.published_at, p.distinct_id
    FROM mend.outbox AS o JOIN mend.analytics_people AS p ON p.user_id = o.user_id AND p.agreed_at <= o.occurred_at
    WHERE o.published_at >= %(published_at)s AND (o.published_at, o.id) > (%(published_at)s, %(event_id)s)
      AND o.published_at < %(until)s AND o.type = ANY(%(types)s)
      AND mend.has_consent(o.user_id, 'analytics') AND NOT mend.is_erased(o.user_id)
    ORDER BY o.published_at, o.id
    LIMIT %(limit)s
"""
DUE_DELETIONS: LiteralString = """
    SELECT distinct_id FROM mend.analytics_deletions WHERE task_id IS NULL ORDER BY due_since LIMIT %(limit)s
"""
STORE_TASK: LiteralString = """
    UPDATE mend.analytics_deletions SET task_id = %(task_id)s, checked_at = %(at)s, tasks = tasks + 1
    WHERE distinct_id = ANY(%(ids)s)
"""
UNCHECKED_TASKS: LiteralString = """
    SELECT task_id AS id, min(due_since) AS due_since, count(*) AS people, max(tasks) AS tasks
    FROM mend.analytics_deletions WHERE task_id IS NOT NULL AND checked_at < %(before)s
    GROUP BY task_id ORDER BY min(checked_at) LIMIT %(limit)s
"""
KEEP_TASK: LiteralString = "UPDATE mend.analytics_deletions SET checked_at = %(at)s WHERE task_id = %(task_id)s"
DROP_TASK: LiteralString = "UPDATE mend.analytics_deletions SET task_id = NULL WHERE task_id = %(task_id)s"
FORGET_DELETED: LiteralString = "DELETE FROM mend.analytics_deletions WHERE task_id = %(task_id)s"


class OutboxPosition(NamedTuple):
    """A place in the outbox, in the order in which events were published."""

    published_at: datetime
    event_id: UUID


class DeletionTask(NamedTuple):
    """A deletion that Mixpanel has been asked for."""

    id: str
    due_since: datetime  # of the person who has waited longest
    people: int
    tasks: int  # this one and those that failed before it


class PublishedEvent(NamedTuple):
    """An event of somebody who agrees to analytics."""

    id: UUID
    type: str
    occurred_at: datetime
    data: Mapping[str, JsonValue]
    published_at: datetime
    distinct_id: UUID

    @property
    def position(self) -> OutboxPosition:
        return OutboxPosition(self.published_at, self.id)


async def load_position(conn: Connection) -> OutboxPosition | None:
    return (await conn.run(POSITION, None, OutboxPosition)).first


def store_position(conn: Connection, position: OutboxPosition) -> None:
    """Never goes back, if two runs overlap."""
    conn.queue(STORE_POSITION, position._asdict())


async def next_events(
    conn: Connection, after: OutboxPosition, until: datetime, types: Sequence[str], limit: int
) -> list[PublishedEvent]:
    params = {**after._asdict(), "until": until, "types": list(types), "limit": limit}
    return (await conn.run(NEXT_EVENTS, params, PublishedEvent)).rows


async def due_deletions(conn: Connection, limit: int) -> list[UUID]:
    return [id_ for (id_,) in (await conn.run(DUE_DELETIONS, {"limit": limit})).rows]


def store_task(conn: Connection, ids: Sequence[UUID], task_id: str, at: datetime) -> None:
    conn.queue(STORE_TASK, {"ids": list(ids), "task_id": task_id, "at": at})


async def unchecked_tasks(conn: Connection, before: datetime, limit: int) -> list[DeletionTask]:
    return (await conn.run(UNCHECKED_TASKS, {"before": before, "limit": limit}, DeletionTask)).rows


def keep_task(conn: Connection, task: DeletionTask, at: datetime) -> None:
    conn.queue(KEEP_TASK, {"task_id": task.id, "at": at})


def drop_task(conn: Connection, task: DeletionTask) -> None:
    """Its ids are due again."""
    conn.queue(DROP_TASK, {"task_id": task.id})


def forget_deleted(conn: Connection, task: DeletionTask) -> None:
    conn.queue(FORGET_DELETED, {"task_id": task.id})
