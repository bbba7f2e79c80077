"""The ASGI app of one function: its operations, its health and its description."""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from shared import logs
from shared.errors import MendError, NotFound
from shared.http.operations import JSON, AnyOperation, PublicOperation, Visit
from shared.http.request_cycle import Exchange
from shared.services import services


class MethodNotAllowed(MendError):
    """This route does not know that method."""

    status, code = 405, "method_not_allowed"


class Api:
    """A function's handler returns this: Starlette serves whatever ASGI app it is given as an answer."""

    def __init__(self, name: str, *operations: AnyOperation) -> None:
        self.name = name
        self.operations: tuple[AnyOperation, ...] = (
            *operations,
            PublicOperation("GET", "/healthz", self._health, {200: JSON, 503: JSON}, counted=False),
            PublicOperation("GET", "/openapi.json", self._describe, {200: JSON}),
        )
        logs.configure()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(self.name, self.find, Request(scope, receive), services())
        response = await exchange.respond()
        await response(scope, receive, send)

    def find(self, scope: Scope) -> tuple[AnyOperation, Mapping[str, Any]]:
        allowed: set[str] = set()
        for operation in self.operations:
            match, found = operation.route.matches(scope)
            if match is Match.FULL:
                return operation, found["path_params"]
            if match is Match.PARTIAL:
                allowed |= operation.route.methods or set()
        if allowed:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(allowed))})
        raise NotFound

    @cached_property
    def description(self) -> bytes:
        from shared.http import openapi

        return openapi.describe(self.name, self.operations)

    async def _describe(self, _: Visit) -> Response:
        """What this function can do, as OpenAPI."""
        return Response(self.description, media_type=JSON)

    async def _health(self, visit: Visit) -> Response:
        """Whether a request could be served: Postgres is asked."""
        try:
            async with asyncio.timeout(3):
                await visit.services.database.ping()
        except Exception as error:  # noqa: BLE001 - whatever it is, we are not healthy
            logs.failure("unhealthy", error)
            return Response(b'{"status":"unavailable"}', 503, {"Retry-After": "2"}, JSON)
        return Response(b'{"status":"ok"}', media_type=JSON)
