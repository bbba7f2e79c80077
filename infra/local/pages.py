"""What a developer looks at: the state of the stack at `/`, and every function's OpenAPI at `/docs`."""

from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local.schedules import next_ticks
from infra.local.state import last_events, parked_events
from infra.openapi import merged
from infra.registry import TICK, Registry
from shared.clock import utc_now
from shared.db import Database
from shared.errors import Unavailable

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


def pages(registry: Registry, database: Database) -> list[BaseRoute]:
    return [
        Route("/", partial(_file, "index.html")),
        Route("/docs", partial(_file, "docs.html")),
        *(Route(f"/_{name}", partial(_file, name)) for name in ("style.css", "index.js", "docs.js")),
        Route("/_state", partial(_state, registry, database)),
        Route("/openapi.json", partial(_openapi, registry)),
    ]


async def _file(name: str, _: Request) -> Response:
    return FileResponse(FILES / name, headers=HEADERS)


async def _openapi(registry: Registry, _: Request) -> Response:
    return JSONResponse(merged(registry, registry.http), headers=HEADERS)


async def _state(registry: Registry, database: Database, _: Request) -> Response:
    state: dict[str, Any] = {"functions": _functions(registry)}
    try:
        state |= {
            "events": await database.retrying(lambda: last_events(database, registry)),
            "parked": await database.retrying(lambda: parked_events(database)),
        }
    except Unavailable as error:
        state["trouble"] = str(error)
    return JSONResponse(to_jsonable_python(state), headers=HEADERS)


def _functions(registry: Registry) -> list[dict[str, Any]]:
    now = utc_now()
    return [
        {
            "name": name,
            "path": f"/{name}/" if function.trigger == "http" else None,
            "listens": [
                {"type": kind, "next": _next(registry, kind, now)} for kind in function.listens
            ],
        }
        for name, function in registry.functions.items()
    ]
