"""Answers of models that nobody reads while they are written."""

from contextlib import aclosing
from typing import NamedTuple

from shared.ai.estimate import request_bound, token_bound
from shared.ai.port import Asked, Failed, ModelFailure, ModelPort, ModelRequest, Refusal, TextDelta, Usage


class ModelAnswer(NamedTuple):
    text: str  # empty if the model declined
    model: str | None  # that has answered
    usage: Usage  # an estimate, if the provider has not counted


async def whole_answer(model: ModelPort, request: ModelRequest) -> ModelAnswer:
    """The whole answer. Raises `ModelFailure`."""
    text, name, usage = "", None, None
    async with aclosing(model.stream(request)) as events:
        async for event in events:
            match event:
                case Asked():
                    name = event.model
                case TextDelta():
                    text += event.text
                case Usage():
                    usage = event
                case Refusal():
                    text = ""
                case Failed():
                    raise ModelFailure(event.kind, event.retry_after)
    return ModelAnswer(text, name, usage or Usage(request_bound(request), token_bound(text)))
