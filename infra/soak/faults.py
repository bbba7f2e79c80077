"""Faults of `mend run` and of what it needs: processes are killed or frozen, a table is locked, the disk is full."""

import asyncio
import random
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from psycopg import AsyncConnection, Error

from infra.errors import UserError
from infra.local.postgres import ADMIN, Server
from infra.registry import ROOT
from infra.soak.local_stack import COMMAND, SmallDisk, environment, kill_postgres, postgres_of

LONGEST_SECONDS = 8.0
BETWEEN_SECONDS = 8.0
REFUSAL = 1_000  # characters at the end of the log, with which a start that fails says why
START_SECONDS = 10.0  # in which a start has failed, if it does
LOCK = "LOCK TABLE public.mood_entries IN EXCLUSIVE MODE"


@dataclass
class Victim:
    """A running stack that faults happen to."""

    home: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes]
    chance: random.Random
    disk: SmallDisk | None
    repeated_starts: int = 0

    async def suffer(self, ends_at: float) -> Counter[str]:
        """Let faults happen at random moments, every kind as often as every other. Returns how many there were."""
        kinds = [kill_database, freeze_database, kill_stack, freeze_stack, lock_entries]
        if self.disk:
            kinds.append(fill_disk)
        happened: Counter[str] = Counter()
        while (pause := self.chance.uniform(0, BETWEEN_SECONDS)) < ends_at - time.monotonic():
            await asyncio.sleep(pause)
            self.start_again()
            if happened.total() % len(kinds) == 0:
                self.chance.shuffle(kinds)
            fault: Callable[[Victim], Awaitable[None]] = kinds[happened.total() % len(kinds)]
            await fault(self)
            happened[fault.__name__] += 1
        await asyncio.sleep(START_SECONDS)
        self.start_again()
        return happened

    def start_again(self) -> None:
        """Start the stack if its start has failed, as one says whose Postgres is killed. Raises if it crashed."""
        if self.process.poll() is None:
            return
        if "\nmend: " not in self.log.read_text(encoding="utf-8")[-REFUSAL:]:
            raise RuntimeError("the stack has crashed")
        self.process = start(self.home, self.port, self.log)
        self.repeated_starts += 1

    async def a_while(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, LONGEST_SECONDS))


def start(home: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        return subprocess.Popen([*COMMAND, "run"], cwd=ROOT, env=environment(home, port), stdout=file, stderr=file)


async def kill_database(victim: Victim) -> None:
    kill_postgres(victim.home)


async def freeze_database(victim: Victim) -> None:
    servers = postgres_of(victim.home)
    with suppress(psutil.NoSuchProcess):
        await freeze(victim, [*servers, *(child for server in servers for child in server.children(recursive=True))])


async def kill_stack(victim: Victim) -> None:
    victim.process.kill()
    victim.process.wait()
    await victim.a_while()
    victim.process = start(victim.home, victim.port, victim.log)


async def freeze_stack(victim: Victim) -> None:
    await freeze(victim, [psutil.Process(victim.process.pid)])


async def freeze(victim: Victim, processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    await victim.a_while()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()


async def lock_entries(victim: Victim) -> None:
    """Make every change of an entry wait, as a slow migration would."""
    with suppress(Error, UserError):  # Postgres is still starting after the last fault
        async with await AsyncConnection.connect(Server(victim.home).dsn(user=ADMIN)) as conn:
            await conn.execute(LOCK)
            await victim.a_while()


async def fill_disk(victim: Victim) -> None:
    if victim.disk:
        await asyncio.to_thread(victim.disk.fill)
        await victim.a_while()
        victim.disk.make_room()
