"""The OpenAPI documents describe what is served."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis

from infra.openapi import merge, merged_description
from infra.registry import registry
from shared.http import glossary as glossary_module
from shared.http.openapi import answers_of
from shared.http.operations import LongOperation, PersonOperation
from tests.hostile.routes import Route, api_of, every_route

Document = dict[str, Any]
FUNCTIONS = registry().http
ADDRESS = "http://127.0.0.1:8080"
METHODS = {"get", "post", "put", "patch", "delete"}


def document(function: str) -> Document:
    description: Document = json.loads(api_of(function).description)
    return description


def operations(described: Document) -> dict[tuple[str, str], Document]:
    return {
        (path, method): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def references(part: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_document_is_valid(function: str) -> None:
    """By the schema of OpenAPI 3.1 itself."""
    described = document(function)

    assert described["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(described).validate()


def test_the_document_of_all_functions_is_valid() -> None:
    """The page of the local stack shows them as one."""
    schemathesis.openapi.from_dict(merged_description(registry(), FUNCTIONS, ADDRESS)).validate()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_route_is_documented_and_every_document_routed(function: str) -> None:
    """Path by path, method by method."""
    routes = {
        (re.sub(r"{(\w+):\w+}", r"{\1}", operation.path), operation.method.lower())
        for operation in api_of(function).operations
    }

    assert operations(document(function)).keys() == routes


def test_every_operation_has_a_name_of_its_own() -> None:
    """Clients are generated from these names."""
    names = [
        operation["operationId"]
        for operation in operations(merged_description(registry(), FUNCTIONS, ADDRESS)).values()
    ]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("route", every_route(), ids=str)
def test_a_route_is_described_completely(route: Route) -> None:
    """What it is for, whether to sign in, what it takes, what it answers, and that it may refuse."""
    operation = route.operation
    described = route.described
    parameters = {(part["in"], part["name"]) for part in described.get("parameters", ())}

    assert described["summary"].endswith(".")
    assert ("security" in described) == isinstance(operation, PersonOperation)
    limited = {"429"} if isinstance(operation, PersonOperation) or operation.counted else set()
    assert {*described["responses"]} == {*map(str, answers_of(operation)), *limited, "default"}
    assert {name for where, name in parameters if where == "path"} == {*re.findall(r"{(\w+):", operation.path)}
    if isinstance(operation, PersonOperation):
        query = operation.query.model_json_schema()["properties"] if operation.query else {}
        assert {name for where, name in parameters if where == "query"} == query.keys()
        is_streamed = isinstance(operation, LongOperation) and operation.streamed
        assert ("header", "Idempotency-Key") in parameters or operation.method != "POST" or is_streamed
        assert [*described.get("requestBody", {}).get("content", {})] == [*getattr(operation.body, "media_types", ())]


@pytest.mark.parametrize("route", [route for route in every_route() if 204 in route.operation.answers], ids=str)
def test_support_in_place_of_no_content_is_described(route: Route) -> None:
    """A request with words may be answered with help: a client has to know, to show it."""
    operation = route.operation
    may_have_words = isinstance(operation, PersonOperation) and bool(operation.body or operation.query)

    answer = route.described["responses"].get("200", {}).get("content", {}).get("application/json", {})

    assert (answer.get("schema") == {"$ref": "#/components/schemas/SupportAnswer"}) == may_have_words
    assert not may_have_words or answer["example"]["support"]["lines"]


def test_examples_fit_what_they_are_examples_of() -> None:
    """A refusal for too many requests is one, and a check-in with a streak has no support."""
    every = operations(merged_description(registry(), FUNCTIONS, ADDRESS))
    refused = [operation["responses"]["429"] for operation in every.values() if "429" in operation["responses"]]
    examples = [answer["content"]["application/problem+json"]["example"] for answer in refused]
    recorded = every["/checkin", "post"]["responses"]["201"]["content"]["application/json"]["example"]
    imported = every["/checkin/import", "post"]["responses"]["200"]["content"]["application/json"]["example"]

    assert {(example["status"], example["code"]) for example in examples} == {(429, "too_many_requests")}
    assert (recorded["support"], bool(recorded["streak"])) == (None, True)
    assert imported["measures"][0]["left_out"] is None


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_model_is_used_and_there(function: str) -> None:
    """A reference leads somewhere, and nothing is described that no route takes or gives."""
    described = document(function)
    schemas = described["components"]["schemas"].keys()

    assert {*references(described)} == {f"#/components/schemas/{name}" for name in schemas}


def test_everything_is_explained() -> None:
    """Every field and every parameter has a description, and every body and answer an example."""
    described = merged_description(registry(), FUNCTIONS, ADDRESS)
    fields = {
        f"{owner}.{name}": field
        for owner, schema in described["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
    }
    every = operations(described)
    parameters = {f"{k} {p['name']}": p for k, operation in every.items() for p in operation.get("parameters", ())}
    contents = {
        f"{key} {media_type}": content
        for key, operation in every.items()
        for holder in (operation.get("requestBody", {}), *operation["responses"].values())
        for media_type, content in holder.get("content", {}).items()
    }

    assert [name for name, part in (fields | parameters).items() if not part.get("description")] == []
    assert [name for name, content in contents.items() if "example" not in content] == []


def test_a_name_in_the_glossary_is_used() -> None:
    """The glossary explains fields that there are."""
    described = merged_description(registry(), FUNCTIONS, ADDRESS)
    schemas = described["components"]["schemas"]
    fields = {(owner, name) for owner, schema in schemas.items() for name in schema.get("properties", ())}
    parameters = {(p["in"], p["name"]) for o in operations(described).values() for p in o.get("parameters", ())}
    form = {("", name) for name in ("file", "mapping", "columns")}
    names = {name for _, name in fields | parameters | form} | {f"{o}.{n}" for o, n in fields | parameters}

    glossary = tomllib.loads((Path(glossary_module.__file__).with_suffix(".toml")).read_text())
    assert glossary["fields"].keys() - names == set()


@pytest.mark.parametrize("route", [r for r in every_route() if "requestBody" in r.described], ids=str)
def test_an_example_is_a_valid_body(route: Route) -> None:
    """The route's own reader accepts it."""
    operation = route.operation
    content = route.described["requestBody"]["content"].get("application/json")

    assert operation.body
    if content:
        operation.body.read("application/json", json.dumps(content["example"]).encode())


def test_two_functions_share_a_schema_only_if_it_is_the_same() -> None:
    """A client has one type for each name."""
    one, other = ({"paths": {}, "components": {"schemas": {"Line": {"type": kind}}}} for kind in ("string", "object"))

    with pytest.raises(ValueError, match="Line"):
        merge({"one": one, "other": other})
