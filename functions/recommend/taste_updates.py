"""Updates what a person likes, in the request that records the interaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from functions.recommend import person_learning_queries, queries
from functions.recommend.queries import ContentKind, StoredTaste
from shared import locks
from shared.db import Connection, Result
from shared.ranking import day_number
from shared.ranking.taste import HIDING_REACTIONS, RESTORING_REACTIONS, Taste, with_reaction

MAX_REACTIONS = 2_000  # the latest ones are learned: their weight halves every 30 days


class Reaction(NamedTuple):
    content_id: UUID
    kind: str  # a key of `shared.ranking.taste.WEIGHTS`
    at: datetime


class QueuedTaste(NamedTuple):
    taste: Result[StoredTaste]
    kinds: Result[ContentKind]


def queue_queries(conn: Connection, person: UUID, content_ids: Sequence[UUID]) -> QueuedTaste:
    """Queue the queries. The lock makes concurrent requests of the person wait, so that no reaction is lost."""
    locks.lock_shared(conn, "consents", person)
    locks.lock(conn, "taste", person)
    return QueuedTaste(queries.queue_taste(conn, person), queries.queue_content_kinds(conn, content_ids))


async def store_reactions(conn: Connection, queued: QueuedTaste, reactions: Sequence[Reaction]) -> None:
    """Add reactions to the taste, if the person agrees. Pass only new ones: each counts once."""
    [stored] = queued.taste.rows
    if not reactions or not stored.granted:
        return
    kinds = {row.id: row.kind for row in queued.kinds.rows}
    taste = Taste.from_json(stored.taste) if stored.taste else Taste()
    for content_id, reaction, at in sorted(reactions, key=lambda each: each.at):
        if content_id in kinds:
            taste = with_reaction(taste, str(content_id), kinds[content_id], reaction, day_number(at))
    if any(each.kind in HIDING_REACTIONS | RESTORING_REACTIONS for each in reactions):
        unwanted = await queries.load_unwanted_content(conn)  # from all interactions, because these may be late
        taste = taste.with_hidden(map(str, unwanted))
    queries.store_taste(conn, taste.to_json())


async def learn_history(conn: Connection, person: UUID) -> None:
    """Learn the taste from all interactions, as `mend_service`."""
    locks.lock(conn, "taste", person)
    reactions, taste = await person_learning_queries.load_reactions(conn, person, MAX_REACTIONS), Taste()
    if not reactions:
        return
    for content_id, reaction, at, kind in reactions:
        taste = with_reaction(taste, str(content_id), kind, reaction, day_number(at))
    unwanted = await person_learning_queries.load_unwanted_content(conn, person)
    person_learning_queries.store_taste(conn, person, taste.with_hidden(map(str, unwanted)).to_json())
