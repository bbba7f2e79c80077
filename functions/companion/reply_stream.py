"""Sends a reply while it is written, by this process or by another one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from functions.companion import messages, replies
from functions.companion.models import ReplyChunk, ReplyNotice, ReplyReceipt
from functions.companion.queries import MessageRow
from functions.companion.replies import RunningReply
from functions.companion.reply_chunks import ReplyChunks
from functions.companion.texts import load_texts
from shared.clock import utc_now
from shared.http import LongCall, ServerEvent
from shared.safety import Support

POLL_SECONDS = 0.3  # for a reply that another process writes


def first_part(last_event_id: str | None, row: MessageRow) -> int:
    """How many parts the client has. From an event that never was, it gets all of them."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        seen = int(last_event_id)
        return seen if seen <= len(row.parts) else 0
    return 0


async def rows(call: LongCall[Any, Any], row: MessageRow) -> AsyncGenerator[MessageRow, None]:
    """The states of a reply, until it has ended."""
    if reply := replies.running.get(row.id):
        async for row in _rows_here(reply):  # noqa: PLR1704 - the latest state
            yield row
    async for state in _rows_elsewhere(call, row):
        yield state


async def _rows_here(reply: RunningReply) -> AsyncGenerator[MessageRow, None]:
    """The states of a reply while this process writes it."""
    reply.readers += 1
    try:
        while reply.row.id in replies.running:
            seen = reply.row
            yield seen
            if reply.row is seen and seen.id in replies.running:
                await reply.changed()
        yield reply.row
    finally:
        reply.readers -= 1


async def _rows_elsewhere(call: LongCall[Any, Any], row: MessageRow) -> AsyncGenerator[MessageRow, None]:
    """The states of a reply that another process writes, or that has ended."""
    yield row
    while not row.has_ended:
        await asyncio.sleep(POLL_SECONDS)
        row = await replies.load_row(call, row.id, utc_now()) or row._replace(status="cancelled")
        yield row


async def events(call: LongCall[Any, Any], row: MessageRow, sent: int) -> AsyncGenerator[ServerEvent, None]:
    """The events of a reply, from a part on."""
    texts = await call.in_transaction(lambda short: load_texts(short.conn, short.person.id))
    yield ServerEvent("message", ReplyChunk(type="start", message_id=row.id))
    if row.support:
        yield ServerEvent("support", ReplyChunk(type="data-support", data=Support.model_validate(row.support)))
    chunks = ReplyChunks(row, sent, texts)
    async with aclosing(rows(call, row)) as states:
        async for state in states:
            for event in chunks.new(state):
                yield event
            row = state
    for event in chunks.end():
        yield event
    for notice in filter(None, [messages.notice_of(row, texts), *messages.notices_beside(row, texts)]):
        yield ServerEvent("notice", ReplyChunk(type="data-notice", data=ReplyNotice(text=notice)))
    if row.receipt:
        receipt = ReplyReceipt.model_validate(row.receipt)
        yield ServerEvent("receipt", ReplyChunk(type="data-receipt", data=receipt))
    end = messages.end_chunk(row, texts)
    yield ServerEvent("error" if end.type == "error" else "done", end)
