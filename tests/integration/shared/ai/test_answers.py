"""Answers in JSON: what each provider is asked, and what becomes of another form."""

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter

from shared.ai.answers import JsonAnswer, complete_json
from shared.ai.engine import DIALECTS, ModelEngine
from shared.ai.port import ModelFailure, ModelMessage, ModelRequest, Usage
from tests.integration.shared.ai.recorded_replies import CHAT_USAGE, RECORDED, sse
from tests.integration.shared.ai.test_engine import choice, streamed
from tests.integration.shared.scripted_host import Script, ScriptedHost, scripted_host, whole

REQUEST = ModelRequest("Answer in JSON.", [ModelMessage("user", "Hi")], "digest")
JSON_REPLIES = {one.provider: one.body for one in RECORDED if one.case == "json"}
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string", "enum": ["b", "c"]}},
    "required": ["a"],
    "additionalProperties": False,
}
NAMED = {"name": "answer", "schema": SCHEMA, "strict": True}
SENT: dict[str, dict[str, Any]] = {
    "openai": {"text": {"format": {"type": "json_schema", **NAMED}}},
    "anthropic": {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    "gemini": {
        "generationConfig": {
            "maxOutputTokens": 800,
            "responseMimeType": "application/json",
            "responseJsonSchema": SCHEMA,
        }
    },
    "compatible": {"response_format": {"type": "json_schema", "json_schema": NAMED}},
}


class Letter(BaseModel):
    """Words of ours that no provider needs."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    a: Literal["b", "c"]


def written(text: str, *more: Any) -> Script:  # noqa: ANN401 - any JSON
    return streamed(sse({"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]}, *more, "[DONE]"))


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHost]:
    async with scripted_host() as started:
        yield started


async def ask(server: ScriptedHost, provider: str = "compatible") -> JsonAnswer[Letter]:
    async def no_pause(_: float) -> None:
        pass

    return await complete_json(ModelEngine([choice(server, provider)], no_pause), REQUEST, Letter)


@pytest.mark.parametrize("provider", DIALECTS)
async def test_each_provider_is_told_the_form_as_it_documents(provider: str, server: ScriptedHost) -> None:
    """And its answer is read as that form."""
    server.scripts = [streamed(JSON_REPLIES[provider])]

    answer = await ask(server, provider)

    sent = json.loads(server.seen[0].body)
    assert (answer.value, answer.failure, answer.usage) == (Letter(a="b"), None, Usage(12, 7, 4))
    assert answer.model == f"{provider}/m-1"
    for name, value in SENT[provider].items():
        sent_value = {key: sent[name][key] for key in value}
        assert sent_value == value


def test_the_form_is_sent_as_the_sdks_type_it() -> None:
    """Their types refuse another one."""
    openai, anthropic = pytest.importorskip("openai.types"), pytest.importorskip("anthropic.types")
    google = pytest.importorskip("google.genai.types")

    TypeAdapter(openai.responses.ResponseTextConfigParam).validate_python(SENT["openai"]["text"])
    TypeAdapter(openai.shared_params.ResponseFormatJSONSchema).validate_python(SENT["compatible"]["response_format"])
    TypeAdapter(anthropic.OutputConfigParam).validate_python(SENT["anthropic"]["output_config"])
    google.GenerateContentConfig.model_validate(SENT["gemini"]["generationConfig"])


@pytest.mark.parametrize("first", ["```json\n{}\n```", "b", '{"a": "d"}', '{"a": "b", "more": 1}', "[]", "{" * 9_000])
async def test_an_answer_in_another_form_is_repaired_once(first: str, server: ScriptedHost) -> None:
    """The model is told what is wrong. Both requests are counted."""
    server.scripts = [written(first, CHAT_USAGE), written('{"a": "c"}', CHAT_USAGE)]

    answer = await ask(server)

    said = json.loads(server.seen[1].body)["messages"]
    assert (answer.value, answer.failure, answer.usage) == (Letter(a="c"), None, Usage(24, 14, 8))
    assert [message["role"] for message in said] == ["system", "user", "assistant", "user"]
    assert len(said[2]["content"]) <= 4_000
    assert "not the JSON object" in said[3]["content"]


async def test_what_cannot_be_repaired_is_no_answer(server: ScriptedHost) -> None:
    """It is not asked for a third time."""
    server.scripts = [written("b", CHAT_USAGE)]

    answer = await ask(server)

    assert (answer.value, answer.failure, answer.usage) == (None, "unreadable", Usage(24, 14, 8))
    assert len(server.seen) == 2


async def test_a_failure_of_the_repair_is_told_with_what_was_used(server: ScriptedHost) -> None:
    """The first request has cost something."""
    server.scripts = [written("b", CHAT_USAGE), whole(401)]

    answer = await ask(server)

    assert (answer.value, answer.failure, answer.usage) == (None, "credentials", Usage(12, 7, 4))


async def test_a_server_that_refuses_the_form_is_asked_without_it(server: ScriptedHost) -> None:
    """Many compatible servers know no `response_format`. What it writes is validated all the same."""
    server.scripts = [whole(400, b'{"error": "response_format"}'), written('{"a": "c"}')]

    answer = await ask(server)

    assert answer.value == Letter(a="c")
    assert ["response_format" in json.loads(seen.body) for seen in server.seen] == [True, False]


async def test_who_declines_is_not_asked_again(server: ScriptedHost) -> None:
    """That is an answer of its own kind."""
    server.scripts = [streamed(sse({"choices": [{"delta": {}, "finish_reason": "content_filter"}]}, "[DONE]"))]

    answer = await ask(server)

    assert (answer.value, answer.failure) == (None, "declined")
    assert len(server.seen) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, "credentials"), (429, "rate_limited"), (500, "unavailable")])
async def test_no_answer_at_all_is_a_failure_of_a_known_kind(status: int, kind: str, server: ScriptedHost) -> None:
    """As it is for replies."""
    server.scripts = [whole(status)]

    with pytest.raises(ModelFailure) as failed:
        await ask(server)

    assert failed.value.kind == kind
