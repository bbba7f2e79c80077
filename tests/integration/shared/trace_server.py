"""A Cloud Trace that takes spans as its reference documents `projects.traces.batchWrite`, and keeps them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

NAME = re.compile(r"projects/mend-test/traces/([0-9a-f]{32})/spans/([0-9a-f]{16})")
KINDS = {"INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"}


@dataclass
class TraceServer:
    """It answers nobody until it is `free`. `failures` are answered first."""

    url: str = ""
    spans: list[dict[str, Any]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    asked: int = 0
    free: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.free.set()

    def router(self) -> Router:
        return Router([Route("/v2/projects/mend-test/traces:batchWrite", self._batch_write, methods=["POST"])])

    async def _batch_write(self, request: Request) -> Response:
        spans: list[dict[str, Any]] = (await request.json())["spans"]
        self.asked += 1
        self.free.wait()
        if self.failures:
            return _error(self.failures.pop(0), "UNAVAILABLE")
        if any(_is_wrong(span) for span in spans):
            return _error(400, "INVALID_ARGUMENT")
        self.spans += spans
        return JSONResponse({})


def _is_wrong(span: dict[str, Any]) -> bool:
    """Whether a required field is missing, or one has another form or length than documented."""
    name = NAME.fullmatch(span["name"])
    began, ended = (datetime.fromisoformat(span[end]) for end in ("startTime", "endTime"))
    attributes = span.get("attributes", {}).get("attributeMap", {})
    texts = [value["stringValue"]["value"] for value in attributes.values() if "stringValue" in value]
    return not (
        name
        and name[2] == span["spanId"]
        and re.fullmatch(r"[0-9a-f]{16}", span["parentSpanId"])
        and 0 < len(span["displayName"]["value"].encode()) <= 128
        and span["spanKind"] in KINDS
        and began <= ended
        and len(attributes) <= 32
        and all(len(text.encode()) <= 256 for text in texts)
    )


def _error(code: int, status: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": status, "status": status}}, code)
