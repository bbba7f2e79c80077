"""Asks models for a reply: the first of the list, and others when it fails before the first word."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus
from typing import NamedTuple

from pydantic_core import from_json

from shared.ai import anthropic_messages, gemini, openai_compatible, openai_responses
from shared.ai.dialect import MOST_TOKENS, Dialect, failure_of_status
from shared.ai.models import ModelLimits
from shared.ai.port import (
    TRANSIENT,
    Asked,
    Done,
    Failed,
    ModelEvent,
    ModelFailure,
    ModelRequest,
    Refusal,
    TextDelta,
    ToolCall,
    Usage,
)
from shared.ai.sent_events import sent_events
from shared.outbound.host import Host
from shared.outbound.messages import Limits, RequestFailed, StreamLimits
from shared.outbound.retries import backoff
from shared.outbound.run import Run
from shared.outbound.streams import ResponseStream

TRIES = 3  # of all models together
FIRST_PAUSE = 0.5  # seconds
COUNT_SECONDS = 2  # after which the local estimate holds
LONGEST_WAIT = 8  # seconds, until the same model is asked again
EVENT_STREAM = "text/event-stream"
LIMITS = Limits(concurrency=256, seconds=45, request_seconds=30, tries=1)
STREAM_LIMITS = StreamLimits(seconds=110, idle_seconds=30, response_bytes=4 * 1024 * 1024)
DIALECTS: Mapping[str, Dialect] = {
    "openai": openai_responses,
    "anthropic": anthropic_messages,
    "gemini": gemini,
    "compatible": openai_compatible,
}


class ModelChoice(NamedTuple):
    """A model that may be asked, and how it is reached."""

    name: str  # provider/model
    dialect: Dialect
    host: Host
    key: str
    limits: ModelLimits

    @property
    def model(self) -> str:
        return self.name.partition("/")[2]


class ModelEngine:
    """A `ModelPort` over one or more choices, in order of preference."""

    def __init__(
        self, choices: Sequence[ModelChoice], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._choices = choices
        self._pause = pause

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        waiting, failure = deque(self._choices), ModelFailure("unavailable")
        for tries in range(1, TRIES + 1):
            choice, has_begun = waiting.popleft(), False
            yield Asked(choice.name)
            try:
                async with aclosing(_reply(choice, request)) as events:
                    async for event in events:
                        has_begun |= not isinstance(event, Usage)
                        yield event
            except ModelFailure as error:
                failure = error
            else:
                return
            if not has_begun and failure.kind in TRANSIENT:
                waiting.append(choice)
            if has_begun or not waiting or tries == TRIES:
                break
            if waiting[0] is choice:
                wait = backoff(FIRST_PAUSE, tries, failure.retry_after)
                if wait > LONGEST_WAIT:
                    break
                await self._pause(wait)
        yield Failed(failure.kind, failure.retry_after)

    async def count(self, request: ModelRequest) -> int | None:
        choice = self._choices[0]
        asked = choice.dialect.count_request(_suited(request, choice), choice.model, choice.key)
        if asked is None:
            return None
        try:
            async with asyncio.timeout(COUNT_SECONDS), Run(choice.host) as run:
                response = await run.send(asked)
            tokens = from_json(response.body)[choice.dialect.COUNTED] if response.status == HTTPStatus.OK else None
        except (RequestFailed, TimeoutError, LookupError, TypeError, ValueError):
            return None
        return tokens if isinstance(tokens, int) and 0 < tokens <= MOST_TOKENS else None


async def _reply(choice: ModelChoice, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    """The events of one try. Raises `ModelFailure` if the reply has no end, or no content."""
    is_empty, has_ended = True, False
    try:
        async with aclosing(_events(choice, request)) as events:
            async for event in events:
                if isinstance(event, Done) and is_empty:
                    raise ModelFailure("empty")
                yield event
                is_empty = is_empty and not isinstance(event, TextDelta | ToolCall)
                has_ended = isinstance(event, Done | Refusal)
    except RequestFailed as error:
        raise _failure(error, choice.dialect) from None
    except (LookupError, TypeError, AttributeError, ValueError):  # not what the provider documents
        raise ModelFailure("unreadable") from None
    if not has_ended:
        raise ModelFailure("cut_short")


async def _events(choice: ModelChoice, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    asked = _suited(request, choice)
    outbound = choice.dialect.outbound_request(asked, choice.model, choice.limits.output_tokens, choice.key)
    async with (
        Run(choice.host) as run,
        run.stream(outbound, STREAM_LIMITS) as response,
        aclosing(read_reply(choice.dialect, response)) as events,
    ):
        async for event in events:
            yield event


def _suited(request: ModelRequest, choice: ModelChoice) -> ModelRequest:
    """The request as this model may be sent it."""
    if not choice.limits.tools:
        request = replace(request, tools=(), rounds=())
    if not choice.limits.vision:
        request = replace(request, messages=[message._replace(pictures=()) for message in request.messages])
    return request


async def read_reply(dialect: Dialect, response: ResponseStream) -> AsyncGenerator[ModelEvent, None]:
    """The events in a response, as the dialect reads them."""
    if not response.headers.get("content-type", "").startswith(EVENT_STREAM):
        raise ModelFailure("unreadable")
    async with aclosing(sent_events(response.lines())) as sent, aclosing(dialect.read(sent)) as events:
        async for event in events:
            yield event


def _failure(error: RequestFailed, dialect: Dialect) -> ModelFailure:
    if error.reason == "too large":
        return ModelFailure("too_large")
    if error.status is None:
        return ModelFailure("cut_short" if error.unknown else "unavailable")
    if error.status == 429 and dialect.TELLS_WHEN and error.retry_after is None:  # noqa: PLR2004 - Too Many Requests
        return ModelFailure("spending_limit")
    return failure_of_status(error.status, error.retry_after)
