"""Writes replies, in tasks of this process that go on when nobody reads along.

A reply is stored sentence by sentence. Its process renews the lease of its row; when that has expired, the reply is
partial. A request to stop it is a mark in the row, so it can come from any process.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from psycopg.rows import TupleRow

from functions.companion import queries, reply_request
from functions.companion.arrivals import read_ahead
from functions.companion.model_choice import switches_of
from functions.companion.models import ReplyReceipt
from functions.companion.queries import ALIVE, MessageRow
from functions.companion.reply_request import Obstacle, PreparedReply, UncountedReply
from functions.companion.rules.sentences import complete_sentences
from functions.companion.rules.tool_receipts import receipt_tools
from functions.companion.summaries.history import SentHistory
from functions.companion.usage.tally import ReplyTally
from shared import logs
from shared.ai.port import Asked, Done, Failed, ModelEvent, Refusal, TextDelta, ToolCall, Usage
from shared.clock import utc_now
from shared.db import CommitUnknown, Result
from shared.errors import Unavailable
from shared.events import emit
from shared.events.types import reply_changed
from shared.http import Call, LongCall
from shared.safety.replies.gate import ReplyGate

RENEW_SECONDS = 0.6  # so a reply is stopped within a second
STORING_SECONDS = 3  # within which a sentence that waits for a connection is stored
LONGEST_STORING = 30  # seconds, after which a reply fails: while Postgres is away, sentences wait for those before them
SHORTEST_PAUSE = 0.1  # seconds between two looks at the lease
UNREAD_SECONDS = 60  # after which a reply that nobody reads is stopped
REPLY_SECONDS = 120
LONGEST_REPLY = 16_000  # characters

T = TypeVar("T")

running: dict[UUID, "RunningReply"] = {}  # the replies that this process writes
tasks: set[asyncio.Task[None]] = set()  # a reply, and what follows it
reader = ThreadPoolExecutor(1, "gate")  # of all replies: more threads would keep the event loop waiting


class Stopped(Exception):
    """The reply was stopped, its conversation deleted, or its lease lost."""


class RunningReply:
    """A reply that this process writes. `row` is what is stored of it."""

    def __init__(self, call: LongCall[Any, Any], row: MessageRow) -> None:
        self.row = row
        self.readers = 0
        self._call = call
        self._changed = asyncio.Event()
        self._unread_since = self._renewed_at = _seconds()
        self._began = utc_now()
        self._tally = ReplyTally()
        self._text = ""  # that has arrived and is not stored yet
        self._is_storing = False
        self._gate: ReplyGate | None = None  # for what a model of a provider writes
        self._last_words = ""  # of ours, below a complete reply
        self._history: SentHistory | None = None  # that the model was sent
        running[row.id] = self
        task = asyncio.create_task(self._run())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def changed(self) -> None:
        """Wait until there is more of the reply, or it has ended."""
        await self._changed.wait()

    async def _run(self) -> None:
        """Write the reply. If its end cannot be stored, its lease expires, and it is partial."""
        try:
            failure = await self._failure()
            if not self.row.has_ended:
                await self._end("failed", failure)
        except Exception as error:  # noqa: BLE001 - the outermost handler of the task
            logs.failure("reply_not_ended", error)
        finally:
            running.pop(self.row.id, None)
            self._wake()
        await self._summarise()

    async def _summarise(self) -> None:
        """Have older messages summarised, if that is due. Nobody waits for it, and nothing is lost if it fails."""
        from functions.companion.summaries.writer import summarise

        if self._history is None or self.row.status != "done" or not self._history.is_due(self.row.text):
            return
        try:
            await summarise(self._call, self.row, self._history.room)
        except Exception as error:  # noqa: BLE001 - the reply is there all the same
            logs.failure("summary_not_written", error)

    async def _failure(self) -> str | None:
        """Write the reply. Returns why it failed, if it has not ended by itself."""
        try:
            await self._wait_for_turn()
            async with asyncio.timeout(REPLY_SECONDS):
                await self._write_while_renewed()
        except Stopped:
            return "cut_short"
        except TimeoutError:
            return "unavailable"
        except Exception as error:  # noqa: BLE001 - whatever it is, the person is told that the reply failed
            logs.failure("reply_crashed", error)
            return "cut_short"
        return None

    async def _wait_for_turn(self) -> None:
        while await self._renewed() == "queued":  # noqa: ASYNC110 - another process may have the turn
            await asyncio.sleep(RENEW_SECONDS / 2)
        self.row = self.row._replace(status="running")

    async def _write_while_renewed(self) -> None:
        """Write the reply, unless the renewal ends first: then the provider's request is closed."""
        writing, renewing = asyncio.create_task(self._write()), asyncio.create_task(self._keep_renewing())
        try:
            await asyncio.wait([writing, renewing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writing, renewing):
                task.cancel()
            await asyncio.gather(writing, renewing, return_exceptions=True)
        for task in (writing, renewing):
            if not task.cancelled() and not self.row.has_ended:
                task.result()

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(max(self._renewed_at + RENEW_SECONDS - _seconds(), SHORTEST_PAUSE))
            # A sentence that was stored has renewed it, and one that is about to be stored will.
            if _seconds() >= self._renewed_at + (STORING_SECONDS if self._is_storing else RENEW_SECONDS):
                with suppress(Unavailable):  # the lease outlasts a short absence of Postgres
                    await self._renewed()
            if self.readers:
                self._unread_since = _seconds()
            if _seconds() - self._unread_since > UNREAD_SECONDS:
                raise Stopped

    async def _renewed(self) -> str:
        """Renew the lease. Returns the status of the reply. Raises `Stopped`."""
        receipt = self._tally.receipt()
        id_, switches = self.row.id, switches_of(receipt) if receipt else []
        status = await self._in_transaction(lambda call: queries.renew(call.conn, id_, switches, utc_now()))
        self._renewed_at = _seconds()
        if status is None:
            raise Stopped
        return status

    async def _write(self) -> None:
        self._began = utc_now()
        prepared = await self._in_transaction(lambda call: reply_request.prepare(call, self.row, self._began))
        while not isinstance(prepared, str):
            if isinstance(prepared, UncountedReply):
                prepared = await self._prepare_counted(prepared)
                continue
            prepared = await prepared.with_pictures(self._call.services.files)
            self._gate, self._last_words = self._gate or prepared.gate, prepared.end
            self._history = prepared.history
            self._tally.begin(prepared.receipt)
            first = len(self.row.parts)
            calls = await self._write_round(prepared)
            if not calls:
                return
            prepared = await self._run_tools(prepared, "".join(self.row.parts[first:]), calls)
        await self._end("failed", prepared)

    async def _prepare_counted(self, uncounted: UncountedReply) -> PreparedReply | UncountedReply | Obstacle:
        count, rounds = await uncounted.counted(), uncounted.request.rounds
        return await self._in_transaction(
            lambda call: reply_request.prepare(call, self.row, self._began, rounds, count)
        )

    async def _write_round(self, prepared: PreparedReply) -> list[ToolCall]:
        """Write until the reply has ended, or until the model waits for the tools that it has called."""
        request, calls = prepared.request, list[ToolCall]()
        may_call = bool(request.tools) and not request.must_write
        async with read_ahead(prepared.model.stream(request)) as events:
            async for event in events:
                if isinstance(event, ToolCall):
                    calls.append(event)
                elif event == Done("tools") and calls and may_call:
                    return [] if await self._end_sentence() else calls
                elif await self._take(event):
                    return []
        return []

    async def _end_sentence(self) -> bool:
        """Store what was written before tools are called. True if it ends the reply."""
        text, self._text = self._text.rstrip(), ""
        ends_reply = await self._append([f"{text} "] if text else [])
        if ends_reply:
            await self._end("done")
        return ends_reply

    async def _run_tools(
        self, prepared: PreparedReply, text: str, calls: list[ToolCall]
    ) -> PreparedReply | UncountedReply | Obstacle:
        """Run the tools and show them. Returns what the model is asked next. Raises `Stopped`."""
        from functions.companion.tools.rounds import run_round

        async def run(call: Call[Any, Any]) -> tuple[list[dict[str, Any]], PreparedReply | UncountedReply | Obstacle]:
            ended = await run_round(call, self.row, text, calls)
            if ended is None:
                raise Stopped
            rounds = [*prepared.request.rounds, ended.round]
            return ended.stored, await reply_request.prepare(call, self.row, self._began, rounds)

        stored, following = await self._in_transaction(run)
        self._renewed_at = _seconds()
        self.row = self.row._replace(tool_calls=stored)
        self._wake()
        return following

    async def _take(self, event: ModelEvent) -> bool:
        """Store what an event completes. True if the reply has ended."""
        match event:
            case Asked(model):
                self._tally.asked(model)
                return False
            case Usage():
                self._tally.counted(event)
                return False
            case TextDelta(text):
                sentences, self._text = complete_sentences(self._text + text[:LONGEST_REPLY].replace("\x00", ""))
                if await self._append(sentences) or sum(map(len, self.row.parts)) > LONGEST_REPLY:
                    await self._end("done")
                    return True
                return False
            case Done():
                await self._append([self._text] if self._text else [])
                await self._complete()
            case Refusal():
                await self._end("failed", "refused")
            case Failed(kind):
                await self._append([self._text] if self._text else [])
                await self._end("failed", kind)
            case _:
                return False
        return True

    async def _complete(self) -> None:
        """End the reply with our last words. Without any of the model, it has failed."""
        if not self.row.text.strip():
            await self._end("failed", "empty")
            return
        await self._append([self._last_words] if self._last_words else [], is_ours=True)
        await self._end("done")

    async def _append(self, sentences: list[str], *, is_ours: bool = False) -> bool:
        """Store sentences, with written answers in place of what a model must not say. True if they end the reply."""
        if not sentences:
            return False
        id_, ends_reply = self.row.id, False
        if self._gate and not is_ours:
            sentences, ends_reply = await asyncio.wrap_future(reader.submit(self._gate.screen, sentences))

        async def store(call: Call[Any, Any]) -> Result[TupleRow]:
            return queries.append(call.conn, id_, sentences, utc_now())  # sent with COMMIT, in one round trip

        self._is_storing = True
        async with asyncio.timeout(LONGEST_STORING), self._call.services.database.unhurried:
            stored = await self._in_transaction(store)
        self._is_storing = False
        if not stored.rows:
            raise Stopped
        self._renewed_at = _seconds()
        self.row = self.row._replace(parts=[*self.row.parts, *sentences])
        self._wake()
        return ends_reply

    async def _end(self, status: str, failure: str | None = None) -> None:
        id_, receipt = self.row.id, self._receipt()

        async def finish(call: Call[Any, Any]) -> MessageRow | None:
            ended = queries.finish(call.conn, id_, status, failure, receipt, utc_now())
            row = await queries.load_message(call.conn, id_, utc_now())
            if ended.rows or row is None:  # an end whose COMMIT was not answered comes again, and may be there
                self._tally.settle(call.conn, self._began)
                emit(call.conn, [reply_changed(call.person.id, utc_now())])
            return row

        row = await self._in_transaction(finish)
        self._tally = ReplyTally()  # settled
        self.row = row or self.row._replace(status="cancelled")  # its conversation was deleted

    def _receipt(self) -> ReplyReceipt | None:
        """The receipt, with the tools that were used and with what the gate has replaced."""
        receipt = self._tally.receipt()
        if receipt is None:
            return None
        update: dict[str, Any] = {"tools": receipt_tools(self.row.tools)}
        if self._gate and self._gate.replaced:
            update |= {"replaced": dict(self._gate.replaced), "notices": [*receipt.notices, "replaced"]}
        return receipt.model_copy(update=update)

    async def _in_transaction(self, work: Callable[[Call[Any, Any]], Awaitable[T]]) -> T:
        """Run a transaction. While Postgres cannot be reached, it is run again, for as long as a lease lasts."""
        until = _seconds() + ALIVE.total_seconds()
        while True:
            try:
                return await self._call.in_transaction(work)
            except Unavailable as error:
                if isinstance(error, CommitUnknown) or _seconds() > until:
                    raise
                await asyncio.sleep(RENEW_SECONDS)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _seconds() -> float:
    return asyncio.get_running_loop().time()


async def load_row(call: LongCall[Any, Any], id_: UUID, now: datetime) -> MessageRow | None:
    """What is stored of a reply, by this process or another one."""
    return await call.in_transaction(lambda short: queries.load_message(short.conn, id_, now))
