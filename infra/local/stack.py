"""`mend run`: serves every function in one process on this machine, until SIGINT or SIGTERM."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Literal, Self

import uvicorn
from pydantic import BeforeValidator, Field, SecretStr, model_validator
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from functions.relay.settings import RelaySettings
from infra.errors import UserError
from infra.local import database, disk_space, embedded, issuer, running_stack
from infra.local.apps import load_apps
from infra.local.auth.routes import auth_routes
from infra.local.console import console
from infra.local.cors import with_cors
from infra.local.dispatcher import DISPATCHER_COUNT, dispatch, run_forever, wake_relay, with_connection
from infra.local.event_delivery import FunctionClient
from infra.local.live import LiveHub, live_routes
from infra.local.mixpanel import LocalMixpanel
from infra.local.not_served import not_served
from infra.local.oauth_provider import LocalProvider
from infra.local.pages import ONLY_HERE, pages
from infra.local.schedules import run_schedules
from infra.local.storage import storage_routes
from infra.local.stripe import LocalStripe, deliver_to
from infra.registry import Registry, registry
from infra.seed import seed
from infra.signals import stop_requests
from shared.errors import NotFound
from shared.http.app import MethodNotAllowed
from shared.http.problems import problem
from shared.ids import new_id
from shared.services import Services, leave_out_of_garbage_collection, use
from shared.settings import Settings

ANY_HOST = ("0.0.0.0", "::")  # noqa: S104 - only if HOST says so
DEFAULT_PORT = 8080
MAX_PORT = 65535
DEMO_EMAIL = "demo@example.com"
DAY_MINUTES = 24 * 60
DRAIN_SECONDS = 3


class StackSettings(Settings):
    """The settings of commands. Commands call event functions only in their own process, so EVENT_AUTH is ignored."""

    event_auth: Annotated[Literal["none"], BeforeValidator(lambda _: "none")] = "none"
    host: str = "127.0.0.1"  # 0.0.0.0 lets phones of the same network in
    port: int = Field(default=DEFAULT_PORT, ge=0, le=MAX_PORT)  # 0: any free port

    @model_validator(mode="after")
    def _event_senders_are_verified(self) -> Self:
        return self


def run(settings: StackSettings) -> None:
    """Serve until a signal comes (`infra.cli`), then wait until the local Postgres has stopped."""
    with _listen(settings.host, settings.port) as listener:
        try:
            _serve(settings, listener)
        finally:
            embedded.leave()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket: a client can connect as soon as it reads our first line of output."""
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return socket.create_server(address[:2], family=family)
    except socket.gaierror:
        raise UserError(f"HOST {host} is no address of this machine.", "Unset HOST, or set it to 0.0.0.0") from None
    except OSError as error:
        problem = f"Port {port}: {os.strerror(error.errno or 0).lower()}."
        if error.errno == errno.EADDRNOTAVAIL:
            raise UserError(f"HOST {host} is no address of this machine.", "Unset HOST, or set it to 0.0.0.0") from None
        raise UserError(problem, f"Choose another one: PORT={port + 1 if port < MAX_PORT else DEFAULT_PORT}") from None


def _address(listener: socket.socket) -> str:
    """Where the stack is reached: for phones of the same network, if it listens for them."""
    host, port = listener.getsockname()[:2]
    if host in ANY_HOST:
        host = _own_address()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _own_address() -> str:
    """The address of this machine in its network. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation
        except OSError:  # there is no network
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _serve(settings: StackSettings, listener: socket.socket) -> None:
    listed = registry().deployed(settings.environ)
    database.apply_migrations(settings)
    dsn = database.owner_dsn(settings)
    database.open_bus(dsn, listed.subscriptions())
    seed(dsn)
    address = _address(listener)
    stripe = LocalStripe(f"{address}/stripe") if settings.stripe_key is None else None
    services = _services(settings, listed, address, stripe)
    use(services)
    apps = load_apps(listed, listed.functions)
    leave_out_of_garbage_collection()
    http = {name: apps[name] for name in listed.http}
    if stripe:
        stripe.deliver = partial(deliver_to, apps["premium"])
    hub = LiveHub()
    app = Starlette(
        routes=[
            *pages(listed, services),
            *console(settings, dsn),
            *auth_routes(services, dsn),
            *storage_routes(services),
            *not_served(http),
            *live_routes(services, hub),
            *([Mount("/stripe", stripe.router(), middleware=ONLY_HERE)] if stripe else []),
            Mount("/mixpanel", LocalMixpanel().router(), middleware=ONLY_HERE),
            Mount("/connect", LocalProvider().router(), middleware=ONLY_HERE),
            *(Mount(f"/{name}", function) for name, function in http.items()),
        ],
        exception_handlers={404: partial(_no_such_path, names=[*http]), 405: _no_such_method},
        lifespan=lambda _: _background(dsn, listed, FunctionClient(apps), services, hub),
    )
    config = uvicorn.Config(
        with_cors(_WithOptionalSlash(app, http), settings.cors_origins),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_level="warning",
        access_log=False,  # a path may name an entry
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    stop_requests.extend([lambda: setattr(server, "should_exit", True), hub.close])
    with running_stack.announced(settings.mend_home, address):
        _print_greeting(settings, dsn, address, services.settings.public_url)
        server.run([listener])


def _services(settings: StackSettings, listed: Registry, address: str, stripe: LocalStripe | None) -> Services:
    """The services of all functions: the connections of each, and links to the address of this process."""
    public_url = settings.public_url if "public_url" in settings.model_fields_set else address
    changes: dict[str, object] = {"pool_size": settings.pool_size * len(listed.functions), "public_url": public_url}
    environ = dict(settings.environ)
    if stripe:
        environ |= {"STRIPE_PRICE": "price_local", "STRIPE_WEBHOOK_SECRET": stripe.secret}
        changes |= {"stripe_key": SecretStr("sk_local"), "stripe_url": stripe.url}
    if settings.spotify_client_id is None:
        environ["CONNECTIONS_URL"] = f"{address}/connect"
        changes["spotify_client_id"] = SecretStr("local")
    if not environ.get("MIXPANEL_TOKEN"):
        environ |= {
            "MIXPANEL_TOKEN": "local",
            "MIXPANEL_DELETION_TOKEN": "local",
            "MIXPANEL_URL": f"{address}/mixpanel",
        }
    return Services(settings.model_copy(update={**changes, "environ": environ}))


@asynccontextmanager
async def _background(
    dsn: str, listed: Registry, functions: FunctionClient, services: Services, hub: LiveHub
) -> AsyncIterator[None]:
    """Run schedules and deliveries. An interrupted delivery is rolled back, and repeated after the next start."""
    secret = services.settings.of(RelaySettings).relay_secret
    headers = {"Authorization": f"Bearer {secret.get_secret_value()}"} if secret else {}
    tasks_to_run = [
        partial(run_schedules, services.database, listed.schedules),
        partial(with_connection, dsn, partial(wake_relay, functions=functions, headers=headers)),
        partial(with_connection, dsn, hub.listen),
        *[partial(with_connection, dsn, partial(dispatch, functions=functions))] * DISPATCHER_COUNT,
    ]
    if services.settings.database_url is None:
        tasks_to_run.append(partial(disk_space.watch, services.settings.mend_home))
    async with functions:
        tasks = [asyncio.create_task(run_forever(work)) for work in tasks_to_run]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await services.database.close()


async def _no_such_path(request: Request, _error: Exception, names: Iterable[str]) -> Response:
    wrong = "A path begins with one slash." if request.url.path.startswith("//") else "No function has this path."
    return problem(NotFound(f"{wrong} The functions are {', '.join(names)}."), str(new_id()))


async def _no_such_method(_request: Request, error: Exception) -> Response:
    allowed = error.headers if isinstance(error, HTTPException) else None
    return problem(MethodNotAllowed(headers=allowed), str(new_id()))


class _WithOptionalSlash:
    """Serves `/checkin` as `/checkin/`. A redirect would lose the body."""

    def __init__(self, app: ASGIApp, names: Mapping[str, object]) -> None:
        self._app = app
        self._addresses = {f"/{name}" for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") in self._addresses:
            scope = {**scope, "path": scope["path"] + "/"}
        await self._app(scope, receive, send)


def _print_greeting(settings: StackSettings, dsn: str, url: str, public_url: str) -> None:
    lines = [f"Mend runs at {url}, its API is described at {url}/docs, and Ctrl-C ends it."]
    if public_url != url:
        lines.append(f"Pictures, uploads and links lead to {public_url} (PUBLIC_URL).")
    if settings.supabase_url is None:
        token = issuer.sign_in(settings, dsn, DEMO_EMAIL, admin=False, minutes=DAY_MINUTES)
        body = """-H 'Content-Type: application/json' -d '{"mood":"sad","intensity":7}'"""
        lines += ["Check in:", "", f"curl -s {url}/checkin/ -H 'Authorization: Bearer {token}' {body}", ""]
    print("\n".join(lines), flush=True)
