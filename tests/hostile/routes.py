"""All routes of all functions, each with a valid request made from its OpenAPI description."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from functions_framework import aio
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from infra.registry import registry
from infra.seed import CONTENT, read
from shared.clock import utc_now
from shared.http import Api
from shared.http.multipart import FORM
from shared.http.operations import AnyOperation, PersonOperation
from shared.http.responses import JSON
from tests.sample_files import PNG

CSV = b"full_date,weekday,time,mood,activities,note_title,note\n2026-01-02,Friday,10:00,good,walk,,Fine\n"
MEASURES = b"date,name,value\n2026-01-02,Sleep,7.5\n"
PICTURE_FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + PNG + b"\r\n--x--\r\n"
NO_ARCHIVE = b"PK\x05\x06" + bytes(18)  # an empty ZIP; a real one is sealed by its installation
ID_IN_PATH = re.compile(r"{(\w+):uuid}")
DEVICE_IN_PATH = re.compile(r"{\w+:device}")
LINK_IN_PATH = re.compile(r"{\w+:signed}")
GUARDIAN_IN_PATH = re.compile(r"{\w+:guardian}")
TEXT_IN_PATH = re.compile(r"{(\w+):(?:str|article)}")
MOMENT = (utc_now() - timedelta(hours=1)).isoformat(timespec="seconds")
DATE = "2026-01-02"
ZONE = "Europe/Berlin"
LINK = "https://mend.example/"
DEVICE = "a-device-of-somebody"
NOBODYS_LINK = 43 * "g"  # to a page for parents and guardians
SEEDED: UUID = read(CONTENT)[0]["id"]
# What no schema tells.
KNOWN = {
    "timezone": ZONE,
    "url": LINK,
    "image_url": LINK,
    "thumbnail_url": LINK,
    "content_id": str(SEEDED),
    "person": str(SEEDED),
    "reason": "A question about reminders.",
    "recommendation_id": None,
    "message_id": None,
    "target": "calm",
    "duration": 7,
    "start_date": (utc_now() + timedelta(days=2)).date().isoformat(),
    "journey": "first-light",
    "from": "22:00",
    "to": "07:00",
    "check_in_times": ["08:00"],
    "all": None,
    "alias_of": None,
    "country": "DE",
    "interests": ["music"],
    "avoid": ["film"],
}
TEXTS_IN_PATH = {"kind": "rest", "mood": "calm", "purpose": "insights", "provider": "spotify", "article": "reminders"}
# Fields that exclude another field of the same body, or do not fit the row that the path names.
LEFT_OUT = {
    "insights POST /experiments": {"factor"},
    "insights PATCH /experiments/{id:uuid}": {"kept"},
    "companion POST /conversations/{id:uuid}/messages": {"replaces"},
}
# Refused here, where there are neither Stripe nor services to connect.
ELSEWHERE = {
    "premium POST /checkout",
    "premium POST /portal",
    "premium POST /stripe",
    "account POST /connections/{provider:str}",
    "account GET /connections/callback",
    "account DELETE /connections/{provider:str}",
    "account PUT /connections/spotify/player",
}
# No two responses are the same: an export has a moment and may be asked ten times a day, pictures have signed URLs. Or
# there is none: nobody is asked for the person, and the conversation is not one with the support.
CHANGING = {
    "account GET /export",
    "account GET /avatar",
    "account GET /attachments/{id:uuid}",
    "account GET /me",
    "account GET /guardian/{guardian_link:guardian}",
    "companion GET /conversations/{id:uuid}/hand-over",
    *ELSEWHERE,
}
# Parameters of which the description requires none by itself.
CHOSEN = {"insights GET /compare": {"marker": DATE}}

Json = Any
Place = tuple[str | int, ...]


@cache
def module_of(function: str) -> ModuleType:
    return import_module(registry().functions[function].source.replace("/", ".") + ".main")


def api_of(function: str) -> Api:
    api: Api = module_of(function).app
    return api


@cache
def served(function: str) -> ASGIApp:
    """The function inside the framework's own app."""
    module = module_of(function)
    app: ASGIApp = aio.create_asgi_app_from_module(  # type: ignore[no-untyped-call]
        function, module.__file__, None, module, module.__spec__
    )
    return app


@dataclass(frozen=True)
class Route:
    function: str
    operation: AnyOperation

    def __str__(self) -> str:
        return f"{self.function} {self.operation.method} {self.operation.path}"

    @property
    def method(self) -> str:
        return self.operation.method

    @cached_property
    def described(self) -> Json:
        paths = json.loads(api_of(self.function).description)["paths"]
        return paths[re.sub(r":\w+}", "}", self.operation.path)][self.method.lower()]

    @property
    def media_type(self) -> str | None:
        body = self.operation.body if isinstance(self.operation, PersonOperation) else None
        return body.media_types[0] if body else None

    @property
    def content_type(self) -> str:
        return f"{FORM}; boundary=x" if self.media_type == FORM else str(self.media_type)

    @property
    def takes_json(self) -> bool:
        return self.media_type == JSON

    @property
    def max_bytes(self) -> int:
        assert isinstance(self.operation, PersonOperation)
        assert self.operation.body
        return self.operation.body.max_bytes

    def path(self, owned: UUID, link: str = "", **named: UUID) -> bytes:
        """The path with that id as all its ids, except the given ones."""
        path = LINK_IN_PATH.sub(link, DEVICE_IN_PATH.sub(DEVICE, self.operation.path))
        path = GUARDIAN_IN_PATH.sub(NOBODYS_LINK, path)
        path = TEXT_IN_PATH.sub(lambda match: TEXTS_IN_PATH[match[1]], path)
        return ID_IN_PATH.sub(lambda match: str(named.get(match[1], owned)), path).encode()

    @property
    def has_id(self) -> bool:
        return bool(ID_IN_PATH.search(self.operation.path))

    def body(self) -> Json:
        """A JSON body with every field it can have at once."""
        body = example(self.described["requestBody"]["content"][JSON]["schema"], self.function)
        return {name: value for name, value in body.items() if name not in LEFT_OUT.get(str(self), ())}

    def content(self) -> bytes:
        if self.media_type is None:
            return b""
        contents = {
            JSON: lambda: json.dumps(self.body()).encode(),
            "application/zip": lambda: NO_ARCHIVE,
            FORM: lambda: PICTURE_FORM,
        }
        return contents.get(self.media_type, lambda: MEASURES if self.function == "insights" else CSV)()

    def query(self) -> dict[str, Json]:
        return {p["name"]: p["schema"] for p in self._parameters()}

    def needed_query(self) -> str:
        """A query with the parameters that a request cannot do without."""
        required = {p["name"]: example(p["schema"], self.function) for p in self._parameters() if p["required"]}
        return urlencode(required | CHOSEN.get(str(self), {}))

    def _parameters(self) -> list[Json]:
        return [p for p in self.described.get("parameters", []) if p["in"] == "query"]


def every_route() -> list[Route]:
    return [Route(function, operation) for function in registry().http for operation in api_of(function).operations]


def methods_at(route: Route) -> set[str]:
    """The methods of the route's path, also by routes with a text in its place."""
    path = TEXT_IN_PATH.sub("text", route.operation.path)
    matching = [o for o in api_of(route.function).operations if re.fullmatch(_as_pattern(o.path), path)]
    return {method for operation in matching for method in operation.route.methods or ()}


def _as_pattern(path: str) -> str:
    """The paths that a path matches: itself, and any text in place of a text."""
    return "[^/]+".join(map(re.escape, TEXT_IN_PATH.sub("\0", path).split("\0")))


def example(schema: Json, function: str, name: str = "") -> Json:
    if "$ref" in schema:
        schemas = json.loads(api_of(function).description)["components"]["schemas"]
        return example(schemas[schema["$ref"].rpartition("/")[2]], function, name)
    if name in KNOWN:
        return KNOWN[name]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], function, name)
    if schema.get("type") == "object":
        return {n: example(part, function, n) for n, part in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example(schema["items"], function)]
    return _single(schema)


def _single(schema: Json) -> Json:
    if fixed := schema.get("enum") or [part for part in (schema.get("const"),) if part is not None]:
        return fixed[0]
    if schema["type"] == "boolean":
        return False
    if schema["type"] in {"integer", "number"}:
        return schema.get("minimum", 1)
    if "pattern" in schema:
        return matching(schema["pattern"])
    return {"uuid": str(uuid4()), "date-time": MOMENT, "date": DATE}.get(schema.get("format", ""), "some text")


@cache
def matching(pattern: str) -> str:
    simplest = settings(database=None, derandomize=True, phases=(Phase.generate, Phase.shrink))
    return find(st.from_regex(pattern, fullmatch=True), bool, settings=simplest)


def leaves(value: Json, place: Place = ()) -> Iterator[tuple[Place, Json]]:
    """Each leaf of a JSON value, with its location."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*place, key))
    else:
        yield place, value


def objects(value: Json, place: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict):
        yield place
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from objects(part, (*place, key))


def replaced(value: Json, place: Place, new: Json) -> Json:
    if not place:
        return new
    copy = value.copy()
    copy[place[0]] = replaced(value[place[0]], place[1:], new) if place[0] in keys(value) else new
    return copy


def keys(value: Json) -> Any:  # noqa: ANN401 - of a list as well
    return value if isinstance(value, dict) else range(len(value))
