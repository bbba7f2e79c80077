"""The ASGI app of a function: its operations, its health check and its OpenAPI document."""

import sys
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from shared import logs
from shared.errors import MendError, NotFound
from shared.http.health import Health
from shared.http.operations import AnyOperation, PublicCall, PublicOperation
from shared.http.request_cycle import RequestCycle
from shared.http.responses import JSON, ResponseModel
from shared.services import services

NO_ROUTE = "No route has this path. GET /openapi.json lists all, with the pattern of each part. An id is a UUID."
SLASH = "No route has this path. Leave out the slash at the end."
SWITCH_SECONDS = 0.0005  # how long a thread of heavy work keeps the event loop waiting; Python's own 5 ms add up


class MethodNotAllowed(MendError):
    """This route does not support that method."""

    status, code = 405, "method_not_allowed"


class HealthState(ResponseModel):
    """Whether this process can serve requests."""

    status: Literal["ok", "unavailable"]


class Api:
    """The ASGI app of a function. The framework's handler returns it as its response, and Starlette then runs it."""

    def __init__(self, name: str, *operations: AnyOperation) -> None:
        self.name = name
        self.operations: tuple[AnyOperation, ...] = (
            *operations,
            PublicOperation("GET", "/health", self._health, {200: HealthState, 503: HealthState}, counted=False),
            PublicOperation("GET", "/openapi.json", self._describe, {200: JSON}),
        )
        self._health_of_process = Health()
        logs.configure()
        sys.setswitchinterval(SWITCH_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await RequestCycle(self.name, self.route, Request(scope, receive), services()).run(send)

    def route(self, scope: Scope) -> tuple[AnyOperation, Mapping[str, Any]]:
        """The operation for a request, and its path parameters. Raises `NotFound` or `MethodNotAllowed`."""
        allowed: set[str] = set()
        for operation in self.operations:
            match, matched = operation.route.matches(scope)
            if match is Match.FULL:
                return operation, matched["path_params"]
            if match is Match.PARTIAL:
                allowed |= operation.route.methods or set()
        if allowed:
            methods = ", ".join(sorted(allowed))
            raise MethodNotAllowed(f"This path supports {methods}.", headers={"Allow": methods})
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        raise NotFound(SLASH if path.endswith("/") and path != "/" else NO_ROUTE)

    @cached_property
    def description(self) -> bytes:
        from shared.http import openapi

        return openapi.describe(self.name, self.operations)

    async def _describe(self, _: PublicCall) -> Response:
        """The OpenAPI document of this function."""
        return Response(self.description, media_type=JSON)

    async def _health(self, call: PublicCall) -> Response:
        """Whether this process can serve requests. Postgres is queried at most once a second."""
        if await self._health_of_process.check(call.services.database):
            return Response(b'{"status":"ok"}', media_type=JSON)
        return Response(b'{"status":"unavailable"}', 503, {"Retry-After": "2"}, JSON)
