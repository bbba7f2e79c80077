"""One OpenAPI document for all functions. The paths of each begin with its name."""

import json
from collections.abc import Iterable
from typing import Any

from infra.local.apps import load_folder
from infra.registry import Registry
from shared.http.openapi import information

Document = dict[str, Any]


def merged_description(registry: Registry, names: Iterable[str], url: str) -> Document:
    """The document of these functions, served at this address."""
    modules = {name: load_folder(registry.functions[name].folder) for name in names}
    document = merge({name: json.loads(module.app.description) for name, module in modules.items()})
    tags = [{"name": name, "description": _about(module.__doc__ or "")} for name, module in modules.items()]
    return {**document, "servers": [{"url": url}], "tags": tags}


def merge(documents: dict[str, Document]) -> Document:
    """Raises `ValueError` if two functions use one name of a schema for different things."""
    paths: Document = {}
    components: Document = {}
    for name, document in documents.items():
        for path, operations in document["paths"].items():
            whole_path = f"/{name}{path}".rstrip("/")
            paths[whole_path] = {method: _named(name, operation) for method, operation in operations.items()}
        for kind, parts in document["components"].items():
            _add(components.setdefault(kind, {}), parts)
    return {"openapi": "3.1.0", "info": information(), "paths": paths, "components": components}


def _add(known: Document, parts: Document) -> None:
    for key, part in parts.items():
        if known.setdefault(key, part) != part:
            raise ValueError(f"Two functions use the name {key} for different schemas.")


def _named(name: str, operation: Document) -> Document:
    return {**operation, "operationId": f"{name}.{operation['operationId']}", "tags": [name]}


def _about(docstring: str) -> str:
    """What a function is for, by the first line of its main.py: "name: what it is for."."""
    return docstring.partition("\n")[0].partition(": ")[2]
