"""A burst of check-ins against `mend run`: how many requests of all functions it causes, and when all is handled.

Wakes of the relay are counted as on Supabase: `net.http_post` of `pg_net` is replaced by a function that counts, and
then wakes the relay of the local stack.
"""

import asyncio
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString, NamedTuple

import httpx
import psycopg

from infra.bar import Bar
from infra.bench.checkins import CHECK_IN
from infra.bench.served_function import ROOT, START_SECONDS, BenchRequest, free_port, pause, send
from infra.local.issuer import sign_in
from infra.local.postgres import ADMIN, Server
from infra.soak.local_stack import COMMAND, environment, wait_for_the_keeper
from shared.settings import Settings

CHECK_INS = 3_000
PEOPLE = 300
CLIENTS = 16
TOKEN_MINUTES = 60
SETTLE_SECONDS = 600
LOOK_SECONDS = 0.05

COUNT_WAKES: LiteralString = """
    CREATE SCHEMA net;
    CREATE SEQUENCE net.wakes;
    CREATE FUNCTION net.http_post(url text, body jsonb, headers jsonb, timeout_milliseconds integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
    AS $$ SELECT pg_notify('mend_outbox', ''); SELECT nextval('net.wakes') $$;
    GRANT USAGE ON SCHEMA net TO PUBLIC;
    INSERT INTO mend.relay_target (url, secret) VALUES ('http://relay.local', 'none');
"""
WAKES: LiteralString = "SELECT last_value - (NOT is_called)::int FROM net.wakes"
# Ticks of schedules come anyway.
DELIVERIES: LiteralString = """
    SELECT function, sum(attempts + 1)::int FROM local.deliveries
    WHERE message ->> 'subscription' NOT LIKE 'local/schedule-%' GROUP BY function
"""
IS_HANDLED: LiteralString = """
    SELECT NOT EXISTS (SELECT FROM mend.outbox WHERE published_at IS NULL) AND NOT EXISTS (
        SELECT FROM local.deliveries
        WHERE delivered_at IS NULL AND message ->> 'subscription' NOT LIKE 'local/schedule-%'
    )
"""


class Burst(NamedTuple):
    check_ins: int
    check_in_seconds: float
    seconds_until_handled: float  # after the last check-in
    requests: Mapping[str, int]  # by function

    @property
    def bar(self) -> Bar:
        requests = ", ".join(f"{count:,} {name}" for name, count in sorted(self.requests.items()))
        what = f"{self.check_ins:,} check-ins in a burst: all handled, after the last"
        note = f"sent in {self.check_in_seconds:.1f} s; requests: {requests}"
        return Bar(what, self.seconds_until_handled, None, 15, note, "s")


def measure_burst() -> Burst:
    with tempfile.TemporaryDirectory(prefix="mend-burst-") as folder, _stack(Path(folder)) as url:
        server = Server(Path(folder))
        settings = Settings(mend_home=Path(folder))
        tokens = [
            sign_in(settings, server.dsn(), f"person-{n}@example.com", admin=False, minutes=TOKEN_MINUTES)
            for n in range(PEOPLE)
        ]
        with psycopg.connect(server.dsn(user=ADMIN), autocommit=True) as admin:
            admin.execute(COUNT_WAKES)
            _await_quiet(admin)  # new people cause events, too
            before = _requests(admin)
            started = time.perf_counter()
            asyncio.run(_check_in(url, tokens))
            sent = time.perf_counter()
            _await_quiet(admin)
            handled = time.perf_counter()
            requests = _requests(admin) - before + Counter(checkin=CHECK_INS)
    return Burst(CHECK_INS, sent - started, handled - sent, requests)


def _await_quiet(admin: psycopg.Connection) -> None:
    """Wait until all events are handled, or so long that the bar is missed by far."""
    deadline = time.perf_counter() + SETTLE_SECONDS
    while admin.execute(IS_HANDLED).fetchone() != (True,) and time.perf_counter() < deadline:
        pause(LOOK_SECONDS)


def _requests(admin: psycopg.Connection) -> Counter[str]:
    """How many requests each function has got."""
    counts: Counter[str] = Counter(dict(admin.execute(DELIVERIES).fetchall()))
    (counts["relay"],) = admin.execute(WAKES).fetchone() or (0,)
    return counts


async def _check_in(url: str, tokens: Sequence[str]) -> None:
    """Some clients check in, one after the other, for person after person."""
    turns = iter(range(CHECK_INS))

    async def client() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            for turn in turns:
                headers = {"Authorization": f"Bearer {tokens[turn % len(tokens)]}"}
                (await http.post("/checkin", json=CHECK_IN, headers=headers)).raise_for_status()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


@contextmanager
def _stack(home: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [*COMMAND, "run"], cwd=ROOT, env=environment(home, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_health(url)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        wait_for_the_keeper(home)


def _await_health(url: str) -> None:
    deadline = time.perf_counter() + 3 * START_SECONDS
    while time.perf_counter() < deadline:
        try:
            if send(url, BenchRequest("/checkin/health"))[0] == 200:  # noqa: PLR2004
                return
        except OSError:
            pause(LOOK_SECONDS)
    raise RuntimeError("mend run does not answer")
