"""What a developer looks at: the state of the stack at `/`, and every function's OpenAPI at `/docs`."""

from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local.schedules import next_ticks
from infra.local.state import last_events, parked_events, sent_mails, sent_pushes
from infra.openapi import merged
from infra.registry import TICK, Registry
from shared.clock import utc_now
from shared.db import Database
from shared.errors import Unavailable
from shared.services import Services

JWKS = "/auth/v1/.well-known/jwks.json"
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


def pages(registry: Registry, parts: Services) -> list[BaseRoute]:
    return [
        Route("/", partial(_file, "index.html")),
        Route("/docs", partial(_file, "docs.html")),
        *(Route(f"/_{name}", partial(_file, name)) for name in ("style.css", "index.js", "docs.js")),
        Route("/_state", partial(_state, registry, parts.database)),
        Route("/openapi.json", partial(_openapi, registry)),
        *([] if parts.settings.supabase_url else [Route(JWKS, partial(_keys, parts.settings.mend_home))]),
    ]


async def _file(name: str, _: Request) -> Response:
    return FileResponse(FILES / name, headers=HEADERS)


async def _keys(home: Path, _: Request) -> Response:
    return FileResponse(home / "jwks.json", media_type="application/json")


async def _openapi(registry: Registry, _: Request) -> Response:
    return JSONResponse(merged(registry, registry.http), headers=HEADERS)


async def _state(registry: Registry, database: Database, _: Request) -> Response:
    try:
        state = {
            "events": await database.retry(lambda: last_events(database, registry)),
            "parked": await database.retry(lambda: parked_events(database)),
            "pushes": await database.retry(lambda: sent_pushes(database)),
            "mails": await database.retry(lambda: sent_mails(database)),
            "functions": _functions(registry, "up"),
        }
    except Unavailable:
        state = {"trouble": "Postgres cannot be reached.", "functions": _functions(registry, "unavailable")}
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
