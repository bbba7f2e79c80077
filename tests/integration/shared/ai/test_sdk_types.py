"""The replies that the tests replay, against the types of the providers' own SDKs."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.integration.shared.ai.recorded_replies import RECORDED, Recorded


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
BROKEN = {("compatible", "cut"), ("compatible", "invalid utf-8")}  # no JSON, on purpose


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
