"""Anthropic's Messages."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from shared.ai.dialect import SERVER_ERROR, failure_of_status, post, tool_call, usage
from shared.ai.port import Done, ModelEvent, ModelMessage, ModelRequest, Refusal, TextDelta, ToolRound
from shared.ai.sent_events import SentEvent
from shared.outbound.messages import OutboundRequest

BASE_URL = "https://api.anthropic.com"
TELLS_WHEN = True
COUNTED = "input_tokens"
PICTURE_TOKENS = 2_185  # its area divided by 750
VERSION = "2023-06-01"
ENDS: dict[str, Done | Refusal] = {
    "end_turn": Done("stop"),
    "stop_sequence": Done("stop"),
    "max_tokens": Done("length"),
    "model_context_window_exceeded": Done("length"),
    "tool_use": Done("tools"),
    "refusal": Refusal(),
}
STATUSES = {  # of the types of errors, which may come within a stream
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "overloaded_error": 529,
}


def outbound_request(request: ModelRequest, model: str, max_tokens: int, key: str) -> OutboundRequest:
    metadata = {"user_id": request.caller}
    body = _prompt(request, model) | {"max_tokens": max_tokens, "metadata": metadata, "stream": True}
    return post("/v1/messages", _headers(key), body)


def count_request(request: ModelRequest, model: str, key: str) -> OutboundRequest:
    return post("/v1/messages/count_tokens", _headers(key), _prompt(request, model))


def _headers(key: str) -> dict[str, str]:
    return {"x-api-key": key, "anthropic-version": VERSION}


def _prompt(request: ModelRequest, model: str) -> dict[str, Any]:
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.parameters} for tool in request.tools
    ]
    messages: list[dict[str, Any]] = [
        {"role": message.role, "content": _content(message)} for message in request.messages
    ]
    messages += [message for one in request.rounds for message in _round_messages(one)]
    body: dict[str, Any] = {"model": model, "system": request.system, "messages": messages}
    if tools:
        body |= {"tools": tools, "tool_choice": {"type": "none" if request.must_write else "auto"}}
    if request.schema:
        body["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    return body


def _content(message: ModelMessage) -> str | list[dict[str, Any]]:
    """The text, or pictures before it."""
    if not message.pictures:
        return message.text
    sources = [
        {"type": "base64", "media_type": picture.media_type, "data": picture.base64} for picture in message.pictures
    ]
    return [*({"type": "image", "source": source} for source in sources), {"type": "text", "text": message.text}]


def _round_messages(one: ToolRound) -> Iterator[dict[str, Any]]:
    text = [{"type": "text", "text": one.text}] if one.text.strip() else []
    calls = [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call, _ in one.results]
    yield {"role": "assistant", "content": [*text, *calls]}
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": result} for call, result in one.results]
    yield {"role": "user", "content": results}


async def read(events: AsyncIterator[SentEvent]) -> AsyncGenerator[ModelEvent, None]:
    reply = _AnthropicReply()
    async for event in events:
        for part in reply.read(event.json()):
            yield part
            if isinstance(part, Done | Refusal):
                return


class _AnthropicReply:
    """What has arrived of a reply and is not complete yet."""

    def __init__(self) -> None:
        self._usage: dict[str, Any] = {}
        self._end: Done | Refusal | None = None
        self._call: dict[str, Any] | None = None
        self._arguments = ""

    def read(self, event: Any) -> Iterator[ModelEvent]:  # noqa: ANN401 - any JSON
        match event["type"]:
            case "message_start":
                self._usage |= event["message"].get("usage") or {}
            case "content_block_start" if event["content_block"]["type"] == "tool_use":
                self._call, self._arguments = event["content_block"], ""
            case "content_block_delta":
                yield from self._read_delta(event["delta"])
            case "content_block_stop" if self._call:
                yield tool_call(self._call["id"], self._call["name"], self._arguments)
                self._call = None
            case "message_delta":
                self._usage |= event.get("usage") or {}
                self._end = ENDS[event["delta"]["stop_reason"]]
            case "message_stop" if self._end:
                yield from self._tokens()
                yield self._end
            case "error":
                raise failure_of_status(STATUSES.get(event["error"]["type"], SERVER_ERROR))

    def _read_delta(self, delta: Any) -> Iterator[ModelEvent]:  # noqa: ANN401 - any JSON
        if delta["type"] == "text_delta":
            yield TextDelta(delta["text"])
        elif delta["type"] == "input_json_delta":
            self._arguments += delta["partial_json"]

    def _tokens(self) -> Iterator[ModelEvent]:
        """Its `input_tokens` leave out what was written to the cache and read from it."""
        read, written = (self._usage.get(f"cache_{part}_input_tokens") or 0 for part in ("read", "creation"))
        match self._usage.get("input_tokens"):
            case int(new) if new >= 0:
                yield from usage(new + read + written, self._usage.get("output_tokens"), read)
