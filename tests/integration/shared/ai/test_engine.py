"""The tries of a reply, the fail-over to other models, and what each provider is sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from shared.ai import engine as engine_module
from shared.ai.engine import DIALECTS, ModelChoice, ModelEngine
from shared.ai.models import limits_of, model_limits
from shared.ai.port import (
    Asked,
    Done,
    Failed,
    ModelEvent,
    ModelMessage,
    ModelPicture,
    ModelRequest,
    ModelTool,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolRound,
)
from shared.outbound.breaker import Breaker
from shared.outbound.host import Host
from shared.outbound.messages import Limits
from tests.integration.shared.ai.recorded_replies import RECORDED, TEXT, WORDS, sse
from tests.integration.shared.scripted_host import Script, ScriptedHost, scripted_host, whole

TOOL = ModelTool("plan", "Today's plan.", {"type": "object", "properties": {}})
REQUEST = ModelRequest(
    system="Be kind.",
    messages=[ModelMessage("user", "Hi"), ModelMessage("assistant", "Hello."), ModelMessage("user", "How are you?")],
    caller="digest",
    tools=[TOOL],
)
FOLLOWING = replace(
    REQUEST,
    rounds=[ToolRound("Let me look.", [ToolResult(ToolCall("call-1", "plan", {"day": "today"}, "c2ln"), "No plan.")])],
    must_write=True,
)
LIMITS = Limits(concurrency=4, seconds=20, request_seconds=5, tries=1)
LIMITS_WITH_TOOLS = limits_of("compatible/default").model_copy(update={"tools": True})
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
REPLIES = {one.provider: one.body for one in RECORDED if one.case == "text"}


TEXTS = [("user", "Hi"), ("assistant", "Hello."), ("user", "How are you?")]
DAY = '{"day":"today"}'
PAST = [{"role": role, "content": text} for role, text in TEXTS]
FUNCTION = {"name": "plan", "arguments": DAY}
GEMINI_ROLES = {"user": "user", "assistant": "model"}
# What each provider is sent of a round, beside the rest of the request.
FOLLOWING_SENT: dict[str, dict[str, Any]] = {
    "openai": {
        "input": [
            *PAST,
            {"role": "assistant", "content": "Let me look."},
            {"type": "function_call", "call_id": "call-1", **FUNCTION},
            {"type": "function_call_output", "call_id": "call-1", "output": "No plan."},
        ],
        "tool_choice": "none",
    },
    "anthropic": {
        "messages": [
            *PAST,
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Let me look."},
                    {"type": "tool_use", "id": "call-1", "name": "plan", "input": {"day": "today"}},
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "call-1", "content": "No plan."}],
            },
        ],
        "tool_choice": {"type": "none"},
    },
    "gemini": {
        "contents": [
            *({"role": GEMINI_ROLES[role], "parts": [{"text": text}]} for role, text in TEXTS),
            {
                "role": "model",
                "parts": [
                    {"text": "Let me look."},
                    {"functionCall": {"name": "plan", "args": {"day": "today"}}, "thoughtSignature": "c2ln"},
                ],
            },
            {
                "role": "user",
                "parts": [{"functionResponse": {"name": "plan", "response": {"result": "No plan."}}}],
            },
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "NONE"}},
    },
    "compatible": {
        "messages": [
            {"role": "system", "content": "Be kind."},
            *PAST,
            {
                "role": "assistant",
                "content": "Let me look.",
                "tool_calls": [{"id": "call-1", "type": "function", "function": FUNCTION}],
            },
            {"role": "tool", "tool_call_id": "call-1", "content": "No plan."},
        ],
        "tool_choice": "none",
    },
}


class Pauses(list[float]):
    """Records pauses instead of waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def streamed(body: bytes) -> Script:
    return [HEAD + body, "close"]


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHost]:
    async with scripted_host() as started:
        yield started


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def choice(server: ScriptedHost, provider: str = "compatible") -> ModelChoice:
    host = Host(server.url, LIMITS, breaker=Breaker())
    return ModelChoice(f"{provider}/m-1", DIALECTS[provider], host, "secret", LIMITS_WITH_TOOLS)


async def reply(engine: ModelEngine, request: ModelRequest = REQUEST) -> list[ModelEvent]:
    return [event async for event in engine.stream(request) if not isinstance(event, Asked)]


@pytest.mark.parametrize("provider", DIALECTS)
async def test_each_provider_is_asked_as_it_documents(provider: str, server: ScriptedHost, pauses: Pauses) -> None:
    """The instructions, all messages in order, the tool and the limit are sent. The key is in a header alone."""
    server.scripts = [streamed(REPLIES[provider])]

    events = await reply(ModelEngine([choice(server, provider)], pauses))

    assert events == TEXT
    [request] = server.seen
    sent: Any = json.loads(request.body)
    assert b"secret" not in request.body + request.line.encode()
    assert "secret" in " ".join(request.headers.values())
    texts = [text for text in ("Be kind.", "Hi", "Hello.", "How are you?", "Today's plan.") if text in json.dumps(sent)]
    assert len(texts) == 5
    assert 800 in [*sent.values(), *sent.get("generationConfig", {}).values()]


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_model_is_sent_the_results_of_its_tools(provider: str, server: ScriptedHost, pauses: Pauses) -> None:
    """After its own words and calls, as the provider documents. Then it may call no further tool."""
    server.scripts = [streamed(REPLIES[provider])]

    assert await reply(ModelEngine([choice(server, provider)], pauses), FOLLOWING) == TEXT

    sent: Any = json.loads(server.seen[0].body)
    assert {name: sent[name] for name in FOLLOWING_SENT[provider]} == FOLLOWING_SENT[provider]


async def test_a_model_that_calls_no_tools_is_sent_none(server: ScriptedHost, pauses: Pauses) -> None:
    """Many servers refuse a request that has tools."""
    server.scripts = [streamed(REPLIES["compatible"])]

    await reply(ModelEngine([choice(server)._replace(limits=limits_of("compatible/default"))], pauses), FOLLOWING)

    sent = json.loads(server.seen[0].body)
    assert "tools" not in sent
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "user"]


SEEN = ModelMessage("user", "Look.", [ModelPicture("image/webp", "QUJD")])
SEEN_SENT: dict[str, tuple[str, dict[str, Any]]] = {
    "openai": (
        "input",
        {
            "role": "user",
            "content": [
                {"type": "input_image", "image_url": "data:image/webp;base64,QUJD", "detail": "auto"},
                {"type": "input_text", "text": "Look."},
            ],
        },
    ),
    "anthropic": (
        "messages",
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "QUJD"}},
                {"type": "text", "text": "Look."},
            ],
        },
    ),
    "gemini": (
        "contents",
        {"role": "user", "parts": [{"inlineData": {"mimeType": "image/webp", "data": "QUJD"}}, {"text": "Look."}]},
    ),
    "compatible": (
        "messages",
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:image/webp;base64,QUJD"}},
                {"type": "text", "text": "Look."},
            ],
        },
    ),
}


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_picture_is_sent_as_each_provider_documents(
    provider: str, server: ScriptedHost, pauses: Pauses
) -> None:
    """Before the words that it belongs to. A model that does not see is sent the words alone."""
    server.scripts = [streamed(REPLIES[provider])]
    sees = choice(server, provider)._replace(limits=LIMITS_WITH_TOOLS.model_copy(update={"vision": True}))

    await reply(ModelEngine([sees], pauses), replace(REQUEST, messages=[SEEN]))
    await reply(ModelEngine([choice(server, provider)], pauses), replace(REQUEST, messages=[SEEN]))

    name, message = SEEN_SENT[provider]
    assert json.loads(server.seen[0].body)[name][-1] == message
    assert b"QUJD" not in server.seen[1].body
    assert b"Look." in server.seen[1].body


COUNTS = {
    "openai": ("/v1/responses/input_tokens", {"object": "response.input_tokens", "input_tokens": 42}),
    "anthropic": ("/v1/messages/count_tokens", {"input_tokens": 42}),
    "gemini": ("/v1beta/models/m-1:countTokens", {"totalTokens": 42}),
}


@pytest.mark.parametrize("provider", COUNTS)
async def test_a_provider_counts_the_request_that_it_would_be_sent(
    provider: str, server: ScriptedHost, pauses: Pauses
) -> None:
    """At the address that it documents, with the same instructions, messages and tools."""
    path, answer = COUNTS[provider]
    server.scripts = [whole(200, json.dumps(answer).encode()), streamed(REPLIES[provider])]
    engine = ModelEngine([choice(server, provider)], pauses)

    assert await engine.count(FOLLOWING) == 42
    await reply(engine, FOLLOWING)

    counted, sent = (json.loads(seen.body) for seen in server.seen)
    counted = counted.get("generateContentRequest", counted)
    assert server.seen[0].line == f"POST {path} HTTP/1.1"
    assert {name: sent[name] for name in counted.keys() - {"model"}} == {
        name: value for name, value in counted.items() if name != "model"
    }
    assert str(counted["model"]).endswith("m-1")
    assert not counted.keys() & {"stream", "max_tokens", "max_output_tokens", "store", "metadata"}


@pytest.mark.parametrize(
    "answer",
    [
        whole(200, b'{"input_tokens": "many"}'),
        whole(200, b'{"input_tokens": -1}'),
        whole(200, b"[]"),
        whole(200, b"<html>"),
        whole(400, b'{"input_tokens": 42}'),
        ["reset"],
        ["stall"],
    ],
)
async def test_without_a_count_the_estimate_holds(
    answer: Script, server: ScriptedHost, pauses: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the provider does, and after a short time. A compatible server is not even asked."""
    monkeypatch.setattr(engine_module, "COUNT_SECONDS", 0.2)
    server.scripts = [answer]

    assert await ModelEngine([choice(server, "anthropic")], pauses).count(REQUEST) is None
    asked = len(server.seen)
    assert await ModelEngine([choice(server)], pauses).count(REQUEST) is None
    assert (asked, len(server.seen)) == (1, 1)


async def test_openai_is_told_to_store_nothing(server: ScriptedHost, pauses: Pauses) -> None:
    """Otherwise it keeps what it is sent for 30 days."""
    server.scripts = [streamed(REPLIES["openai"])]

    await reply(ModelEngine([choice(server, "openai")], pauses))

    sent = json.loads(server.seen[0].body)
    assert (sent["store"], sent["safety_identifier"]) == (False, "digest")


@pytest.mark.parametrize(
    ("failing", "kind"),
    [
        (whole(429, Retry_After="1"), "rate_limited"),
        (whole(429), "rate_limited"),
        (whole(503), "overloaded"),
        (whole(529), "overloaded"),
        (whole(500), "unavailable"),
        (whole(200, b"<html>Sign in to this network</html>", Content_Type="text/html"), "unreadable"),
        (streamed(sse("not json")), "unreadable"),
        (streamed(b"data: \xff\n\n"), "unreadable"),
        (streamed(b""), "cut_short"),
        ([HEAD, "reset"], "cut_short"),
        (streamed(sse({"choices": [{"delta": {}, "finish_reason": "stop"}]}, "[DONE]")), "empty"),
    ],
)
async def test_a_passing_failure_is_tried_three_times(
    failing: Script, kind: str, server: ScriptedHost, pauses: Pauses
) -> None:
    """Then the failure is told. Between the tries there is a pause."""
    server.scripts = [failing]

    events = await reply(ModelEngine([choice(server)], pauses))

    assert events == [Failed(kind, events[-1].retry_after)]  # type: ignore[arg-type, union-attr]
    assert (len(server.seen), len(pauses)) == (3, 2)


@pytest.mark.parametrize(
    ("failing", "provider", "kind"),
    [
        (whole(401), "compatible", "credentials"),
        (whole(402), "compatible", "spending_limit"),
        (whole(404), "compatible", "rejected"),
        (whole(429), "anthropic", "spending_limit"),
        (streamed(b"data: " + b"x" * 2_000_000), "compatible", "too_large"),
    ],
)
async def test_a_lasting_failure_is_not_tried_again(
    failing: Script, provider: str, kind: str, server: ScriptedHost, pauses: Pauses
) -> None:
    """The same request would fail again. Anthropic's 429 without a time is a limit of spending."""
    server.scripts = [failing]

    events = await reply(ModelEngine([choice(server, provider)], pauses))

    assert events == [Failed(kind)]  # type: ignore[arg-type]
    assert len(server.seen) == 1


async def test_another_model_takes_over(server: ScriptedHost, pauses: Pauses) -> None:
    """The next model of the list is asked at once."""
    server.scripts = [streamed(REPLIES["compatible"])]
    async with scripted_host() as broken:
        broken.scripts = [whole(401)]

        engine = ModelEngine([choice(broken, "openai"), choice(server)], pauses)
        events = [event async for event in engine.stream(REQUEST)]

    assert events == [Asked("openai/m-1"), Asked("compatible/m-1"), *TEXT]
    assert pauses == []


async def test_nothing_is_tried_again_after_the_first_word(server: ScriptedHost, pauses: Pauses) -> None:
    """The person has read it already."""
    server.scripts = [streamed(sse({"choices": [{"delta": {"content": WORDS[0]}}]}))]

    events = await reply(ModelEngine([choice(server), choice(server)], pauses))

    assert events == [TextDelta(WORDS[0]), Failed("cut_short")]
    assert len(server.seen) == 1


async def test_a_long_wait_is_left_to_the_person(server: ScriptedHost, pauses: Pauses) -> None:
    """They are told how long the provider asks to wait."""
    server.scripts = [whole(429, Retry_After="60")]

    events = await reply(ModelEngine([choice(server)], pauses))

    assert events == [Failed("rate_limited", 60)]
    assert pauses == []


async def test_who_stops_reading_ends_the_request(server: ScriptedHost, pauses: Pauses) -> None:
    """The provider stops writing, and costs nothing further."""
    server.scripts = [[HEAD + sse({"choices": [{"delta": {"content": WORDS[0]}}]}), "stall"]]
    async with aclosing(ModelEngine([choice(server)], pauses).stream(REQUEST)) as events:
        assert [await anext(events) for _ in range(2)] == [Asked("compatible/m-1"), TextDelta(WORDS[0])]

    async with asyncio.timeout(10):
        await server.left.wait()


def test_every_model_has_limits() -> None:
    """One of a compatible server that is not listed has those of its default."""
    assert {name.partition("/")[0] for name in model_limits()} == DIALECTS.keys()
    assert limits_of("compatible/llama3") == limits_of("compatible/default")
    with pytest.raises(KeyError):
        limits_of("openai/unknown")


async def test_a_length_limit_is_told(server: ScriptedHost, pauses: Pauses) -> None:
    """The reply is kept, and ends for another reason."""
    server.scripts = [streamed(sse({"choices": [{"delta": {"content": "So"}, "finish_reason": "length"}]}, "[DONE]"))]

    assert await reply(ModelEngine([choice(server)], pauses)) == [TextDelta("So"), Done("length")]
