"""A Mixpanel for one machine: it imports events, checks them as the real one does, and takes requests to delete people.

`GET /events` shows what it holds. Everything is kept in memory.
"""

import gzip
import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from shared.clock import utc_now
from shared.ids import new_id

MOST_EVENTS = 2000
HOUR = 3600
INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")

Object = dict[str, Any]


@dataclass
class LocalMixpanel:
    """`failures` are answered first, in their order."""

    url: str = ""
    token: str = "local"  # noqa: S105 - of this machine alone
    deletion_token: str = "local"  # noqa: S105 - the same
    events: dict[tuple[str, ...], Object] = field(default_factory=dict)  # duplicates are shown once
    bodies: list[bytes] = field(default_factory=list)  # all that were sent, uncompressed
    deleted: list[str] = field(default_factory=list)
    tasks: dict[str, list[str]] = field(default_factory=dict)  # the ids that each deletes
    outcome: str = "SUCCESS"  # of each task, when it is asked about
    failures: list[int] = field(default_factory=list)

    def router(self) -> Router:
        return Router(
            [
                Route("/import", self._import, methods=["POST"]),
                Route("/api/app/data-deletions/v3.0/", self._delete, methods=["POST"]),
                Route("/api/app/data-deletions/v3.0/{task}", self._task, methods=["GET"]),
                Route("/events", self._show),
            ]
        )

    async def _import(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.bodies.append(body)
        if self.failures:
            return _error(self.failures.pop(0), "Project exceeded rate limits. Please retry with exponential backoff.")
        if request.headers.get("authorization") != f"Basic {b64encode(f'{self.token}:'.encode()).decode()}":
            return _error(401, "Invalid credentials")
        events: list[Object] = json.loads(body)
        if len(events) > MOST_EVENTS:
            return _error(413, "request exceeds max limit of 2000 events")
        failed = [{"index": index, **fault} for index, event in enumerate(events) if (fault := _fault(event))]
        for event in events:
            if not _fault(event):
                self.events.setdefault(_identity(event), event)
        imported = {"num_records_imported": len(events) - len(failed)}
        if failed:
            error = "some data points in the request failed validation"
            return JSONResponse(
                {"code": 400, "error": error, "failed_records": failed, "status": "Bad Request", **imported}, 400
            )
        return JSONResponse({"code": 200, "status": "OK", **imported})

    async def _delete(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        ids: list[str] = (await request.json())["distinct_ids"]
        task = str(new_id())
        self.tasks[task] = ids
        if self.outcome == "SUCCESS":
            self.deleted += ids
            kept = (item for item in self.events.items() if item[1]["properties"]["distinct_id"] not in ids)
            self.events = dict(kept)
        return JSONResponse({"status": "ok", "results": {"task_id": task}}, 201)

    async def _task(self, request: Request) -> Response:
        """What has become of a deletion. A task that is unknown is told in the same form."""
        if refusal := self._refusal(request):
            return refusal
        task: str = request.path_params["task"]
        status = self.outcome if task in self.tasks else "NOT_FOUND"
        results = {"tracking_id": task, "status": status, "distinct_ids": self.tasks.get(task, [])}
        return JSONResponse({"status": "ok", "results": {**results, "compliance_type": "GDPR"}})

    def _refusal(self, request: Request) -> Response | None:
        """Of a request about deletions."""
        if self.failures:
            return _error(self.failures.pop(0), "rate limit")
        authorized = request.headers.get("authorization") == f"Bearer {self.deletion_token}"
        if authorized and request.query_params.get("token") == self.token:
            return None
        return JSONResponse({"status": "error", "error": "Unauthorized"}, 401)

    async def _show(self, _: Request) -> Response:
        return JSONResponse([*self.events.values()])


def _identity(event: Object) -> tuple[str, ...]:
    """By which Mixpanel finds duplicates."""
    return event["event"], *(str(event["properties"][name]) for name in ("time", "distinct_id", "$insert_id"))


def _fault(event: Object) -> Object | None:
    """What is wrong with an event, if something is."""
    properties = event.get("properties", {})
    faults = {
        "event": not event.get("event"),
        "properties.time": not 0 < properties.get("time", 0) < utc_now().timestamp() + HOUR,
        "properties.distinct_id": "distinct_id" not in properties,
        "properties.$insert_id": not INSERT_ID.fullmatch(str(properties.get("$insert_id", ""))),
    }
    fault = next((name for name, wrong in faults.items() if wrong), None)
    if fault is None:
        return None
    return {"$insert_id": properties.get("$insert_id"), "field": fault, "message": f"'{fault}' is invalid"}


def _error(code: int, message: str) -> Response:
    return JSONResponse({"code": code, "error": message, "status": "error"}, code)
