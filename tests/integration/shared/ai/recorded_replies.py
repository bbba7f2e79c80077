"""Replies as each provider documents them, byte by byte, and the events that they are."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from shared.ai.port import Done, FailureKind, ModelEvent, Refusal, TextDelta, ToolCall, Usage

WORDS = ("Guten ", "Morgen, 東京 🙂.")
TEXT: list[ModelEvent] = [*map(TextDelta, WORDS), Usage(12, 7, 4), Done("stop")]
TOOL: list[ModelEvent] = [ToolCall("call-1", "plan", {"day": "today", "ä": 1}), Usage(12, 7, 4), Done("tools")]
LOOK = "Let me look. "
CALLS = [ToolCall("call-1", "plan", {}), ToolCall("call-2", "moods", {"days": 7})]
TWO: list[ModelEvent] = [TextDelta(LOOK), *CALLS]
BROKEN = '{"day": '  # arguments
ARGUMENTS = ('{"day": "to', 'day", "ä": 1}')
JSON_TEXT: list[ModelEvent] = [TextDelta('{"a": '), TextDelta('"b"}'), Usage(12, 7, 4), Done("stop")]


class Recorded(NamedTuple):
    provider: str
    case: str
    body: bytes
    events: list[ModelEvent]
    failure: FailureKind | None = None  # what the reply ends with after these events


def sse(*events: Any, named: bool = False, newline: str = "\n") -> bytes:  # noqa: ANN401 - any JSON
    """Server-sent events, named by their type where the provider does so."""
    lines = []
    for event in events:
        lines += [f"event: {event['type']}"] if named else []
        lines += ["data: " + (event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)), ""]
    return (newline.join(lines) + newline).encode()


CHAT = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def _chat(finish: str | None = None, **delta: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {**CHAT, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _chat_tool(arguments: str, index: int = 0, **start: str) -> dict[str, Any]:
    function = {key: value for key, value in start.items() if key == "name"} | {"arguments": arguments}
    call = {"index": index, "function": function} | {key: value for key, value in start.items() if key == "id"}
    return _chat(tool_calls=[call])


def _chat_usage(read: int, **details: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    counted = {"prompt_tokens": read, "completion_tokens": 7, "total_tokens": read + 7}
    return {**CHAT, "choices": [], "usage": {**counted, **details}}


CHAT_USAGE = _chat_usage(12, prompt_tokens_details={"cached_tokens": 4})


def compatible() -> Iterator[Recorded]:
    name = "compatible"
    words, done = [_chat(role="assistant", content=""), *(_chat(content=word) for word in WORDS)], "[DONE]"
    yield Recorded(name, "text", sse(*words, _chat("stop"), CHAT_USAGE, done), TEXT)
    tools = [_chat_tool("", id="call-1", name="plan"), *map(_chat_tool, ARGUMENTS)]
    # Usage comes before the calls, which are complete when the stream ends.
    yield Recorded(
        name, "tool", sse(*tools, _chat("tool_calls"), CHAT_USAGE, done), [Usage(12, 7, 4), TOOL[0], Done("tools")]
    )
    parts = [_chat(content='{"a": '), _chat(content='"b"}')]
    yield Recorded(name, "json", sse(*parts, _chat("stop"), CHAT_USAGE, done, newline="\r\n"), JSON_TEXT)
    yield Recorded(name, "refusal", sse(_chat("content_filter"), done), [Refusal()])
    yield Recorded(name, "error", sse(words[1], {"error": {"code": 503}}), [TextDelta(WORDS[0])], "overloaded")
    yield Recorded(name, "cut", sse(words[1]) + b'data: {"choi', [TextDelta(WORDS[0])], "cut_short")
    yield Recorded(name, "empty", sse(_chat("stop"), done), [], "empty")
    yield Recorded(
        name,
        "negative usage",
        sse(*words, _chat("stop"), _chat_usage(-5), done),
        [*map(TextDelta, WORDS), Done("stop")],
    )
    two = [_chat_tool("", id="call-1", name="plan"), _chat_tool('{"days": 7}', 1, id="call-2", name="moods")]
    yield Recorded(name, "two tools", sse(_chat(content=LOOK), *two, _chat("tool_calls"), done), [*TWO, Done("tools")])
    broken = [_chat_tool(BROKEN, id="call-1", name="plan"), _chat("tool_calls"), done]
    yield Recorded(name, "malformed arguments", sse(*broken), [], "unreadable")
    yield Recorded(name, "invalid utf-8", b"data: \xff\xfe\n\n", [], "unreadable")
    yield Recorded(name, "html", b"<html>Bad gateway</html>\n\n", [], "cut_short")


NUMBER = {"sequence_number": 1}


def _delta(kind: str, text: str) -> dict[str, Any]:
    place = {"item_id": "i", "output_index": 0, "content_index": 0} | (
        {"logprobs": []} if kind == "output_text" else {}
    )
    return {"type": f"response.{kind}.delta", "delta": text, **place, **NUMBER}


def _item(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"type": "response.output_item.done", "output_index": 0, "item": fields, **NUMBER}


def _response(kind: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    counted = {"input_tokens": 12, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0}}
    counted |= {"output_tokens": 7, "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 19}
    about = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": []}
    about |= {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    return {"type": f"response.{kind}", "response": {**about, "usage": counted, **fields}, **NUMBER}


def openai() -> Iterator[Recorded]:
    name, created = "openai", _response("created", usage=None)
    deltas = [_delta("output_text", word) for word in WORDS]
    message = _item(type="message", id="i", role="assistant", status="completed", content=[])
    yield Recorded(name, "text", sse(created, *deltas, message, _response("completed"), named=True), TEXT)
    call = _item(type="function_call", call_id="call-1", name="plan", arguments="".join(ARGUMENTS))
    yield Recorded(name, "tool", sse(created, call, _response("completed"), named=True), TOOL)
    two = [
        _item(type="function_call", call_id=call.id, name=call.name, arguments=json.dumps(call.arguments))
        for call in CALLS
    ]
    looks = _delta("output_text", LOOK)
    completed = _response("completed")
    yield Recorded(name, "two tools", sse(looks, *two, completed, named=True), [*TWO, *TOOL[1:]])
    broken = _item(type="function_call", call_id="call-1", name="plan", arguments=BROKEN)
    yield Recorded(name, "malformed arguments", sse(broken, completed, named=True), [], "unreadable")
    parts = [_delta("output_text", text) for text in ('{"a": ', '"b"}')]
    yield Recorded(name, "json", sse(*parts, _response("completed"), named=True), JSON_TEXT)
    refusal = _delta("refusal", "I can't.")
    yield Recorded(name, "refusal", sse(refusal, _response("completed"), named=True), [Usage(12, 7, 4), Refusal()])
    long = _response("incomplete", incomplete_details={"reason": "max_output_tokens"})
    yield Recorded(name, "long", sse(*deltas, long, named=True), [*TEXT[:-1], Done("length")])
    failed = _response("failed", error={"code": "rate_limit_exceeded", "message": "Slow down."})
    yield Recorded(name, "error", sse(created, failed, named=True), [], "rate_limited")
    error = {"type": "error", "code": "server_error", "message": "Oh.", "param": None, **NUMBER}
    yield Recorded(name, "error event", sse(error, named=True), [], "unavailable")


def _block(kind: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"type": f"content_block_{kind}", "index": 0, **fields}


def anthropic() -> Iterator[Recorded]:
    name = "anthropic"
    counted = {"input_tokens": 8, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0, "output_tokens": 1}
    message: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": counted}
    start = [{"type": "message_start", "message": message}, {"type": "ping"}]

    def end(reason: str) -> list[dict[str, Any]]:
        delta = {"stop_reason": reason, "stop_sequence": None}
        last = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 7}}
        return [_block("stop"), last, {"type": "message_stop"}]

    def text(*words: str) -> list[dict[str, Any]]:
        deltas = [_block("delta", delta={"type": "text_delta", "text": word}) for word in words]
        return [_block("start", content_block={"type": "text", "text": ""}), *deltas]

    yield Recorded(name, "text", sse(*start, *text(*WORDS), *end("end_turn"), named=True), TEXT)
    tool = _block("start", content_block={"type": "tool_use", "id": "call-1", "name": "plan", "input": {}})
    parts = [_block("delta", delta={"type": "input_json_delta", "partial_json": part}) for part in ARGUMENTS]
    yield Recorded(name, "tool", sse(*start, tool, *parts, *end("tool_use"), named=True), TOOL)

    def used(call: ToolCall, arguments: str) -> list[dict[str, Any]]:
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        return [
            _block("start", content_block=block),
            _block("delta", delta={"type": "input_json_delta", "partial_json": arguments}),
        ]

    first, second = CALLS
    blocks = [*text(LOOK), _block("stop"), *used(first, ""), _block("stop"), *used(second, '{"days": 7}')]
    yield Recorded(name, "two tools", sse(*start, *blocks, *end("tool_use"), named=True), [*TWO, *TOOL[1:]])
    broken = sse(*start, *used(first, BROKEN), *end("tool_use"), named=True)
    yield Recorded(name, "malformed arguments", broken, [], "unreadable")
    yield Recorded(name, "json", sse(*start, *text('{"a": ', '"b"}'), *end("end_turn"), named=True), JSON_TEXT)
    yield Recorded(name, "refusal", sse(*start, *end("refusal"), named=True), [Usage(12, 7, 4), Refusal()])
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    begun = sse(*start, *text(WORDS[0]), overloaded, named=True)
    yield Recorded(name, "529 within the stream", begun, [TextDelta(WORDS[0])], "overloaded")
    yield Recorded(name, "cut", sse(*start, *text(WORDS[0]), named=True), [TextDelta(WORDS[0])], "cut_short")


def gemini() -> Iterator[Recorded]:
    name = "gemini"

    def chunk(*parts: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": finish}]}

    counted = {"promptTokenCount": 12, "candidatesTokenCount": 5, "thoughtsTokenCount": 2, "cachedContentTokenCount": 4}
    last = {"usageMetadata": counted}
    first, second = ({"text": word} for word in WORDS)
    thought = {"text": "Hm.", "thought": True}
    yield Recorded(name, "text", sse(chunk(thought, first), chunk(second, finish="STOP") | last, newline="\r\n"), TEXT)
    call = {"functionCall": {"name": "plan", "args": {"day": "today", "ä": 1}}}
    yield Recorded(name, "tool", sse(chunk(call, finish="STOP") | last), TOOL)
    signed = call | {"thoughtSignature": "c2ln"}
    calls = [ToolCall("call-1", "plan", {"day": "today", "ä": 1}, "c2ln"), ToolCall("call-2", "moods", {"days": 7})]
    moods = {"functionCall": {"name": "moods", "args": {"days": 7}}}
    two = sse(chunk({"text": LOOK}), chunk(signed, moods, finish="STOP") | last)
    yield Recorded(name, "two tools", two, [TextDelta(LOOK), *calls, *TOOL[1:]])
    malformed = sse(chunk({"functionCall": {"name": "plan", "args": "today"}}, finish="STOP"))
    yield Recorded(name, "malformed arguments", malformed, [], "unreadable")
    parts = chunk({"text": '{"a": '}), chunk({"text": '"b"}'}, finish="STOP") | last
    yield Recorded(name, "json", sse(*parts), JSON_TEXT)
    yield Recorded(name, "refusal", sse(chunk(finish="SAFETY") | last), [Usage(12, 7, 4), Refusal()])
    yield Recorded(name, "blocked prompt", sse({"promptFeedback": {"blockReason": "SAFETY"}}), [Refusal()])
    yield Recorded(name, "error", sse({"error": {"code": 503, "status": "UNAVAILABLE"}}), [], "overloaded")


RECORDED = [*compatible(), *openai(), *anthropic(), *gemini()]
