"""Offline queues: each entry is validated by itself, so that an invalid one does not affect the others."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, GetJsonSchemaHandler, JsonValue, ValidationError

from shared.errors import Fault
from shared.http.inputs import invalid_input
from shared.http.operations import Call
from shared.http.problem_texts import in_language, load_language
from shared.http.responses import ResponseModel

M = TypeVar("M", bound=BaseModel)


class EntryFault(ResponseModel):
    loc: list[str | int]
    msg: str


class QueuedSchema:
    """The JSON schema of an entry, built when OpenAPI needs it: at import it would slow down every cold start."""

    def __init__(self, *models: type[BaseModel]) -> None:
        self.models = models

    def __get_pydantic_json_schema__(self, _: object, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schemas = [handler(model.__pydantic_core_schema__) for model in self.models]
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


async def read_queue(
    entries: Sequence[JsonValue], model_of: Callable[[JsonValue], type[M]]
) -> tuple[dict[int, M], dict[int, Sequence[Fault]]]:
    """The valid entries and the faults of the invalid ones, each by position. A thread reads them."""
    return await asyncio.to_thread(_read_queue, entries, model_of)


def _read_queue(
    entries: Sequence[JsonValue], model_of: Callable[[JsonValue], type[M]]
) -> tuple[dict[int, M], dict[int, Sequence[Fault]]]:
    valid: dict[int, M] = {}
    invalid: dict[int, Sequence[Fault]] = {}
    for position, entry in enumerate(entries):
        model = model_of(entry)
        try:
            valid[position] = model.model_validate_json(json.dumps(entry))
        except ValidationError as error:
            faults = invalid_input(error, "body", model).faults
            invalid[position] = [Fault(fault.loc[1:], fault.msg) for fault in faults]
    return valid, invalid


async def told_faults(call: Call[Any, Any], faults: Mapping[int, Sequence[Fault]]) -> dict[int, list[EntryFault]]:
    """The faults of entries by position, in the language of the person. Without faults, nothing is read."""
    if not faults:
        return {}
    language = await load_language(call.conn, call.headers.get("accept-language", ""))
    return {position: _told(position, each, language) for position, each in faults.items()}


def _told(position: int, faults: Sequence[Fault], language: str) -> list[EntryFault]:
    return [EntryFault(loc=["entries", position, *fault.loc], msg=in_language(fault.msg, language)) for fault in faults]
