"""Builds the OpenAPI 3.1 document from operations."""

import inspect
import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.convertors import CONVERTOR_TYPES

from shared.consents import Purpose
from shared.http.components import Components
from shared.http.glossary import Examples, entry, media_example, problem_codes, whole_example
from shared.http.inputs import may_be_missing
from shared.http.offline_queue import EntryFault
from shared.http.operations import Answer, Answers, AnyOperation, LongOperation, PersonOperation, Schema, Streamed
from shared.http.problems import PROBLEM_JSON
from shared.http.responses import JSON
from shared.http.streams import LONGEST_EVENT_ID
from shared.http.support import SupportAnswer
from shared.safety import Support

PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 describes it.",
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title")},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "x-codes": [*problem_codes()]},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/EntryFault"}},
        "purpose": {"type": "string", "enum": [*get_args(Purpose)]},
        "support": {"anyOf": [{"$ref": "#/components/schemas/Support"}, {"type": "null"}]},
    },
}
IN_PROBLEMS: tuple[type[BaseModel], ...] = (EntryFault, Support)

PROBLEM_CONTENT: Schema = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
TEXT: Schema = {"type": "string"}
CONTENT_SCHEMAS: dict[str, Schema] = {JSON: {"type": "object"}, "application/pdf": {**TEXT, "format": "binary"}}
TOO_MANY: Schema = {
    "description": "Too many requests in this minute, or at the same time",
    "headers": {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}},
    "content": PROBLEM_CONTENT,
}


DESCRIPTION = (
    "If the words of a person's request tell of danger, its answer or problem has `support`: help to offer at once. An "
    "operation that answers 204 then answers 200 with `support` alone."
)


LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
CONTACT = {"name": "The maintainers of Mend"}


def describe(name: str, operations: Iterable[AnyOperation]) -> bytes:
    operations = tuple(operations)
    models = sorted({*IN_PROBLEMS, *(m for o in operations for m in _models(o))}, key=lambda m: m.__name__)
    references, definitions = models_json_schema(
        [(m, "validation") for m in models], ref_template="#/components/schemas/{model}"
    )
    schemas = {m: references[m, "validation"] for m in models}
    components = Components({**definitions.get("$defs", {}), "Problem": PROBLEM})
    paths: dict[str, Any] = {}
    for operation in operations:
        path = re.sub(r"{(\w+):\w+}", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = components.tidy(_operation(operation, schemas))
    _add_examples(paths, Examples(components.schemas))
    document = {
        "openapi": "3.1.0",
        "info": information(name),
        "paths": paths,
        "components": {
            "schemas": components.schemas,
            "securitySchemes": {"person": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()


def information(name: str = "") -> Schema:
    title = f"Mend: {name}" if name else "Mend"
    return {"title": title, "version": "1", "description": DESCRIPTION, "contact": CONTACT, "license": LICENCE}


def _add_examples(paths: Schema, examples: Examples) -> None:
    """Add an example to every body and answer."""
    for operation in (operation for methods in paths.values() for operation in methods.values()):
        for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media_type, content in holder.get("content", {}).items():
                content["example"] = _example(media_type, content["schema"], examples)
        if "429" in operation["responses"]:
            operation["responses"]["429"]["content"][PROBLEM_JSON]["example"] = whole_example("TooManyRequests")


def _example(media_type: str, schema: Schema, examples: Examples) -> Any:  # noqa: ANN401 - any JSON
    has_example = {"$ref", "properties", "examples"} & schema.keys()
    return examples.of(schema) if has_example else media_example(media_type)


def _models(operation: AnyOperation) -> Iterable[type[BaseModel]]:
    for answer in answers_of(operation).values():
        if isinstance(answer, Streamed):
            yield from answer.events.values()
        elif isinstance(answer, type):
            yield answer
    if operation.body:
        yield from operation.body.models()


def answers_of(operation: AnyOperation) -> Answers:
    """The answers, with that to words of danger, which takes the place of a 204 without contents."""
    may_have_words = (
        isinstance(operation, PersonOperation) and not operation.admin and (operation.body or operation.query)
    )
    if may_have_words and HTTPStatus.NO_CONTENT in operation.answers:
        return {HTTPStatus.OK.value: SupportAnswer, **operation.answers}
    return operation.answers


def _operation(operation: AnyOperation, schemas: dict[type[BaseModel], Schema]) -> Schema:
    text = inspect.cleandoc(operation.handler.__doc__ or operation.handler.__name__)
    description: Schema = {
        "operationId": operation.handler.__name__.lstrip("_"),
        "summary": text.partition("\n")[0],
        "description": text,
        "responses": {
            **{str(status): _answer(status, a, schemas) for status, a in answers_of(operation).items()},
            **({"429": TOO_MANY} if _counted(operation) else {}),
            "default": {"description": "What went wrong", "content": PROBLEM_CONTENT},
        },
    }
    parameters = [_path_parameter(*parameter) for parameter in re.findall(r"{(\w+):(\w+)}", operation.path)]
    if operation.body:
        content = {t: {"schema": operation.body.schema(t, schemas.__getitem__)} for t in operation.body.media_types}
        description["requestBody"] = {"required": not may_be_missing(operation.body), "content": content}
    parameters += _query_parameters(operation.query)
    if isinstance(operation, PersonOperation):
        description["security"] = [{"person": []}]
        if operation.admin:
            description["x-admin"] = True
        streamed = operation.streamed if isinstance(operation, LongOperation) else None
        if streamed and streamed.events:
            parameters.append(_header("Last-Event-ID", {"type": "string", "maxLength": LONGEST_EVENT_ID}))
        if operation.method == "POST" and not streamed:
            parameters.append(_header("Idempotency-Key", {"type": "string", "minLength": 1, "maxLength": 255}))
        if operation.conditional:
            parameters += [_header(name, {"type": "string"}) for name in ("If-Match", "If-None-Match")]
    return {**description, **({"parameters": parameters} if parameters else {})}


def _counted(operation: AnyOperation) -> bool:
    return isinstance(operation, PersonOperation) or operation.counted


def _answer(status: int, answer: Answer, schemas: dict[type[BaseModel], Schema]) -> Schema:
    described: Schema = {"description": HTTPStatus(status).phrase}
    if isinstance(answer, Streamed):
        described["content"] = {answer.media_type: _events(answer, schemas) if answer.events else {"schema": TEXT}}
    elif isinstance(answer, str):
        described["content"] = {answer: {"schema": CONTENT_SCHEMAS.get(answer, TEXT)}}
    elif answer is not None:
        described["content"] = {JSON: {"schema": schemas[answer]}}
    return described


def _events(stream: Streamed, schemas: dict[type[BaseModel], Schema]) -> Schema:
    """OpenAPI 3.1 cannot describe events. Names go to the description, data to the extension `x-events`."""
    names = ", ".join([*stream.events, "error"])
    events = {name: schemas[model] for name, model in stream.events.items()}
    return {
        "schema": {"type": "string", "description": f"Server-sent events: {names}."},
        "x-events": {**events, "error": {"$ref": "#/components/schemas/Problem"}},
    }


def _path_parameter(name: str, convertor: str) -> Schema:
    kind = CONVERTOR_TYPES[convertor]
    pattern = f"^{getattr(kind, 'accepted', kind.regex)}$"  # a handler may accept less than its path has room for
    schema = {"type": "string", "format": "uuid"} if convertor == "uuid" else {"type": "string", "pattern": pattern}
    return _parameter(name, "path", schema, required=True)


def _header(name: str, schema: Schema) -> Schema:
    return _parameter(name, "header", schema, required=False)


def _parameter(name: str, where: str, schema: Schema, *, required: bool) -> Schema:
    says = entry(where, name)
    text = schema.pop("description", None) or (says or [name])[0]
    default = f" Without it, {json.dumps(schema['default'])}." if schema.get("default") is not None else ""
    example = {"example": says[1]} if len(says) > 1 else {}
    return {"name": name, "in": where, "required": required, "description": text + default, "schema": schema, **example}


def _query_parameters(model: type[BaseModel] | None) -> list[Schema]:
    if model is None:
        return []
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        _parameter(name, "query", _without_null(part), required=name in required)
        for name, part in schema["properties"].items()
    ]


def _without_null(schema: Schema) -> Schema:
    """The schema without null: a query parameter can only be omitted."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    plain = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**plain, **kinds[0]} if len(kinds) == 1 else schema
