"""One OpenAPI document for all functions. The paths of each begin with its name."""

import json
from collections.abc import Iterable
from typing import Any

from infra.local.apps import load_folder
from infra.registry import Registry

Document = dict[str, Any]


def merged_description(registry: Registry, names: Iterable[str]) -> Document:
    descriptions = {name: json.loads(load_folder(registry.functions[name].folder).app.description) for name in names}
    return merge(descriptions)


def merge(documents: dict[str, Document]) -> Document:
    """Prefix schemas and operations with the function: two functions may use the same name for different things."""
    paths: Document = {}
    components: Document = {}
    for name, document in documents.items():
        renamed = _prefixed(name, document)
        for path, operations in renamed["paths"].items():
            paths[f"/{name}{path}"] = {method: _named(name, operation) for method, operation in operations.items()}
        for kind, parts in renamed["components"].items():
            components.setdefault(kind, {}).update(parts)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mend", "version": "1"},
        "paths": paths,
        "components": components,
    }


def _prefixed(name: str, document: Document) -> Document:
    text = json.dumps(document).replace('"#/components/schemas/', f'"#/components/schemas/{name}.')
    prefixed: Document = json.loads(text)
    schemas = prefixed["components"]["schemas"]
    prefixed["components"]["schemas"] = {f"{name}.{key}": schema for key, schema in schemas.items()}
    return prefixed


def _named(name: str, operation: Document) -> Document:
    return {**operation, "operationId": f"{name}.{operation['operationId']}", "tags": [name]}
