"""The page of the local stack at `/` with its state, and the OpenAPI of every function."""

from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local.schedules import next_ticks
from infra.local.state import latest_events, parked_events, sent_mails, sent_pushes
from infra.openapi import merged_description
from infra.registry import TICK, Registry
from shared.clock import utc_now
from shared.db import Database
from shared.errors import Unavailable
from shared.services import Services
from shared.settings import LOOPBACK

FILES = Path(__file__).with_name("web")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class _OnlyThisMachine:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host, _ = scope.get("client") or ("", 0)
        is_here = host in LOOPBACK
        await (self._app if is_here else Response(status_code=403))(scope, receive, send)


# Otherwise another site could read stored pushes and mails in the developer's browser, by a domain that leads to
# 127.0.0.1, and with HOST=0.0.0.0 everybody in the same network could.
ONLY_HERE = [Middleware(_OnlyThisMachine), Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])]


def pages(registry: Registry, services: Services) -> list[BaseRoute]:
    """The routes. The one with stored pushes and mails answers only to this machine, and only by its names."""
    return [
        Route("/", partial(page, "index.html")),
        *(Route(f"/_{name}", partial(page, name)) for name in ("style.css", "index.js")),
        Route("/_state", partial(_state, registry, services.database), middleware=ONLY_HERE),
        Route("/openapi.json", partial(_openapi, registry, services.settings.public_url)),
    ]


async def page(name: str, _: Request) -> Response:
    return FileResponse(FILES / name, headers=HEADERS)


async def _openapi(registry: Registry, url: str, _: Request) -> Response:
    return JSONResponse(merged_description(registry, registry.http, url), headers=HEADERS)


async def _state(registry: Registry, database: Database, _: Request) -> Response:
    try:
        state = {
            "events": await database.retry(lambda: latest_events(database, registry)),
            "parked": await database.retry(lambda: parked_events(database)),
            "pushes": await database.retry(lambda: sent_pushes(database)),
            "mails": await database.retry(lambda: sent_mails(database)),
            "functions": _functions(registry, "up"),
        }
    except Unavailable:
        state = {"problem": "Postgres cannot be reached.", "functions": _functions(registry, "unavailable")}
    return JSONResponse(to_jsonable_python(state), headers=HEADERS)


def _functions(registry: Registry, health: str) -> list[dict[str, Any]]:
    now = utc_now()
    ticks = {TICK + name: next_ticks({name: cron}, now)[0] for name, cron in registry.schedules.items()}
    return [
        {
            "name": name,
            "trigger": function.trigger,
            "listens": [{"type": kind, "next": ticks.get(kind)} for kind in function.listens],
            "state": health,
        }
        for name, function in registry.functions.items()
    ]
