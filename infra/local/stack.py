"""`mend run`: everything in one process, on this machine, until Ctrl-C."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from pydantic import Field
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from functions.relay.settings import RelaySettings
from infra.local import database, issuer
from infra.local.delivery import Functions
from infra.local.dispatcher import AT_ONCE, always, connected, dispatch, wake_relay
from infra.local.loading import load
from infra.local.pages import pages
from infra.local.schedules import keep_time
from infra.local.storage import storage_routes
from infra.registry import Registry, registry
from infra.seed import seed
from shared.services import Services, use
from shared.settings import Settings

HOST = "127.0.0.1"
DEMO = "demo@example.com"
DAY = 24 * 60
DRAIN_SECONDS = 3


class PortUnusable(Exception):
    """Something else listens there, or we may not."""


class StackSettings(Settings):
    port: int = Field(default=8080, ge=0, le=65535)  # 0 takes any that is free


def run(settings: StackSettings) -> None:
    """Serve until SIGINT or SIGTERM, and leave nothing behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _bound(settings.port) as port, database.nothing_left_running(settings):
            _serve(settings, database.owner_dsn(settings), port)
    except KeyboardInterrupt:
        pass


def _bound(port: int) -> socket.socket:
    """A socket that accepts from now on, so that whoever reads our first line can connect."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        bound.listen()
    except OSError as error:
        bound.close()
        reason = f"Port {port}: {os.strerror(error.errno or 0).lower()}. Choose another, for instance PORT={port + 1}."
        raise PortUnusable(reason) from None
    return bound


def _serve(settings: StackSettings, dsn: str, port: socket.socket) -> None:
    listed = registry()
    database.bring_up_to_date(dsn)
    database.open_bus(dsn, listed.subscriptions())
    seed(dsn)
    address = f"http://{HOST}:{port.getsockname()[1]}"
    parts = _services(settings, listed, address)
    use(parts)
    apps = load(listed, listed.functions)
    http = {name: apps[name] for name in listed.http}
    app = Starlette(
        routes=[
            *pages(listed, parts),
            *storage_routes(parts),
            *(Mount(f"/{name}", function) for name, function in http.items()),
        ],
        lifespan=lambda _: _at_work(dsn, listed, Functions(apps), parts),
    )
    config = uvicorn.Config(
        _Slashed(app, http),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_level="warning",
        access_log=False,  # a path may tell whose entry it is
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    _greet(settings, dsn, address)
    uvicorn.Server(config).run([port])


def _services(settings: StackSettings, listed: Registry, address: str) -> Services:
    """One process stands for all functions: it has the connections of all, and links lead to where it listens."""
    public_url = settings.public_url if "public_url" in settings.model_fields_set else address
    pool_size = settings.pool_size * len(listed.functions)
    return Services(settings.model_copy(update={"pool_size": pool_size, "public_url": public_url}))


@asynccontextmanager
async def _at_work(dsn: str, listed: Registry, functions: Functions, parts: Services) -> AsyncIterator[None]:
    """What goes on beside the requests. Cut short, a delivery is rolled back and comes again with the next start."""
    secret = parts.settings.of(RelaySettings).relay_secret
    headers = {"Authorization": f"Bearer {secret.get_secret_value()}"} if secret else {}
    works = [
        partial(keep_time, parts.database, listed.schedules),
        partial(connected, dsn, partial(wake_relay, functions=functions, headers=headers)),
        *[partial(connected, dsn, partial(dispatch, functions=functions))] * AT_ONCE,
    ]
    async with functions:
        tasks = [asyncio.create_task(always(work)) for work in works]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await parts.database.close()


class _Slashed:
    """A function's own address works without the slash as well, and without a redirect that loses the body."""

    def __init__(self, app: ASGIApp, names: Mapping[str, object]) -> None:
        self._app = app
        self._addresses = {f"/{name}" for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") in self._addresses:
            scope = {**scope, "path": scope["path"] + "/"}
        await self._app(scope, receive, send)


def _greet(settings: StackSettings, dsn: str, url: str) -> None:
    lines = [f"Mend runs at {url}, its API is described at {url}/docs, and Ctrl-C ends it."]
    if settings.supabase_url is None:
        token = issuer.sign_in(settings, dsn, DEMO, admin=False, minutes=DAY)
        body = """-H 'Content-Type: application/json' -d '{"mood":"sad","intensity":7}'"""
        lines += ["Check in:", "", f"curl -s {url}/checkin/ -H 'Authorization: Bearer {token}' {body}", ""]
    print("\n".join(lines), flush=True)
