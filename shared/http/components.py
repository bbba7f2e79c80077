"""The schemas of an OpenAPI document, as generators of clients like them."""

from typing import Any, get_args

from shared.http.fields import Kind
from shared.http.glossary import REFERENCE, describe_fields
from shared.http.operations import Schema
from shared.moods import MOODS, PLEASANT

# Values that many fields share, as a schema of their own.
ENUMERATIONS: dict[str, tuple[str, ...]] = {"Mood": tuple(MOODS), "TargetMood": PLEASANT, "Kind": get_args(Kind)}
NOISE = ("title", "default")  # openapi-typescript takes a field with a default for a required one
MAPS = ("properties", "responses")  # their keys are names, which may be those of noise
PYDANTICS_OWN = "JsonValue"  # left over where a schema of ours stands in its place


class Components:
    """Tidied schemas by name: without titles and defaults, and with everything that is shared there once."""

    def __init__(self, definitions: dict[str, Schema]) -> None:
        self.schemas: dict[str, Schema] = {}
        for name, definition in definitions.items():
            if name != PYDANTICS_OWN:
                self._add(name, definition)

    def _add(self, name: str, definition: Schema) -> None:
        schema = self.schemas[name] = self._without_noise(definition)
        describe_fields(name, schema)

    def tidy(self, part: Any) -> Any:  # noqa: ANN401 - any JSON
        """The part, with references to `ENUMERATIONS`, and to models that stand inside others."""
        if isinstance(part, list):
            return [self.tidy(item) for item in part]
        if not isinstance(part, dict):
            return part
        for name, values in ENUMERATIONS.items():
            if tuple(part.get("enum", ())) == values:
                self.schemas[name] = {"type": "string", "enum": [*values]}
                kept = {key: value for key, value in part.items() if key == "description"}
                return {"$ref": REFERENCE + name, **kept}
        if "properties" in part and "title" in part:
            self._add(part["title"], part)
            return {"$ref": REFERENCE + part["title"]}
        return self._without_noise(_list_of_pair(part) if "prefixItems" in part else part)

    def _without_noise(self, schema: Schema) -> Schema:
        kept = {key: value for key, value in schema.items() if key not in NOISE}
        return {
            key: {name: self.tidy(part) for name, part in value.items()} if key in MAPS else self.tidy(value)
            for key, value in kept.items()
        }


def _list_of_pair(schema: Schema) -> Schema:
    """A tuple of one type as a list: many generators do not know `prefixItems`."""
    kept = {key: value for key, value in schema.items() if key != "prefixItems"}
    return {**kept, "items": schema["prefixItems"][0]}
