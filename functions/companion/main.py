"""companion: conversations with a model, or with a script where none is set up. A model also reviews notes."""

from typing import Any

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.companion import conversations, messages, reply_stream
from functions.companion.feedback import routes as feedback
from functions.companion.hand_over import routes as hand_overs
from functions.companion.help import routes as help_articles
from functions.companion.live import documents
from functions.companion.memory import routes as memory
from functions.companion.models import (
    Conversation,
    ConversationChange,
    ConversationDraft,
    ConversationMessage,
    ConversationMessagePage,
    ConversationPage,
    ConversationQuery,
    MessageDraft,
    MessageExchange,
    ReplyChunk,
    ReplyDraft,
    ReplyReceipt,
)
from functions.companion.replies import RunningReply
from functions.companion.review.events import review_entries
from functions.companion.summaries import routes as summaries
from functions.companion.texts import load_texts
from functions.companion.usage import limits
from shared.events import Consumer, LongRunningConsumer, types
from shared.http import Api, Call, EventStream, JsonBody, LongCall, LongOperation, Operation, Streamed, model_response
from shared.http.paging import PageQuery
from shared.http.streams import EVENT_STREAM
from shared.http.support import add_support

STREAM_SECONDS = 150  # more than a reply may take
EVENTS = Streamed(events=dict.fromkeys(("message", "text", "tool", "support", "notice", "receipt", "done"), ReplyChunk))


async def create_conversation(call: Call[ConversationDraft]) -> Response:
    """Begin a conversation. Its first message tells what the companion is. It needs your consent to `ai`."""
    return model_response(await conversations.create(call), 201)


async def list_conversations(call: Call[None, ConversationQuery]) -> Response:
    """Your conversations, newest first. With `q`, those with some of the words, the best first."""
    return model_response(await conversations.load_page(call))


async def get_conversation(call: Call) -> Response:
    """One conversation, without its messages."""
    return model_response(await conversations.load(call))


async def change_conversation(call: Call[ConversationChange]) -> Response:
    """Rename a conversation."""
    return model_response(await conversations.change(call))


async def delete_conversation(call: Call) -> Response:
    """Delete a conversation with all its messages."""
    await conversations.delete(call)
    return Response(status_code=204)


async def list_messages(call: Call[None, PageQuery]) -> Response:
    """The messages of a conversation, newest first."""
    return model_response(await messages.load_page(call))


async def send_message(call: LongCall[MessageDraft]) -> Response:
    """Send a message, and get the reply: as server-sent events if you accept them, or in one piece as JSON.

    The reply goes on when you leave. To stop it, cancel it. With `replaces`, it replaces your latest message.
    """
    return await _reply(call, await call.in_transaction(messages.store))


async def regenerate_reply(call: LongCall[ReplyDraft]) -> Response:
    """Have the latest reply written again, in place of the one that there is. It comes as for a message."""
    return await _reply(call, await call.in_transaction(messages.store_again))


async def _reply(call: LongCall[Any], stored: messages.Stored) -> Response:
    """Write a reply that is new, and send it while it is written, or in one piece."""
    if stored.is_new and not stored.reply.has_ended:
        RunningReply(call, stored.reply)
    if EVENT_STREAM in call.headers.get("accept", ""):
        return EventStream(reply_stream.events(call, stored.reply, 0))
    async for row in reply_stream.rows(call, stored.reply):
        stored = stored._replace(reply=row)
    texts = await call.in_transaction(lambda short: load_texts(short.conn, short.person.id))
    exchange = MessageExchange(
        message=messages.message_of(stored.message, texts), reply=messages.message_of(stored.reply, texts)
    )
    response = model_response(exchange, 201)
    return add_support(response, exchange.reply.support) if call.support and exchange.reply.support else response


async def follow_reply(call: LongCall) -> Response:
    """The rest of a reply after the event that you have seen, or all of it."""
    row = await call.in_transaction(messages.load_reply)
    return EventStream(reply_stream.events(call, row, reply_stream.first_part(call.last_event_id, row)))


async def cancel_reply(call: Call) -> Response:
    """Stop a reply, within a second. What is there of it stays."""
    return model_response(await messages.cancel(call), 202)


async def get_receipt(call: Call) -> Response:
    """What a reply was made of: the model, the prompts, the memories, the messages, and the tokens."""
    return model_response(await messages.load_receipt(call))


app = Api(
    "companion",
    Operation("POST", "/conversations", create_conversation, {201: Conversation}, body=JsonBody(ConversationDraft)),
    Operation("GET", "/conversations", list_conversations, {200: ConversationPage}, query=ConversationQuery),
    Operation("GET", "/conversations/{id:uuid}", get_conversation, {200: Conversation}),
    Operation(
        "PATCH",
        "/conversations/{id:uuid}",
        change_conversation,
        {200: Conversation},
        body=JsonBody(ConversationChange),
    ),
    Operation("DELETE", "/conversations/{id:uuid}", delete_conversation, {204: None}),
    Operation(
        "GET", "/conversations/{id:uuid}/messages", list_messages, {200: ConversationMessagePage}, query=PageQuery
    ),
    LongOperation(
        "POST",
        "/conversations/{id:uuid}/messages",
        send_message,
        {200: EVENTS, 201: MessageExchange},
        body=JsonBody(MessageDraft),
        seconds=STREAM_SECONDS,
    ),
    LongOperation(
        "POST",
        "/conversations/{id:uuid}/messages/{message_id:uuid}/regenerate",
        regenerate_reply,
        {200: EVENTS, 201: MessageExchange},
        body=JsonBody(ReplyDraft),
        seconds=STREAM_SECONDS,
    ),
    LongOperation(
        "GET",
        "/conversations/{id:uuid}/messages/{message_id:uuid}/stream",
        follow_reply,
        {200: EVENTS},
        seconds=STREAM_SECONDS,
    ),
    Operation(
        "POST",
        "/conversations/{id:uuid}/messages/{message_id:uuid}/cancel",
        cancel_reply,
        {202: ConversationMessage},
    ),
    Operation("GET", "/conversations/{id:uuid}/messages/{message_id:uuid}/receipt", get_receipt, {200: ReplyReceipt}),
    *feedback.OPERATIONS,
    *memory.OPERATIONS,
    *summaries.OPERATIONS,
    *limits.OPERATIONS,
    *help_articles.OPERATIONS,
    *hand_overs.OPERATIONS,
)


event_consumer = Consumer(
    "companion_events",
    {types.reply_changed: documents.update, types.schedule_live: documents.end_dead_replies},
    documents.refresher,
)
review_consumer = LongRunningConsumer(
    "safety_review", {types.mood_recorded: review_entries, types.mood_changed: review_entries}
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def companion(_: Request) -> ASGIApp:
    return app


@functions_framework.aio.http
async def companion_events(request: Request) -> Response:
    return await event_consumer.receive(request)


@functions_framework.aio.http
async def safety_review(request: Request) -> Response:
    return await review_consumer.receive(request)
