"""Chat Completions, as llama.cpp, vLLM, Ollama and many others serve them at any address."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from pydantic_core import to_json

from shared.ai.dialect import SERVER_ERROR, data_url, failure_of_status, named_schema, post, tool_call, usage
from shared.ai.port import Done, ModelEvent, ModelMessage, ModelRequest, Refusal, TextDelta, ToolCall, ToolRound
from shared.ai.sent_events import SentEvent
from shared.outbound.messages import OutboundRequest

BASE_URL = ""  # the setting AI_COMPATIBLE_URL
TELLS_WHEN = False
COUNTED = ""
PICTURE_TOKENS = 2_118  # patches of 28 pixels, as Qwen-VL has them, and two marks
ENDS: dict[str, Done | Refusal] = {
    "stop": Done("stop"),
    "length": Done("length"),
    "tool_calls": Done("tools"),
    "content_filter": Refusal(),
}


def outbound_request(request: ModelRequest, model: str, max_tokens: int, key: str) -> OutboundRequest:
    messages: list[dict[str, Any]] = [{"role": "system", "content": request.system}]
    messages += [{"role": message.role, "content": _content(message)} for message in request.messages]
    messages += [message for one in request.rounds for message in _round_messages(one)]
    tools = [{"type": "function", "function": tool._asdict()} for tool in request.tools]
    body: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "max_tokens": max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if tools:
        body |= {"tools": tools, "tool_choice": "none" if request.must_write else "auto"}
    if request.schema:
        body["response_format"] = {"type": "json_schema", "json_schema": named_schema(request.schema)}
    return post("/v1/chat/completions", headers, body)


def _content(message: ModelMessage) -> str | list[dict[str, Any]]:
    """The text, or pictures before it."""
    if not message.pictures:
        return message.text
    pictures = [{"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in message.pictures]
    return [*pictures, {"type": "text", "text": message.text}]


def count_request(_: ModelRequest, __: str, ___: str) -> None:
    """No such server has to count."""


def _round_messages(one: ToolRound) -> Iterator[dict[str, Any]]:
    calls = [{"id": call.id, "type": "function", "function": _function(call)} for call, _ in one.results]
    yield {"role": "assistant", "content": one.text or None, "tool_calls": calls}
    for call, result in one.results:
        yield {"role": "tool", "tool_call_id": call.id, "content": result}


def _function(call: ToolCall) -> dict[str, str]:
    return {"name": call.name, "arguments": to_json(call.arguments).decode()}


async def read(events: AsyncIterator[SentEvent]) -> AsyncGenerator[ModelEvent, None]:
    reply = _ChatReply()
    async for event in events:
        if event.data == "[DONE]":
            break
        for part in reply.read(event.json()):
            yield part
    for part in reply.end():
        yield part


class _ChatReply:
    """What has arrived of a reply and is not complete yet."""

    def __init__(self) -> None:
        self._end: Done | Refusal | None = None
        self._calls: dict[int, dict[str, str]] = {}

    def read(self, chunk: Any) -> Iterator[ModelEvent]:  # noqa: ANN401 - any JSON
        if error := chunk.get("error"):
            code = error.get("code")
            raise failure_of_status(code if isinstance(code, int) else SERVER_ERROR)
        if counted := chunk.get("usage"):
            cached = (counted.get("prompt_tokens_details") or {}).get("cached_tokens")
            yield from usage(counted.get("prompt_tokens"), counted.get("completion_tokens"), cached)
        for choice in chunk.get("choices", ())[:1]:
            yield from self._read_choice(choice.get("delta") or {}, choice.get("finish_reason"))

    def _read_choice(self, delta: Any, reason: str | None) -> Iterator[ModelEvent]:  # noqa: ANN401 - any JSON
        if text := delta.get("content"):
            yield TextDelta(text)
        for part in delta.get("tool_calls") or ():
            call = self._calls.setdefault(part["index"], {"id": "", "name": "", "arguments": ""})
            call["id"] += part.get("id") or ""
            for name in ("name", "arguments"):
                call[name] += (part.get("function") or {}).get(name) or ""
        if delta.get("refusal"):
            self._end = Refusal()
        elif reason:
            self._end = self._end or ENDS[reason]

    def end(self) -> Iterator[ModelEvent]:
        if self._end == Done("tools"):
            yield from (tool_call(call["id"], call["name"], call["arguments"]) for call in self._calls.values())
        if self._end:
            yield self._end
