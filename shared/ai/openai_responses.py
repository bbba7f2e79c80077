"""OpenAI's Responses. Nothing is stored there (`store`), but logs about misuse may be kept for 30 days."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from pydantic_core import to_json

from shared.ai.dialect import SERVER_ERROR, data_url, failure_of_status, named_schema, post, tool_call, usage
from shared.ai.port import (
    Done,
    FailureKind,
    ModelEvent,
    ModelFailure,
    ModelMessage,
    ModelRequest,
    Refusal,
    TextDelta,
    ToolRound,
)
from shared.ai.sent_events import SentEvent
from shared.outbound.messages import OutboundRequest

BASE_URL = "https://api.openai.com"
TELLS_WHEN = False
COUNTED = "input_tokens"
PICTURE_TOKENS = 3_779  # 1,536 patches of 32 pixels, the most, times the highest factor of a model, 2.46
CODES: dict[str, FailureKind] = {"rate_limit_exceeded": "rate_limited", "insufficient_quota": "spending_limit"}


def outbound_request(request: ModelRequest, model: str, max_tokens: int, key: str) -> OutboundRequest:
    body = _prompt(request, model) | {
        "max_output_tokens": max_tokens,
        "safety_identifier": request.caller,
        "store": False,
        "stream": True,
    }
    return post("/v1/responses", {"Authorization": f"Bearer {key}"}, body)


def count_request(request: ModelRequest, model: str, key: str) -> OutboundRequest:
    return post("/v1/responses/input_tokens", {"Authorization": f"Bearer {key}"}, _prompt(request, model))


def _prompt(request: ModelRequest, model: str) -> dict[str, Any]:
    tools = [{"type": "function", "strict": False, **tool._asdict()} for tool in request.tools]
    messages: list[dict[str, Any]] = [
        {"role": message.role, "content": _content(message)} for message in request.messages
    ]
    items = messages + [item for one in request.rounds for item in _round_items(one)]
    body: dict[str, Any] = {"model": model, "instructions": request.system, "input": items}
    if tools:
        body |= {"tools": tools, "tool_choice": "none" if request.must_write else "auto"}
    if request.schema:
        body["text"] = {"format": {"type": "json_schema", **named_schema(request.schema)}}
    return body


def _content(message: ModelMessage) -> str | list[dict[str, Any]]:
    """The text, or pictures before it."""
    if not message.pictures:
        return message.text
    pictures = [
        {"type": "input_image", "image_url": data_url(picture), "detail": "auto"} for picture in message.pictures
    ]
    return [*pictures, {"type": "input_text", "text": message.text}]


def _round_items(one: ToolRound) -> Iterator[dict[str, Any]]:
    if one.text.strip():
        yield {"role": "assistant", "content": one.text}
    for call, _ in one.results:
        arguments = to_json(call.arguments).decode()
        yield {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments}
    for call, result in one.results:
        yield {"type": "function_call_output", "call_id": call.id, "output": result}


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
