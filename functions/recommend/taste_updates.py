"""What a person likes, kept up to date in the very request that tells of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.recommend import queries
from shared.db import Connection, Posted
from shared.ranking import day_number
from shared.ranking.taste import HIDING_REACTIONS, RESTORING_REACTIONS, Taste, with_reaction


class Reaction(NamedTuple):
    content_id: UUID
    kind: str  # what was done
    at: datetime


class Asked(NamedTuple):
    taste: Posted
    kinds: Posted


def ask(conn: Connection, content_ids: Sequence[UUID]) -> Asked:
    """Have what is needed come with the next answer."""
    return Asked(conn.post(queries.TASTE), conn.post(queries.KINDS, (list(content_ids),)))


async def keep(conn: Connection, asked: Asked, reactions: Sequence[Reaction]) -> None:
    """Each reaction counts once: only those that were recorded just now may be passed."""
    if not reactions:
        return
    [(kept,)] = asked.taste.rows
    kinds: dict[UUID, str] = dict(asked.kinds.rows)
    taste = Taste.from_json(kept) if kept else Taste()
    for content_id, done, at in sorted(reactions, key=lambda reaction: reaction.at):
        taste = with_reaction(taste, str(content_id), kinds[content_id], done, day_number(at))
    if any(reaction.kind in HIDING_REACTIONS | RESTORING_REACTIONS for reaction in reactions):
        rows = await (await conn.execute(queries.UNWANTED)).fetchall()  # whatever order they were told in
        taste = taste.with_hidden(str(content_id) for (content_id,) in rows)
    conn.post(queries.KEEP_TASTE, (Jsonb(taste.to_json(), to_json),))
