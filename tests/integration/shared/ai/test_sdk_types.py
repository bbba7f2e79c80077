"""The replies that the tests replay, against the types of the providers' own SDKs."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.integration.shared.ai.recorded_replies import RECORDED, Recorded
from tests.integration.shared.ai.test_engine import FOLLOWING_SENT, SEEN_SENT


def _chat_chunk() -> Any:  # noqa: ANN401 - a type of a package without which this is skipped
    return pytest.importorskip("openai.types.chat").ChatCompletionChunk


def _response_event() -> Any:  # noqa: ANN401
    return pytest.importorskip("openai.types.responses").ResponseStreamEvent


def _message_event() -> Any:  # noqa: ANN401
    types = pytest.importorskip("anthropic.types")
    return types.RawMessageStreamEvent | types.ErrorResponse


def _content_response() -> Any:  # noqa: ANN401
    return pytest.importorskip("google.genai.types").GenerateContentResponse


TYPES: dict[str, Callable[[], Any]] = {
    "compatible": _chat_chunk,
    "openai": _response_event,
    "anthropic": _message_event,
    "gemini": _content_response,
}
BROKEN = {("compatible", "cut"), ("compatible", "invalid utf-8"), ("gemini", "malformed arguments")}  # on purpose


def _chat_message() -> Any:  # noqa: ANN401
    return pytest.importorskip("openai.types.chat").ChatCompletionMessageParam


def _input_item() -> Any:  # noqa: ANN401
    return pytest.importorskip("openai.types.responses").ResponseInputItemParam


def _message() -> Any:  # noqa: ANN401
    return pytest.importorskip("anthropic.types").MessageParam


def _content() -> Any:  # noqa: ANN401
    return pytest.importorskip("google.genai.types").Content


SENT_TYPES: dict[str, tuple[str, Callable[[], Any]]] = {
    "compatible": ("messages", _chat_message),
    "openai": ("input", _input_item),
    "anthropic": ("messages", _message),
    "gemini": ("contents", _content),
}


def events_of(recorded: Recorded) -> Iterator[dict[str, Any]]:
    """The events that the SDK has a type for. It drops pings, and raises errors of Google and of compatible servers."""
    for line in recorded.body.decode().splitlines():
        if line.startswith("data: {"):
            event = json.loads(line.removeprefix("data: "))
            if event.get("type") != "ping" and event.keys() != {"error"}:
                yield event


@pytest.mark.parametrize(
    "recorded",
    [one for one in RECORDED if one[:2] not in BROKEN],
    ids=lambda one: f"{one.provider} {one.case}",
)
def test_a_replayed_event_has_the_type_that_the_sdk_gives_it(recorded: Recorded) -> None:
    """So what the tests replay is what the provider documents."""
    adapter = TypeAdapter[Any](TYPES[recorded.provider]())

    for event in events_of(recorded):
        adapter.validate_python(event)


@pytest.mark.parametrize("provider", SENT_TYPES)
def test_a_round_of_tools_is_sent_as_the_sdk_types_it(provider: str) -> None:
    """The model's calls, and their results."""
    name, kind = SENT_TYPES[provider]
    adapter = TypeAdapter[Any](kind())

    for sent in FOLLOWING_SENT[provider][name]:
        adapter.validate_python(sent)


@pytest.mark.parametrize("provider", SENT_TYPES)
def test_a_picture_is_sent_as_the_sdk_types_it(provider: str) -> None:
    """Beside the words of its message."""
    _, kind = SENT_TYPES[provider]

    TypeAdapter[Any](kind()).validate_python(SEEN_SENT[provider][1])
