"""How long the event loop of a function stands still under the worst request of each operation.

The functions run in this process, on the event loop that production uses. A task on it wakes up every millisecond; the
longest time between two of its turns is a stall. A stall is measured in processor time of this process: a busy machine
does not add to it, and a thread that does not let go of the interpreter does.
"""

import asyncio
import gc
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import uvloop
from pydantic import SecretStr

from infra.bar import Bar
from infra.bench import stall_data
from infra.bench.dataset import ADMIN, Issuer
from infra.bench.worst_requests import WORST, Make, Subject, WorstRequest
from infra.local.postgres import Server
from infra.registry import registry
from shared.http import Api
from shared.services import Services, use
from shared.settings import Settings

ROUNDS = 3  # the first one, which also compiles and builds what is kept, does not count
MOST_MS = 50
BEAT_SECONDS = 0.001


class Stall(NamedTuple):
    processor_ms: float
    wall_ms: float


class Heartbeat:
    """Measures the longest stall while it beats."""

    def __init__(self) -> None:
        self.longest = Stall(0, 0)

    async def beat(self) -> None:
        while True:
            wall, processor = time.perf_counter(), time.process_time()
            await asyncio.sleep(BEAT_SECONDS)
            stalled = time.perf_counter() - wall
            self.longest = max(
                self.longest, Stall(min(time.process_time() - processor, stalled) * 1000, stalled * 1000)
            )


def measure_stalls(server: Server) -> Iterator[Bar]:
    with tempfile.TemporaryDirectory(prefix="mend-stalls-") as home:
        yield from uvloop.run(_measure(server, Path(home)))


def http_apps() -> dict[str, Api]:
    """The apps of all HTTP functions, by name."""
    return {name: import_module(registry().functions[name].module).app for name in registry().http}


async def _measure(server: Server, home: Path) -> list[Bar]:
    issuer = Issuer(home)
    person = stall_data.build(server)
    dsn = server.dsn(stall_data.DATABASE, "mend_app")
    settings = Settings(database_url=SecretStr(dsn), mend_home=home, rate_limit_per_minute=1_000_000_000)
    services = Services(settings)
    use(services)
    apps = http_apps()
    stalls: dict[str, list[Stall]] = defaultdict(list)
    with psycopg.connect(server.dsn(stall_data.DATABASE, ADMIN), autocommit=True) as admin:
        for _ in range(ROUNDS):  # each with a new token: a round takes minutes, and an export asks for a fresh sign-in
            caller = Caller(apps, issuer.token(person, app_metadata={"role": "admin"}))
            subject = await _prepare(admin, person, caller)
            gc.collect()
            gc.freeze()  # otherwise the data of this program would lengthen every collection
            for operation, makes in WORST.items():
                for variant, make in makes.items():
                    stalls[f"{operation} {variant}".strip()].append(await caller.stall(operation, make, subject))
    await services.database.close()
    return [_bar(what, of_rounds[1:]) for what, of_rounds in stalls.items()]


def _bar(what: str, stalls: list[Stall]) -> Bar:
    """The least of the rounds, since other programs only lengthen a stall."""
    least = min(stalls)
    return Bar(what, least.processor_ms, None, MOST_MS, f"{least.wall_ms:.1f} ms on the clock", "ms")


async def _prepare(admin: psycopg.Connection, person: UUID, caller: "Caller") -> Subject:
    """A subject with a new active plan that began two weeks ago."""
    for statement in (stall_data.AVOID_NOTHING, stall_data.END_CARE, stall_data.END_PLANS):
        admin.execute(statement)
    status, answer = await caller.send("plan", "POST", WORST["plan POST /"]["30 days of 5"](stall_data.NOTHING))
    if status != 201:  # noqa: PLR2004
        raise RuntimeError(f"no plan is made: {status}: {answer[:500]!r}")
    admin.execute(stall_data.AGE_PLAN)
    await caller.send("plan", "GET", WorstRequest("/today"))  # the plan catches up
    return stall_data.subject(admin, person)


class Caller:
    """Calls apps directly, without a server: only the work of the function is measured."""

    def __init__(self, apps: Mapping[str, Api], token: str) -> None:
        self._apps = apps
        self._token = token

    async def stall(self, operation: str, make: Make, subject: Subject) -> Stall:
        """The longest stall during one request."""
        function, method, _ = operation.split(" ")
        request = make(subject)
        async with _beating() as heartbeat:
            status, answer = await self.send(function, method, request)
        if status not in request.statuses:
            raise RuntimeError(f"{operation} answers {status}: {answer[:500]!r}")
        return heartbeat.longest

    async def send(self, function: str, method: str, request: WorstRequest) -> tuple[int, bytes]:
        """Status, and the first part of the answer."""
        sent: list[dict[str, Any]] = []
        messages = iter([{"type": "http.request", "body": request.body, "more_body": False}])
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            message = next(messages, None)
            if message is None:
                await gone.wait()  # the caller stays until the end
            return message or {"type": "http.disconnect"}

        async def send(message: Any) -> None:  # noqa: ANN401 - of ASGI
            sent[2:] = []
            sent.append(message)

        await self._apps[function](self._scope(method, request), receive, send)
        return sent[0]["status"], sent[1].get("body", b"") if len(sent) > 1 else b""

    def _scope(self, method: str, request: WorstRequest) -> dict[str, Any]:
        url = urlsplit(request.path)
        headers = {
            "authorization": f"Bearer {self._token}",
            "content-type": request.media_type,
            "content-length": str(len(request.body)),
        }
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": url.path,
            "raw_path": url.path.encode(),
            "root_path": "",
            "query_string": url.query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }


@asynccontextmanager
async def _beating() -> AsyncIterator[Heartbeat]:
    heartbeat = Heartbeat()
    task = asyncio.create_task(heartbeat.beat())
    await asyncio.sleep(5 * BEAT_SECONDS)
    yield heartbeat
    await asyncio.sleep(5 * BEAT_SECONDS)
    task.cancel()
