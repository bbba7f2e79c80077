"""Has a model summarise what was cut from a conversation, after a reply. Nobody waits for it.

What a model has written is kept if it passes the gates, and is sent as data in a message from then on.
"""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic_core import to_json

from functions.companion.disclosure.queries import load_switched_off
from functions.companion.kept_text import what_may_be_kept
from functions.companion.model_choice import usable_models
from functions.companion.prompts import prompts
from functions.companion.queries import MessageRow, lock_conversation
from functions.companion.rules.context import FULL, PastMessage, first_after_cut, newest_within, tokens_of
from functions.companion.rules.sentences import complete_sentences
from functions.companion.settings import CompanionSettings
from functions.companion.summaries import queries
from functions.companion.summaries.history import MOST_SENT, after_blocks, block_of
from functions.companion.summaries.queries import MessageBlock
from functions.companion.tools.offers import is_in_danger
from functions.companion.usage import tasks
from shared import consents, logs, people
from shared.ai.answers import ModelAnswer, whole_answer
from shared.ai.estimate import token_bound
from shared.ai.models import limits_of
from shared.ai.port import ModelFailure, ModelMessage, ModelRequest
from shared.clock import utc_now
from shared.http import Call, LongCall

PROMPT = "summary"  # of a block, and of two summaries; the task as well
LONGEST = 1_200  # bytes of a summary
MOST_REQUESTS = 2  # after a reply


class SummaryWork(NamedTuple):
    """A block that a model shall summarise."""

    block: MessageBlock
    merged: MessageBlock | None  # an older one, whose summary becomes a part of this one
    is_new: bool  # nothing of the block is cut yet
    blocks: list[MessageBlock]  # that there were when the model was asked
    request: ModelRequest
    models: tuple[str, ...]
    locale: str


class SummarySource(NamedTuple):
    """What a summary is made of, as texts in JSON."""

    block: MessageBlock
    texts: list[str]
    merged: MessageBlock | None = None
    is_new: bool = False


async def summarise(call: LongCall[Any, Any], row: MessageRow, room: int) -> None:
    """Summarise what was cut before a reply, and what takes too much of the room for messages.

    If there are too many summaries then, two become one.
    """
    from functions.companion.provider import engine

    settings = call.services.settings.of(CompanionSettings)
    for _ in range(MOST_REQUESTS):
        work = await call.in_transaction(lambda short: _next_work(short, row, room, settings))
        if work is None:
            return
        try:
            answer = await whole_answer(engine(settings, work.models), work.request)
        except ModelFailure as failure:
            logs.warn("summary_failed", kind=failure.kind)
            return
        text = await asyncio.to_thread(_kept, answer.text, work.locale)
        await call.in_transaction(lambda short: _store(short, row, work, answer, text))  # noqa: B023 - run at once


async def _next_work(
    call: Call[Any, Any], row: MessageRow, room: int, settings: CompanionSettings
) -> SummaryWork | None:
    """What is summarised next, if a model may be asked for it now."""
    models = await usable_models(call, row.module)
    if not models or not await _may_ask(call, row, settings):
        return None
    blocks = await queries.load_blocks(call.conn, row.conversation_id)
    source = await _source(call, row, room, blocks)
    if source is None:
        return None
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    system = prompts()[PROMPT].text()
    most = min(limits_of(name).input_tokens for name in models) - token_bound(system) - len(source.texts) - 1
    message = ModelMessage("user", f"[{','.join(newest_within(source.texts, max(most, room)))}]")
    request = ModelRequest(system, [message], sha256(call.person.id.bytes).hexdigest())
    return SummaryWork(source.block, source.merged, source.is_new, blocks, request, models, profile.locale)


async def _source(call: Call[Any, Any], row: MessageRow, room: int, blocks: list[MessageBlock]) -> SummarySource | None:
    """The oldest block without a summary; or the oldest messages, when there are too many; or two summaries."""
    if block := next((block for block in blocks if block.text is None), None):
        after = after_blocks([each for each in blocks if each.until_position < block.until_position])
        messages = await queries.load_messages(call.conn, row.conversation_id, after, block.until_position)
        if block_of(messages, utc_now()).text is None:
            return SummarySource(block, _texts(messages))
        queries.set_text(call.conn, block._replace(text=""))
        return None
    messages = await queries.load_messages(call.conn, row.conversation_id, after_blocks(blocks), row.position - 1)
    if tokens_of(messages) + token_bound(row.text) > FULL * room:
        cut = messages[: first_after_cut(messages, room)]
        if cut and (block := block_of(cut, utc_now())).text is None:
            return SummarySource(block, _texts(cut), is_new=True)
    summaries = [block for block in blocks if block.text]
    if len(summaries) > MOST_SENT:
        merged, block = summaries[:2]
        return SummarySource(block, [to_json({"summary": each.text}).decode() for each in (merged, block)], merged)
    return None


def _texts(messages: Sequence[PastMessage]) -> list[str]:
    speakers = {True: "person", False: "companion"}
    return [to_json({speakers[message.is_question]: message.text}).decode() for message in messages]


async def _may_ask(call: Call[Any, Any], row: MessageRow, settings: CompanionSettings) -> bool:
    """Whether the person agrees, is in no danger, and neither a limit nor an operator forbids it."""
    now = utc_now()
    return (
        await consents.is_granted(call.conn, call.person.id, "ai")
        and not await load_switched_off(call.conn, [f"prompt:{PROMPT}"])
        and not await is_in_danger(call, row, now)
        and not await tasks.reached_limit(call.conn, settings, PROMPT, now)
    )


def _kept(text: str, locale: str) -> str:
    """What is kept of a summary: those of its first sentences that may be kept."""
    sentences, rest = complete_sentences(" ".join(text.split()))
    kept, size = list[str](), 0
    for sentence in [*sentences, rest]:
        size += token_bound(sentence)
        if size > LONGEST:
            break
        kept.append(sentence)
    return "".join(what_may_be_kept(kept, locale)).strip()


async def _store(call: Call[Any, Any], row: MessageRow, work: SummaryWork, answer: ModelAnswer, text: str) -> None:
    """Count what it has cost, and store the summary, if consent and blocks are as they were."""
    now = utc_now()
    tasks.count(call.conn, PROMPT, answer.model or work.models[0], answer.usage, now)
    conversation = await lock_conversation(call.conn, row.conversation_id)
    blocks = await queries.load_blocks(call.conn, row.conversation_id)
    if not conversation or blocks != work.blocks or not await consents.is_granted(call.conn, call.person.id, "ai"):
        return
    messages = work.block.messages + (work.merged.messages if work.merged else 0)
    block = work.block._replace(text=text, messages=messages, created_at=now)
    if work.is_new and text:  # without a summary, the messages are sent as long as they fit
        queries.insert(call.conn, row.conversation_id, block)
    elif not work.is_new:
        queries.set_text(call.conn, block)
    if work.merged:
        queries.delete(call.conn, work.merged.id)
