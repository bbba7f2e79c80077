"""The conversations of a person."""

from functions.companion import queries
from functions.companion.disclosure import reminders
from functions.companion.models import (
    Conversation,
    ConversationChange,
    ConversationDraft,
    ConversationPage,
    ConversationQuery,
    ListedConversation,
)
from functions.companion.pictures.queries import delete_pictures
from functions.companion.search import hits
from shared import consents
from shared.errors import NotFound
from shared.events import emit
from shared.events.types import reply_changed
from shared.http import Call
from shared.http.paging import NEWEST_FIRST
from shared.ids import new_id


async def create(call: Call[ConversationDraft]) -> Conversation:
    """A new conversation. Its first message tells what the companion is."""
    consents.require(call.conn, "ai")
    parts = await reminders.opening_parts(call, call.body.module)
    row = {"id": new_id(), "now": call.now, **call.body.model_dump()}
    conversation = await queries.insert_conversation(call.conn, row)
    queries.insert_message(call.conn, conversation.id, new_id(), parts, call.now)
    return conversation


async def load_page(call: Call[None, ConversationQuery]) -> ConversationPage:
    """The conversations, newest first, or those with some words, the best first."""
    if call.query.q:
        return await hits.load_page(call, call.query.q)
    rows, cursor = await NEWEST_FIRST.page(
        call.query,
        f"{call.person.id} conversations",
        lambda before, limit: queries.load_conversations(call.conn, before, limit),
        lambda row: (row.changed_at, row.id),
    )
    return ConversationPage(items=[ListedConversation(**row.model_dump()) for row in rows], next_cursor=cursor)


async def load(call: Call) -> Conversation:
    return _existing(await queries.load_conversation(call.conn, call.id))


async def change(call: Call[ConversationChange]) -> Conversation:
    return _existing(await queries.change_conversation(call.conn, call.id, call.now, title=call.body.title))


async def delete(call: Call) -> None:
    """Delete a conversation with its messages and their pictures. A reply that is being written ends."""
    delete_pictures(call.conn, call.id)
    if not await queries.delete_conversation(call.conn, call.id):
        raise NotFound
    emit(call.conn, [reply_changed(call.person.id, call.now)])


def _existing(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise NotFound
    return conversation
