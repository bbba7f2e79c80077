"""Answers of models that nobody reads while they are written: as a whole, as text or as JSON of a known form."""

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from shared.ai.estimate import request_bound, token_bound
from shared.ai.port import (
    Asked,
    Failed,
    FailureKind,
    ModelFailure,
    ModelMessage,
    ModelPort,
    ModelRequest,
    Refusal,
    TextDelta,
    Usage,
)

SHOWN_AGAIN = 4_000  # characters of an answer that has to be repaired

T = TypeVar("T", bound=BaseModel)


class ModelAnswer(NamedTuple):
    text: str
    model: str | None  # that has answered
    usage: Usage  # an estimate, if the provider has not counted
    is_declined: bool = False


@dataclass(frozen=True, slots=True)
class JsonAnswer(Generic[T]):
    """An answer of a known form, or why there is none. `usage` is that of all requests."""

    value: T | None
    failure: FailureKind | None
    model: str | None
    usage: Usage


async def whole_answer(model: ModelPort, request: ModelRequest) -> ModelAnswer:
    """The whole answer. It is empty if the model declined. Raises `ModelFailure`."""
    text, name, usage, is_declined = "", None, None, False
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
                    text, is_declined = "", True
                case Failed():
                    raise ModelFailure(event.kind, event.retry_after)
    return ModelAnswer(text, name, usage or Usage(request_bound(request), token_bound(text)), is_declined)


async def complete_json(model: ModelPort, request: ModelRequest, form: type[T]) -> JsonAnswer[T]:
    """Have a model answer in JSON, which is validated whatever its provider promises.

    A server that refuses the schema is asked without it. An answer in another form may be repaired once. Raises
    `ModelFailure` if there is no answer at all.
    """
    request = replace(request, schema=schema_of(form))
    try:
        answer = await whole_answer(model, request)
    except ModelFailure as failure:
        if failure.kind != "rejected":
            raise
        request = replace(request, schema=None)
        answer = await whole_answer(model, request)
    value, faults = _read(answer, form)
    if value is not None or answer.is_declined:
        return JsonAnswer(value, "declined" if answer.is_declined else None, answer.model, answer.usage)
    try:
        repaired = await whole_answer(model, _repair(request, answer.text, faults))
    except ModelFailure as failure:
        return JsonAnswer(None, failure.kind, answer.model, answer.usage)
    value, _ = _read(repaired, form)
    failure_kind: FailureKind | None = "declined" if repaired.is_declined else None if value else "unreadable"
    return JsonAnswer(value, failure_kind, repaired.model, _sum(answer.usage, repaired.usage))


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of an answer, without our own words."""
    return {
        name: _plain(part) for name, part in form.model_json_schema().items() if name not in {"title", "description"}
    }


def _plain(part: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(part, dict):
        return {name: _plain(each) for name, each in part.items() if not (name == "title" and isinstance(each, str))}
    return part


def _read(answer: ModelAnswer, form: type[T]) -> tuple[T | None, str]:
    """The answer in its form, or where it differs. What the model wrote is in no error."""
    try:
        return form.model_validate_json(answer.text), ""
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        return None, to_json([{"where": fault["loc"], "fault": fault["type"]} for fault in faults[:5]]).decode()


def _repair(request: ModelRequest, text: str, faults: str) -> ModelRequest:
    """The request once more, with the answer and what is wrong with it."""
    said = f"That is not the JSON object that was asked for: {faults}. Answer again, with that object and nothing else."
    again = [ModelMessage("assistant", text[:SHOWN_AGAIN].strip() or "-"), ModelMessage("user", said)]
    return replace(request, messages=[*request.messages, *again])


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
        one.cached_tokens + other.cached_tokens,
    )
