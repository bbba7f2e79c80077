"""The live document `replies`: which replies are being written or wait. It never has their text."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.companion.live import queries
from functions.companion.live.queries import UnfinishedReply
from shared.db import Connection, person_role, set_role
from shared.events import Events
from shared.live.refresh import LiveDocument, LiveRefresher, request_document

DOCUMENT_NAME = "replies"
LIFETIME = timedelta(minutes=10)  # longer than the replies of a conversation may take that wait for each other


async def build(conn: Connection, person: UUID, now: datetime) -> LiveDocument:
    """The replies that have not ended. Without any, the document is empty and has expired."""
    set_role(conn, person_role(person))
    replies = await queries.load_unfinished(conn, now)
    if not replies:
        return LiveDocument({}, now)
    return LiveDocument({"unfinished": [_fields(reply) for reply in replies]}, now + LIFETIME)


def _fields(reply: UnfinishedReply) -> dict[str, JsonValue]:
    """Of a conversation, the first reply is being written, and the others wait for it."""
    return {
        "conversation_id": str(reply.conversation_id),
        "message_id": str(reply.message_id),
        "status": "running" if reply.is_first else "queued",
    }


async def update(conn: Connection, events: Events) -> None:
    request_document(conn, events.person, DOCUMENT_NAME)


async def end_dead_replies(conn: Connection, events: Events) -> None:
    """End the replies whose process has died. Their documents are written anew."""
    for person in await queries.end_dead(conn, events.occurred_at):
        request_document(conn, person, DOCUMENT_NAME)


refresher = LiveRefresher({DOCUMENT_NAME: build})
