"""Google's Gemini. Each event is a whole response with the next part of the reply."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from shared.ai.dialect import SERVER_ERROR, failure_of_status, post, usage
from shared.ai.port import Done, ModelEvent, ModelMessage, ModelRequest, Refusal, TextDelta, ToolCall, ToolRound, Usage
from shared.ai.sent_events import SentEvent
from shared.outbound.messages import OutboundRequest

BASE_URL = "https://generativelanguage.googleapis.com"
TELLS_WHEN = False
COUNTED = "totalTokens"
PICTURE_TOKENS = 1_120  # the most of one picture; in tiles of 768 pixels it would be 4 * 258
REFUSALS = {"SAFETY", "PROHIBITED_CONTENT", "SPII", "RECITATION", "BLOCKLIST"}
ENDS = {"STOP": Done("stop"), "MAX_TOKENS": Done("length")}
ROLES = {"user": "user", "assistant": "model"}


def outbound_request(request: ModelRequest, model: str, max_tokens: int, key: str) -> OutboundRequest:
    config: dict[str, Any] = {"maxOutputTokens": max_tokens}
    if request.schema:
        config |= {"responseMimeType": "application/json", "responseJsonSchema": request.schema}
    body = _prompt(request) | {"generationConfig": config}
    route = "/v1beta/models/{model}:streamGenerateContent?alt=sse"
    return post(route, {"x-goog-api-key": key}, body, model=model)


def count_request(request: ModelRequest, model: str, key: str) -> OutboundRequest:
    body = {"generateContentRequest": {"model": f"models/{model}", **_prompt(request)}}
    return post("/v1beta/models/{model}:countTokens", {"x-goog-api-key": key}, body, model=model)


def _prompt(request: ModelRequest) -> dict[str, Any]:
    tools = [
        {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters}
        for tool in request.tools
    ]
    contents = [{"role": ROLES[message.role], "parts": _parts(message)} for message in request.messages]
    body: dict[str, Any] = {
        "systemInstruction": {"parts": [{"text": request.system}]},
        "contents": contents + [content for one in request.rounds for content in _round_contents(one)],
    }
    if tools:
        body["tools"] = [{"functionDeclarations": tools}]
        body["toolConfig"] = {"functionCallingConfig": {"mode": "NONE" if request.must_write else "AUTO"}}
    return body


def _parts(message: ModelMessage) -> list[dict[str, Any]]:
    data = [{"mimeType": picture.media_type, "data": picture.base64} for picture in message.pictures]
    return [*({"inlineData": each} for each in data), {"text": message.text}]


def _round_contents(one: ToolRound) -> Iterator[dict[str, Any]]:
    text = [{"text": one.text}] if one.text.strip() else []
    yield {"role": "model", "parts": [*text, *(_call_part(call) for call, _ in one.results)]}
    results = [{"name": call.name, "response": {"result": result}} for call, result in one.results]
    yield {"role": "user", "parts": [{"functionResponse": result} for result in results]}


def _call_part(call: ToolCall) -> dict[str, Any]:
    signature = {"thoughtSignature": call.signature} if call.signature else {}
    return {"functionCall": {"name": call.name, "args": call.arguments}, **signature}


async def read(events: AsyncIterator[SentEvent]) -> AsyncGenerator[ModelEvent, None]:
    reply = _GeminiReply()
    async for event in events:
        for part in reply.read(event.json()):
            yield part
    for part in reply.end():
        yield part


class _GeminiReply:
    """What has arrived of a reply and is not complete yet."""

    def __init__(self) -> None:
        self._usage: list[Usage] = []
        self._end: Done | Refusal | None = None
        self._calls = 0

    def read(self, event: Any) -> Iterator[ModelEvent]:  # noqa: ANN401 - any JSON
        if "error" in event:
            raise failure_of_status(event["error"].get("code") or SERVER_ERROR)
        counted = event.get("usageMetadata") or {}
        written = (counted.get("candidatesTokenCount") or 0) + (counted.get("thoughtsTokenCount") or 0)
        self._usage += usage(counted.get("promptTokenCount"), written, counted.get("cachedContentTokenCount"))
        if (event.get("promptFeedback") or {}).get("blockReason"):
            self._end = Refusal()
        for candidate in (event.get("candidates") or ())[:1]:
            for part in (candidate.get("content") or {}).get("parts") or ():
                yield from self._read_part(part)
            if reason := candidate.get("finishReason"):
                self._end = Refusal() if reason in REFUSALS else ENDS[reason]

    def _read_part(self, part: Any) -> Iterator[ModelEvent]:  # noqa: ANN401 - any JSON
        if call := part.get("functionCall"):
            self._calls += 1
            id_, arguments = call.get("id") or f"call-{self._calls}", dict(call.get("args") or {})
            yield ToolCall(id_, call["name"], arguments, part.get("thoughtSignature") or "")
        elif part.get("text") and not part.get("thought"):
            yield TextDelta(part["text"])

    def end(self) -> Iterator[ModelEvent]:
        """Each event counts the tokens so far, so the last count holds."""
        yield from self._usage[-1:]
        if self._end:
            yield Done("tools") if self._calls and self._end == Done("stop") else self._end
