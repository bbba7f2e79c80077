"""OpenAI's Responses. Nothing is stored there (`store`), but logs about misuse may be kept for 30 days."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from shared.ai.dialect import SERVER_ERROR, failure_of_status, post, tool_call, usage
from shared.ai.port import Done, FailureKind, ModelEvent, ModelFailure, ModelRequest, Refusal, TextDelta
from shared.ai.sent_events import SentEvent
from shared.outbound.messages import OutboundRequest

BASE_URL = "https://api.openai.com"
TELLS_WHEN = False
CODES: dict[str, FailureKind] = {"rate_limit_exceeded": "rate_limited", "insufficient_quota": "spending_limit"}


def outbound_request(request: ModelRequest, model: str, max_tokens: int, key: str) -> OutboundRequest:
    tools = [{"type": "function", "strict": False, **tool._asdict()} for tool in request.tools]
    body = {
        "model": model,
        "instructions": request.system,
        "input": [{"role": message.role, "content": message.text} for message in request.messages],
        "max_output_tokens": max_tokens,
        "safety_identifier": request.caller,
        "store": False,
        "stream": True,
    }
    return post("/v1/responses", {"Authorization": f"Bearer {key}"}, body | ({"tools": tools} if tools else {}))


async def read(events: AsyncIterator[SentEvent]) -> AsyncGenerator[ModelEvent, None]:
    refused = called = False
    async for sent in events:
        event: Any = sent.json()
        match event.get("type"):
            case "response.output_text.delta":
                yield TextDelta(event["delta"])
            case "response.refusal.delta":
                refused = True
            case "response.output_item.done" if event["item"]["type"] == "function_call":
                called = True
                yield tool_call(event["item"]["call_id"], event["item"]["name"], event["item"]["arguments"])
            case "response.completed" | "response.incomplete":
                for last in _last(event["response"], refused=refused, called=called):
                    yield last
                return
            case "response.failed":
                raise _failure((event["response"].get("error") or {}).get("code"))
            case "error":
                raise _failure(event.get("code") or (event.get("error") or {}).get("code"))


def _last(response: dict[str, Any], *, refused: bool, called: bool) -> Iterator[ModelEvent]:
    counted = response.get("usage") or {}
    cached = (counted.get("input_tokens_details") or {}).get("cached_tokens")
    yield from usage(counted.get("input_tokens"), counted.get("output_tokens"), cached)
    reason = (response.get("incomplete_details") or {}).get("reason")
    if refused or reason == "content_filter":
        yield Refusal()
    elif reason:
        yield Done("length")
    else:
        yield Done("tools" if called else "stop")


def _failure(code: str | None) -> ModelFailure:
    return ModelFailure(CODES[code]) if code in CODES else failure_of_status(SERVER_ERROR)
