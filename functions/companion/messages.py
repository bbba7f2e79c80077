"""What a person writes, and the replies as they are stored."""

from typing import Any, NamedTuple
from uuid import UUID

from functions.companion import queries
from functions.companion.danger import answers
from functions.companion.danger.answers import DangerAnswer, support_parts
from functions.companion.disclosure import reminders
from functions.companion.errors import MessageIdUsed, NoReceipt, NoReply, NotLatest, RepliesWaiting
from functions.companion.models import (
    ConversationMessage,
    ConversationMessagePage,
    MessageDraft,
    ReplyChunk,
    ReplyDraft,
    ReplyFeedback,
    ReplyReceipt,
)
from functions.companion.pictures.draft import require_pictures
from functions.companion.queries import MessageRow
from functions.companion.replacement import latest
from functions.companion.reply_chunks import message_tool
from functions.companion.texts import CompanionTexts, load_texts
from functions.companion.usage import limits
from shared import consents
from shared.consents import ConsentNeeded
from shared.errors import NotFound
from shared.events import emit
from shared.events.types import reply_changed
from shared.http import Call
from shared.http.paging import Order, PageQuery
from shared.ids import new_id
from shared.safety import Support

MAX_UNFINISHED = 4  # replies of a conversation: one that is written, and three that wait
LONGEST_FIRST_WORDS = 60
LAST_FIRST = Order(2**31 - 1, str, int)
FAILURE_TEXTS = {
    **dict.fromkeys(("rate_limited", "overloaded", "unavailable"), "busy"),
    **dict.fromkeys(("credentials", "spending_limit", "rejected"), "closed"),
    "consent": "consent",
    "used_up": "used_up",
    "budget": "budget",
}  # by the kind of a failure; all others are broken


class Stored(NamedTuple):
    """A message and its reply. `is_new` if this request has stored them."""

    message: MessageRow
    reply: MessageRow
    is_new: bool = False


async def store(call: Call[MessageDraft]) -> Stored:
    """Store a message, with a reply that is queued. One with the same id is stored once. It may replace the latest one.

    Words of danger are answered at once, by us and by no model, also for a person who has not consented.
    """
    conn, draft = call.conn, call.body
    granted = consents.queue_is_granted(conn, call.person.id, "ai")
    conversation = await queries.lock_conversation(conn, call.id)
    if conversation is None:
        raise NotFound
    [(is_granted,)] = granted.rows
    if not is_granted:
        return _unstored(call, await answers.support_without_consent(call))
    if draft.id and (message := await queries.load_message(conn, draft.id, call.now)):
        return await _with_reply(call, message)
    before = await latest.replace_message(call, draft.replaces) if draft.replaces else None
    message_id, danger_answer = draft.id or new_id(), await answers.answer(call)
    if in_place := danger_answer is not None and not danger_answer.beside:
        queries.cancel_all(conn, call.id, call.now)
    else:
        await _require_rest(call)
    attachments = [] if in_place else await require_pictures(call, conversation.module)
    queries.insert_message(conn, call.id, message_id, [draft.content], call.now, role="user", attachments=attachments)
    await _insert_reply(call, message_id, danger_answer)
    title = _first_words(draft.content)
    is_named_by_before = before is not None and conversation.title == _first_words(before.text)
    new_title = title if is_named_by_before else None
    await queries.change_conversation(conn, call.id, call.now, title=new_title, first_words=title)
    emit(conn, [reply_changed(call.person.id, call.now)])
    stored = await _with_reply(call, await queries.load_message(conn, message_id, call.now))
    return stored._replace(is_new=True)


async def store_again(call: Call[ReplyDraft]) -> Stored:
    """Store a reply that is queued, in place of the one in the path. One with the same id is stored once."""
    conn, reply_id = call.conn, call.body.id or new_id()
    granted = consents.queue_is_granted(conn, call.person.id, "ai")
    if not await queries.lock_conversation(conn, call.id):
        raise NotFound
    [(is_granted,)] = granted.rows
    if not is_granted:
        raise ConsentNeeded("ai")
    row = await load_reply(call)
    if call.body.id and (reply := await queries.load_message(conn, reply_id, call.now)):
        return await _with_message(call, reply, row.answers)
    message, before = await latest.replace_reply(call, row.id)
    await _require_rest(call)
    parts = await _first_parts(call, message.text)
    queries.insert_message(
        conn, call.id, reply_id, parts, call.now, answers=message.id, status="queued", support=before.support
    )
    await queries.change_conversation(conn, call.id, call.now)
    emit(conn, [reply_changed(call.person.id, call.now)])
    stored = await _with_message(call, await queries.load_message(conn, reply_id, call.now), message.id)
    return stored._replace(is_new=True)


async def _require_rest(call: Call[Any, Any]) -> None:
    """Raises `RepliesWaiting`, and the errors of limits that are reached."""
    if await queries.count_unfinished(call.conn, call.id, call.now) >= MAX_UNFINISHED:
        raise RepliesWaiting
    await limits.require_rest(call)


def _first_words(content: str) -> str:
    return " ".join(content.split())[:LONGEST_FIRST_WORDS]


async def _insert_reply(call: Call[MessageDraft], message_id: UUID, answer: DangerAnswer | None) -> None:
    """A reply that is complete because it answers danger, or one that is queued."""
    support, content = answer.support if answer else call.support, call.body.content
    in_place = answer if answer and not answer.beside else None
    queries.insert_message(
        call.conn,
        call.id,
        new_id(),
        [*await reminders.answer_parts(call, content), *support_parts(in_place.support)]
        if in_place
        else await _first_parts(call, content),
        call.now,
        answers=message_id,
        status="done" if in_place else "queued",
        support=support.model_dump(mode="json") if support else None,
        danger=answer.record.model_dump() if answer and answer.record else None,
        held=answer is not None and answer.held,
    )


def _unstored(call: Call[MessageDraft], support: Support | None) -> Stored:
    """The answer to words of danger without consent. Raises `ConsentNeeded` for other words."""
    if support is None:
        raise ConsentNeeded("ai")
    message_id, reply_id = call.body.id or new_id(), new_id()
    parts, stored = support_parts(support), support.model_dump(mode="json")
    message = queries.unstored_message(call.id, message_id, [call.body.content], call.now)
    reply = queries.unstored_message(call.id, reply_id, parts, call.now, answers=message_id, support=stored)
    return Stored(message, reply)


async def _with_reply(call: Call[MessageDraft], message: MessageRow | None) -> Stored:
    """A stored message and its reply. Raises `NotLatest` if it was replaced, `MessageIdUsed` if it is another one."""
    if message and message.status == "replaced":
        raise NotLatest
    reply = await queries.load_reply_to(call.conn, message.id, call.now) if message else None
    if not message or not reply or (message.conversation_id, message.text) != (call.id, call.body.content):
        raise MessageIdUsed
    return Stored(message, reply)


async def _with_message(call: Call[ReplyDraft], reply: MessageRow | None, answers: UUID | None) -> Stored:
    """A stored reply and its message. Raises `NotLatest` if it was replaced, `MessageIdUsed` if it is another one."""
    message = await queries.load_message(call.conn, answers, call.now) if answers else None
    if not message or not reply or reply.answers != message.id:
        raise MessageIdUsed
    if reply.status == "replaced":
        raise NotLatest
    return Stored(message, reply)


async def _first_parts(call: Call[Any, Any], content: str) -> list[str]:
    """What a reply begins with, whatever follows: what the companion is, when it is time to say so, or for who asks."""
    return await reminders.reminder_parts(call, content) or await reminders.answer_parts(call, content)


async def load_reply(call: Call[Any, Any]) -> MessageRow:
    """The reply in the path. Raises `NotFound` and `NoReply`."""
    row = await queries.load_message(call.conn, call.path["message_id"], call.now)
    if row is None or row.conversation_id != call.id:
        raise NotFound
    if row.role == "user":
        raise NoReply
    return row


async def load_page(call: Call[None, PageQuery]) -> ConversationMessagePage:
    texts = await load_texts(call.conn, call.person.id)
    if not await queries.load_conversation(call.conn, call.id):
        raise NotFound
    rows, cursor = await LAST_FIRST.page(
        call.query,
        f"{call.person.id} {call.id}",
        lambda before, limit: queries.load_messages(call.conn, call.id, before[0], limit, call.now),
        lambda row: (row.position, row.id),
    )
    return ConversationMessagePage(items=[message_of(row, texts) for row in rows], next_cursor=cursor)


async def cancel(call: Call) -> ConversationMessage:
    """Stop a reply, whichever process writes it. What is there of it stays."""
    row, texts = await load_reply(call), await load_texts(call.conn, call.person.id)
    if not row.has_ended:
        queries.cancel(call.conn, row.id, call.now)
    return message_of(row, texts)


def message_of(row: MessageRow, texts: CompanionTexts) -> ConversationMessage:
    return ConversationMessage(
        id=row.id,
        role="user" if row.role == "user" else "assistant",
        content=row.text,
        status=row.status,
        answers=row.answers,
        notice=notice_of(row, texts),
        support=Support.model_validate(row.support) if row.support else None,
        attachments=row.attachments,
        tools=[message_tool(tool, texts) for tool in row.tools],
        feedback=ReplyFeedback(rating=row.rating, reason=row.rating_reason) if row.rating else None,
        created_at=row.created_at,
    )


def notice_of(row: MessageRow, texts: CompanionTexts) -> str | None:
    """Why a reply is not complete, in a sentence, or None."""
    if row.status == "replaced":
        return texts.replaced
    if row.failure == "refused":
        return texts.refused
    if row.failure:
        return texts.failures[FAILURE_TEXTS.get(row.failure, "broken")]
    return {"partial": texts.partial, "cancelled": texts.cancelled}.get(row.status)


def notices_beside(row: MessageRow, texts: CompanionTexts) -> list[str]:
    """What the person is told about a reply that is complete."""
    return [texts.notices[code] for code in row.receipt["notices"]] if row.receipt else []


async def load_receipt(call: Call) -> ReplyReceipt:
    """The receipt of the reply in the path. Raises `NoReceipt`."""
    row = await load_reply(call)
    if not row.receipt:
        raise NoReceipt
    return ReplyReceipt.model_validate(row.receipt)


def end_chunk(row: MessageRow, texts: CompanionTexts) -> ReplyChunk:
    """The last chunk of a stream."""
    notice = notice_of(row, texts)
    if row.status in {"cancelled", "replaced"}:
        return ReplyChunk(type="abort")
    return ReplyChunk(type="error", error_text=notice) if notice else ReplyChunk(type="finish")
