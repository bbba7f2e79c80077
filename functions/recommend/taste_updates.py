"""What a person likes, kept up to date in the very request that tells of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from functions.recommend import queries
from functions.recommend.queries import ContentKind, StoredTaste
from shared import locks
from shared.db import Connection, Result
from shared.ranking import day_number
from shared.ranking.taste import HIDING_REACTIONS, RESTORING_REACTIONS, Taste, with_reaction


class Reaction(NamedTuple):
    content_id: UUID
    kind: str  # what was done
    at: datetime


class PostedTaste(NamedTuple):
    taste: Result[StoredTaste]
    kinds: Result[ContentKind]


def queue(conn: Connection, person: UUID, content_ids: Sequence[UUID]) -> PostedTaste:
    """Have what is needed come with the next answer. One request after the other, so that no reaction is lost."""
    locks.lock(conn, "taste", person)
    return PostedTaste(queries.queue_taste(conn, person), queries.queue_kinds(conn, content_ids))


async def keep(conn: Connection, posted: PostedTaste, reactions: Sequence[Reaction]) -> None:
    """Each reaction counts once: only those that were recorded just now may be passed."""
    if not reactions:
        return
    stored = posted.taste.first
    kinds = {row.id: row.kind for row in posted.kinds.rows}
    taste = Taste.from_json(stored.taste) if stored and stored.taste else Taste()
    for content_id, done, at in sorted(reactions, key=lambda reaction: reaction.at):
        taste = with_reaction(taste, str(content_id), kinds[content_id], done, day_number(at))
    if any(reaction.kind in HIDING_REACTIONS | RESTORING_REACTIONS for reaction in reactions):
        unwanted = await queries.unwanted(conn)  # in whatever order the reactions came
        taste = taste.with_hidden(map(str, unwanted))
    queries.keep_taste(conn, taste.to_json())
