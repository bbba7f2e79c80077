"""Sixty people use `mend run` over HTTP while faults happen to it. Then nothing is lost, repeated or out of date."""

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid5

import httpx
import psycopg
from pydantic import SecretStr

from infra.local.issuer import PEOPLE, sign_in
from infra.local.postgres import ADMIN, Server
from infra.soak.checks import Check, run_checks
from infra.soak.faults import Victim, start
from infra.soak.local_stack import SmallDisk, small_disk, wait_for_the_keeper
from infra.soak.people import Person
from shared.db import Database
from shared.settings import Settings

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))  # noqa: TID251 - a soak test is no function
SEED = int(os.environ.get("SEED", random.randrange(10**6)))  # noqa: TID251, S311 - the same
COUNT = 60
REQUESTS_PER_SECOND = 20
DISK_MEBIBYTES = 512
ANSWER_SECONDS = 30  # longer than Mend works on a request, so that no request is repeated while it runs
SETTLE_SECONDS = 300
DAY_MINUTES = 24 * 60


def run() -> bool:
    """Print the seed, how many faults of each kind there were, and a line for each check. Return whether all passed."""
    print(f"{COUNT} people use a stack that faults happen to, {SECONDS:.0f} s, SEED={SEED}", flush=True)
    log = Path(tempfile.mkdtemp(prefix="mend-soak-log-")) / "stack.log"
    with tempfile.TemporaryDirectory(prefix="mend-soak-") as folder, ExitStack() as mounted:
        home, port = Path(folder), _free_port()
        disk = _mount(home, mounted)
        victim = Victim(home, port, log, start(home, port, log), _random("faults"), disk)
        print(f"      the log of the stack: {log}", flush=True)
        try:
            checks = asyncio.run(_trial(victim))
        except TimeoutError:
            checks = [Check("requests, all answered once the faults ended", 0, [f"not after {SETTLE_SECONDS} s"])]
        finally:
            _end(victim)
    print(*checks, sep="\n", flush=True)
    if any(check.faults for check in checks):
        return False
    shutil.rmtree(log.parent)
    return True


def _mount(home: Path, mounted: ExitStack) -> SmallDisk | None:
    try:
        return mounted.enter_context(small_disk(home, DISK_MEBIBYTES))
    except (FileNotFoundError, subprocess.CalledProcessError):
        print("      the disk does not become full: only root may mount a small one", flush=True)
        return None


def _random(name: str) -> random.Random:
    return random.Random(f"{SEED} {name}")  # noqa: S311 - not for security


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


async def _trial(victim: Victim) -> list[Check]:
    """Use the stack while faults happen, then check until everything is right or `SETTLE_SECONDS` are over."""
    owner_dsn = await _started(victim)
    database = Database(_settings(victim))
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{victim.port}", timeout=ANSWER_SECONDS, limits=limits
    ) as client:
        people = _people(victim, client, owner_dsn)
        ends_at = time.monotonic() + SECONDS
        async with asyncio.timeout(SECONDS + SETTLE_SECONDS), asyncio.TaskGroup() as tasks:
            faults = tasks.create_task(victim.suffer(ends_at))
            for person in people:
                tasks.create_task(person.live(COUNT / REQUESTS_PER_SECOND, ends_at))
    print(f"      {dict(faults.result())}; starts that failed and were repeated: {victim.repeated_starts}", flush=True)
    return await _settled(people, owner_dsn, database)


async def _started(victim: Victim) -> str:
    """Wait until the stack serves, and return the DSN of the owner of its database."""
    async with httpx.AsyncClient() as client:
        while not await _is_healthy(client, f"http://127.0.0.1:{victim.port}/checkin/health"):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
    server = Server(victim.home)
    with psycopg.connect(server.dsn(user=ADMIN), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET max_wal_size = '128MB'")  # so that the log does not fill the small disk
        admin.execute("SELECT pg_reload_conf()")
    return server.dsn()


async def _is_healthy(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


def _settings(victim: Victim) -> Settings:
    dsn = Server(victim.home).dsn(user="mend_app")
    return Settings(mend_home=victim.home, database_url=SecretStr(dsn))


def _people(victim: Victim, client: httpx.AsyncClient, owner_dsn: str) -> list[Person]:
    answers, unexpected = Counter[str](), Counter[str]()
    settings = Settings(mend_home=victim.home)
    people = []
    for number in range(COUNT):
        email = f"person-{number}@example.com"
        token = sign_in(settings, owner_dsn, email, admin=False, minutes=DAY_MINUTES)
        people.append(Person(uuid5(PEOPLE, email), token, client, _random(email), answers, unexpected))
    return people


async def _settled(people: Sequence[Person], owner_dsn: str, database: Database) -> list[Check]:
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        checks = await run_checks(people, owner_dsn, database)
        if time.monotonic() > deadline or not any(check.faults for check in checks):
            await database.close()
            return checks
        await asyncio.sleep(2)


def _end(victim: Victim) -> None:
    """End the stack, and wait until nothing uses its folder."""
    victim.process.send_signal(signal.SIGCONT)
    victim.process.send_signal(signal.SIGINT)
    victim.process.wait()
    wait_for_the_keeper(victim.home)


if __name__ == "__main__":
    sys.exit(not run())
