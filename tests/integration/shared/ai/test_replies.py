"""Replies of each provider, in pieces of any size."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.ai.engine import DIALECTS, read_reply
from shared.ai.port import Done, ModelEvent, ModelFailure, Refusal, TextDelta, ToolCall
from shared.outbound.messages import StreamLimits
from shared.outbound.streams import ResponseStream
from tests.integration.shared.ai.recorded_replies import RECORDED, Recorded

LIMITS = StreamLimits(seconds=60, idle_seconds=60)
HEADERS = {"Content-Type": "text/event-stream; charset=utf-8"}


async def events_of(recorded: Recorded, *pieces: bytes) -> tuple[list[ModelEvent], str | None]:
    """The events of a reply, and the kind of failure that it ends with."""

    async def arriving() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    events: list[ModelEvent] = []
    response = ResponseStream(httpx.Response(200, headers=HEADERS, content=arriving()), LIMITS)
    try:
        async for event in read_reply(DIALECTS[recorded.provider], response):
            events += [event]
    except ModelFailure as failure:
        return events, failure.kind
    except (LookupError, TypeError, AttributeError, ValueError):
        return events, "unreadable"
    if not events or not isinstance(events[-1], Done | Refusal):
        return events, "cut_short"
    has_content = any(isinstance(event, TextDelta | ToolCall | Refusal) for event in events)
    return (events, None) if has_content else (events[:-1], "empty")


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: f"{one.provider} {one.case}")
async def test_a_reply_is_the_same_wherever_it_is_split(recorded: Recorded) -> None:
    """Network packets may end within a character, a line or an event."""
    body = recorded.body

    whole = await events_of(recorded, body)

    assert whole == (recorded.events, recorded.failure)
    for place in range(1, len(body)):
        assert await events_of(recorded, body[:place], body[place:]) == whole
