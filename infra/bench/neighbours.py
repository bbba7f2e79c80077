"""What others notice of one person who sends the most expensive requests, as many as the rate limit allows.

Each function is served by one process. Twenty people check in and read their history and their feed at a steady rate:
first alone, then beside a person who sends ten of the most expensive requests in parallel every six seconds. A latency
counts from the moment at which the request should start, so a late start does not hide a slow answer.
"""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import NamedTuple
from uuid import UUID

import httpx
import psycopg
import uvloop

from infra.bar import Bar
from infra.bench import stall_data
from infra.bench.checkins import CHECK_IN
from infra.bench.dataset import ADMIN, HISTORY, Issuer, insert_history
from infra.bench.served_function import BenchRequest, ServedFunction, serve_function
from infra.bench.workbench import SECONDS
from infra.bench.worst_requests import JSON, WORST, Subject
from infra.local.postgres import Server

DATABASE = "neighbours"
SEED = 1
PHASE_SECONDS = 12 * SECONDS
PEOPLE, INTERVAL_SECONDS = 20, 1.0  # between two requests of a person
BURST_SECONDS = 6.0  # between two bursts of ten requests: 100 a minute
BURST = (
    ("checkin POST /batch", "100,000 characters"),
    ("checkin POST /import", "20,000 lines"),
    ("checkin POST /import", "the longest lines"),
    ("checkin PATCH /{id:uuid}", "moved"),
    ("checkin GET /export.csv", ""),
    ("recommend GET /content", "the longest search"),
    ("recommend POST /interactions/batch", "200 entries"),
    ("plan POST /", "30 days of 5"),
    ("account PATCH /profile", ""),
    ("notify GET /inbox", "200 items"),
)
STEADY = (
    ("checkin", "POST", "/", json.dumps(CHECK_IN).encode()),
    ("checkin", "GET", "/?limit=50", b""),
    ("recommend", "GET", "/?mood=sad", b""),
)
SERVED = ("account", "checkin", "notify", "plan", "recommend")
WARM_REQUESTS = 100
LATE_SECONDS = 30  # for the last answers
SAMPLE_SECONDS = 0.01
INSERT_PEOPLE = "INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %s) RETURNING id"


class PlannedRequest(NamedTuple):
    seconds: float  # after the start
    make: Callable[[], httpx.Request]


class Answer(NamedTuple):
    status: int  # 0 if none came, or only a part
    ms: float


@dataclass(frozen=True)
class BusyPerson:
    """Sends bursts. It runs in a process of its own, whose work does not delay the client of the others."""

    urls: Mapping[str, str]
    token: str
    admin_dsn: str

    def send_bursts(self, subject: Subject, count: int) -> list[Answer]:
        with psycopg.connect(self.admin_dsn, autocommit=True) as admin:
            planned = [
                PlannedRequest(number * BURST_SECONDS, partial(self._request, admin, subject, *worst))
                for number in range(count)
                for worst in BURST
            ]
            return uvloop.run(_send_on_time(planned, count * BURST_SECONDS))

    def _request(self, admin: psycopg.Connection, subject: Subject, operation: str, variant: str) -> httpx.Request:
        function, method, _ = operation.split(" ")
        if operation == "plan POST /":
            admin.execute(stall_data.END_PLANS)  # a person has one plan at a time
        worst = WORST[operation][variant](subject)
        headers = _headers(self.token, worst.media_type)
        return httpx.Request(method, self.urls[function] + worst.path, content=worst.body, headers=headers)


def measure_neighbours(server: Server) -> Iterator[Bar]:
    with tempfile.TemporaryDirectory(prefix="mend-neighbours-") as home, ExitStack() as stack:
        issuer, person = Issuer(Path(home)), stall_data.build(server, DATABASE)
        admin = stack.enter_context(psycopg.connect(server.dsn(DATABASE, ADMIN), autocommit=True))
        environ = {"DATABASE_URL": server.dsn(DATABASE, "mend_app"), "MEND_HOME": home}
        functions = {name: stack.enter_context(_serve(name, environ)) for name in SERVED}
        urls = {name: function.url for name, function in functions.items()}
        others = _steady_requests(urls, [issuer.token(other) for other in _insert_people(admin)])
        busy_person = BusyPerson(urls, issuer.token(person), server.dsn(DATABASE, ADMIN))
        subject = _subject(admin, person, functions["plan"], busy_person.token)
        pool = stack.enter_context(ProcessPoolExecutor(1, get_context("spawn")))

        pool.submit(busy_person.send_bursts, subject, 1).result()  # the first requests of a process are slower
        uvloop.run(_send_on_time(others[:WARM_REQUESTS], PHASE_SECONDS))
        quiet, _ = uvloop.run(_watched(others, functions))
        burst_count = max(1, round(PHASE_SECONDS / BURST_SECONDS))
        sent = pool.submit(busy_person.send_bursts, stall_data.subject(admin, person), burst_count)
        beside, peaks = uvloop.run(_watched(others, functions))
        yield from _bars(quiet, beside, sent.result())
        for name, peak in peaks.items():
            yield Bar(f"the same: peak memory of {name}", peak / 2**20, None, 300, "resident", "MiB")


def _serve(name: str, environ: Mapping[str, str]) -> AbstractContextManager[ServedFunction]:
    return serve_function(name, f"functions/{name}/main.py", BenchRequest("/health"), environ)


def _insert_people(admin: psycopg.Connection) -> list[UUID]:
    people = [person for (person,) in admin.execute(INSERT_PEOPLE, (PEOPLE,)).fetchall()]
    for person in people:
        insert_history(admin, person, HISTORY, "6 hours")
    admin.execute("VACUUM ANALYZE")
    return people


def _subject(admin: psycopg.Connection, person: UUID, plan: ServedFunction, token: str) -> Subject:
    """The person's ids, after they have begun a plan."""
    body = WORST["plan POST /"]["30 days of 5"](stall_data.NOTHING).body
    status, answer = plan.send(BenchRequest("/", "POST", body, _headers(token, JSON)))
    if status != 201:  # noqa: PLR2004
        raise RuntimeError(f"{status}: {answer[:300]!r}")
    return stall_data.subject(admin, person)


def _steady_requests(urls: Mapping[str, str], tokens: Sequence[str]) -> list[PlannedRequest]:
    """The requests of the others, each at its time. Each person begins at a random moment."""
    chance = Random(SEED)  # noqa: S311 - the same times in every run
    planned = []
    for token in tokens:
        first = chance.uniform(0, INTERVAL_SECONDS)
        for number in range(round(PHASE_SECONDS / INTERVAL_SECONDS)):
            function, method, path, body = STEADY[number % len(STEADY)]
            make = partial(httpx.Request, method, urls[function] + path, content=body, headers=_headers(token, JSON))
            planned.append(PlannedRequest(first + number * INTERVAL_SECONDS, make))
    return sorted(planned, key=lambda request: request.seconds)


def _headers(token: str, media_type: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": media_type}


async def _watched(
    planned: Sequence[PlannedRequest], functions: Mapping[str, ServedFunction]
) -> tuple[list[Answer], dict[str, int]]:
    """The answers, and the peak memory of each function meanwhile."""
    peaks = dict.fromkeys(functions, 0)

    async def watch() -> None:
        while True:
            peaks.update({name: max(peaks[name], function.worker_memory) for name, function in functions.items()})
            await asyncio.sleep(SAMPLE_SECONDS)

    watching = asyncio.create_task(watch())
    answers = await _send_on_time(planned, PHASE_SECONDS + LATE_SECONDS)
    watching.cancel()
    return answers, peaks


async def _send_on_time(planned: Sequence[PlannedRequest], seconds: float) -> list[Answer]:
    """Send each request at its time, whether or not earlier ones have been answered. All end after `seconds`."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=None, verify=False) as client:  # noqa: S113, S501 - loopback
        start = asyncio.get_running_loop().time()
        sending = (_send(client, start + request.seconds, start + seconds, request.make) for request in planned)
        return await asyncio.gather(*sending)


async def _send(client: httpx.AsyncClient, at: float, deadline: float, make: Callable[[], httpx.Request]) -> Answer:
    loop, status = asyncio.get_running_loop(), 0
    await asyncio.sleep(at - loop.time())
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout_at(deadline):
            response = await client.send(make(), stream=True)
            async for _ in response.aiter_raw():
                pass  # an export is too large to keep
            status = response.status_code
    return Answer(status, (loop.time() - at) * 1000)


def _bars(quiet: Sequence[Answer], beside: Sequence[Answer], sent: Sequence[Answer]) -> Iterator[Bar]:
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(Counter(a.status for a in sent).items()))
    yield Bar("a person at the rate limit: requests", len(sent), None, None, f"in {PHASE_SECONDS} s: {statuses}")
    errors = sum(not 200 <= answer.status < 300 for answer in (*quiet, *beside))  # noqa: PLR2004 - any success
    note = f"{len(quiet)} requests before, {len(beside)} beside; seed {SEED}"
    yield Bar(f"{PEOPLE} others: errors", errors, None, 0, note)
    (quiet_p95, quiet_p99), (p95, p99) = _percentiles(quiet), _percentiles(beside)
    yield Bar(
        "the same: p95 over its quiet value", p95 / quiet_p95, None, 2, f"{p95:.1f} ms against {quiet_p95:.1f} ms"
    )
    note = f"{p99:.1f} ms against {quiet_p99:.1f} ms, ratio {p99 / quiet_p99:.2f}"
    yield Bar("the same: p99 above its quiet value", p99 - quiet_p99, None, 50, note, "ms")


def _percentiles(answers: Sequence[Answer]) -> tuple[float, float]:
    """The 95th and the 99th."""
    cuts = quantiles([answer.ms for answer in answers], n=100)
    return cuts[94], cuts[98]
