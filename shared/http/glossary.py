"""Descriptions and examples for OpenAPI, from `glossary.toml`: what a field means by its name, and a value of it."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/"
NULL_AS_A_RULE = frozenset({"support", "left_out"})  # a value would not fit what examples have beside it


@cache
def _glossary() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))


def problem_codes() -> dict[str, int]:
    """The status of each code that a problem can have. A guard compares them with the errors in the code."""
    codes: dict[str, int] = json.loads(Path(__file__).with_name("problem_codes.json").read_text(encoding="utf-8"))
    return codes


def entry(owner: str, name: str) -> list[Any]:
    """The description of a field or parameter, and its example if it has one. Empty if the name is not there."""
    fields = _glossary()["fields"]
    found: list[Any] = fields.get(f"{owner}.{name}") or fields.get(name) or []
    return found


def media_example(media_type: str) -> Any:  # noqa: ANN401 - any JSON
    """An example of a body without named fields. Raises `KeyError` if the glossary has none."""
    return _glossary()["media"][media_type]


def whole_example(name: str) -> Any:  # noqa: ANN401 - any JSON
    """An example that the glossary has as a whole."""
    return _glossary()["examples"][name]


def describe_fields(owner: str, schema: Schema) -> None:
    """Add a description to every field that has none."""
    for name, field in schema.get("properties", {}).items():
        says = entry(owner, name)
        if says and "description" not in field:
            field["description"] = says[0]


class Examples:
    """Builds examples of schemas from the examples of their fields."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def of(self, schema: Schema) -> Any:  # noqa: ANN401 - any JSON
        """An example, or None for what only null fits."""
        if values := schema.get("examples") or schema.get("enum"):
            return values[0]
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(REFERENCE)
            return self._of_named(name, self._schemas[name])
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.of(options[0])
        if schema.get("type") == "array":
            return [self.of(schema["items"])]
        if "properties" in schema:
            return self._of_named("", schema)
        return {} if schema.get("type") == "object" else schema.get("const")

    def _of_named(self, name: str, schema: Schema) -> Any:  # noqa: ANN401 - any JSON
        if whole := _glossary()["examples"].get(name):
            return whole
        if "properties" not in schema:
            return self.of(schema)
        return {field: self._of_field(name, field, part) for field, part in schema["properties"].items()}

    def _of_field(self, owner: str, name: str, schema: Schema) -> Any:  # noqa: ANN401 - any JSON
        if "examples" in schema:
            return schema["examples"][0]
        if name in NULL_AS_A_RULE and {"type": "null"} in schema.get("anyOf", ()):
            return None
        says = entry(owner, name)
        return says[1] if len(says) > 1 else self.of(schema)
