"""The core schemas of all models of requests, as pydantic has built them."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from functions.checkin.models import BatchCheckIn, BatchDeletion
from functions.recommend.models import InteractionDraft
from tests.hostile.routes import every_route

QUEUED: tuple[type[BaseModel], ...] = (BatchCheckIn, BatchDeletion, InteractionDraft)  # validated one by one
UNLIKE = ("metadata", "serialization")  # parts of a schema that are not schemas of input

Schema = dict[str, Any]


def request_models() -> set[type[BaseModel]]:
    """Those of all bodies and queries, and of the entries of batches."""
    operations = [route.operation for route in every_route()]
    bodies = {model for operation in operations if operation.body for model in operation.body.models()}
    return bodies | {operation.query for operation in operations if operation.query} | {*QUEUED}


def schemas_of(model: type[BaseModel]) -> Iterator[Schema]:
    """Every schema within that of the model. Of a pattern with a rule in words, only the rule."""
    model.model_rebuild()
    yield from _schemas_in(model.__pydantic_core_schema__)


def _schemas_in(part: object) -> Iterator[Schema]:
    if isinstance(part, dict):
        if isinstance(part.get("type"), str):
            yield part
        if part.get("type") == "custom-error":
            return
        for name, inner in part.items():
            if name not in UNLIKE:
                yield from _schemas_in(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _schemas_in(inner)
