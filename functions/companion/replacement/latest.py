"""Replaces the latest message of a person, or its reply.

What is replaced loses its words and keeps its row, so that a device that sends it again is told so. What takes its
place is added at the end, and what a model is sent begins as before.
"""

from typing import Any
from uuid import UUID

from functions.companion.danger.found import grave
from functions.companion.errors import AnsweredByCare, NotLatest, ReplyRunning, ScriptedReply
from functions.companion.model_choice import usable_models
from functions.companion.queries import MessageRow, load_reply_to
from functions.companion.replacement import queries
from shared.http import Call
from shared.safety import Support


async def replace_message(call: Call[Any, Any], id_: UUID) -> MessageRow:
    """Replace the latest message and its reply, which ends if it is being written. Returns the message.

    Raises `NotLatest` and `AnsweredByCare`.
    """
    message, reply = await _latest(call)
    if message.id != id_:
        raise NotLatest
    _refuse_danger(reply)
    queries.replace(call.conn, call.id, [message.id, reply.id], call.now)
    return message


async def replace_reply(call: Call[Any, Any], id_: UUID) -> tuple[MessageRow, MessageRow]:
    """Replace the latest reply. Returns the message that it answers, and the reply as it was.

    Raises `NotLatest`, `AnsweredByCare`, `ReplyRunning`, and `ScriptedReply` if a script would say the same again.
    """
    message, reply = await _latest(call)
    if reply.id != id_:
        raise NotLatest
    _refuse_danger(reply)
    if not reply.has_ended:
        raise ReplyRunning
    if reply.status == "done" and not await usable_models(call, reply.module):
        raise ScriptedReply
    queries.replace(call.conn, call.id, [reply.id], call.now)
    return message, reply


async def _latest(call: Call[Any, Any]) -> tuple[MessageRow, MessageRow]:
    """The latest message of the person, and its reply. Raises `NotLatest` if there is none."""
    message = await queries.load_latest_message(call.conn, call.id, call.now)
    reply = message and await load_reply_to(call.conn, message.id, call.now)
    if not message or not reply:
        raise NotLatest
    return message, reply


def _refuse_danger(reply: MessageRow) -> None:
    """What was said in danger, and what followed, cannot be made undone."""
    if reply.danger or (reply.support and grave(Support.model_validate(reply.support))):
        raise AnsweredByCare
