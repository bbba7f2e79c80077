"""Postgres restarts, or has no free connection: requests get a 503, and are soon served again."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest
from psycopg_pool import PoolTimeout, TooManyRequests
from pydantic import SecretStr

from infra.local.postgres import Server, running
from infra.migrate import migrate
from infra.seed import seed
from shared.db import Database
from shared.services import Services
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, Clone, Issuer, sign_up
from tests.faults.postgres_state import DRAFT
from tests.faults.serving import served, until

WRITERS = 8


@dataclass
class Writer:
    """Checks in repeatedly, and stores the answers."""

    app: httpx.AsyncClient
    answers: list[httpx.Response] = field(default_factory=list)

    async def write(self) -> None:
        while True:
            self.answers.append(await self.app.post("/", json=DRAFT))

    @property
    def recorded(self) -> list[str]:
        return [answer.json()["mood_id"] for answer in self.answers if answer.status_code == 201]

    @property
    def refused(self) -> list[httpx.Response]:
        return [answer for answer in self.answers if answer.status_code != 201]


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server of this test alone, and a durable one: acknowledged writes must survive a crash."""
    with tempfile.TemporaryDirectory(prefix="mend-") as home, running(Path(home)) as server:
        server.create_database("mend")
        migrate(server.dsn("mend"))
        seed(server.dsn("mend"))
        yield server


def stop(server: Server) -> None:
    server.stop()


def crash(server: Server) -> None:
    ((data_folder,),) = Clone(server, "mend").rows("SHOW data_directory")
    pid = int((Path(data_folder) / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(("end", "refusals"), [(stop, 1), (crash, 0)])
async def test_a_restart_of_postgres_loses_no_acknowledged_write(
    own_server: Server, settings: Settings, issuer: Issuer, end: Callable[[Server], None], refusals: int
) -> None:
    """Meanwhile requests get a 503 with Retry-After; afterwards they are served."""
    database = Clone(own_server, "mend")
    own_settings = settings.model_copy(update={"database_url": SecretStr(database.dsn()), "pool_size": 2})
    async with AsyncExitStack() as apps, asyncio.TaskGroup() as group:
        function = apps.enter_context(served("checkin", own_settings))
        tokens = [issuer.token(sign_up(database)) for _ in range(WRITERS)]
        writers = [Writer(await apps.enter_async_context(function.client(token))) for token in tokens]
        tasks = [group.create_task(writer.write()) for writer in writers]
        await _more_recorded(writers)
        await asyncio.to_thread(end, own_server)
        await until(lambda: all(len(writer.refused) >= refusals for writer in writers))
        await asyncio.to_thread(own_server.start)
        await _more_recorded(writers)
        for task in tasks:
            task.cancel()

    failed = [answer for writer in writers for answer in writer.refused]
    recorded = {mood_id for writer in writers for mood_id in writer.recorded}
    assert {answer.status_code for answer in failed} <= {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in failed)
    stored = {str(row[0]) for row in database.rows("SELECT id FROM public.mood_entries")}
    assert recorded <= stored
    assert len(stored) <= len(recorded) + len(failed) + WRITERS  # nothing twice: the last are those given up above
    assert len(stored) == database.value("SELECT count(*) FROM mend.outbox")


async def _more_recorded(writers: list[Writer]) -> None:
    goals = [len(writer.recorded) + 3 for writer in writers]
    await until(lambda: all(len(w.recorded) >= goal for w, goal in zip(writers, goals, strict=True)))


class TestExhaustedPool:
    """Every connection is in use for longer than a request waits."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"pool_size": 2})

    async def test_requests_are_refused_and_served_at_once_afterwards(
        self, services: Services, me: Client, client_for: ClientFactory
    ) -> None:
        """A caller gets a 503 with Retry-After, and the next one is served as soon as connections are free."""
        async with AsyncExitStack() as held:
            for _ in range(2):
                await held.enter_async_context(services.database.service())
            refused = await asyncio.gather(
                *(client_for().post("/", json=DRAFT) for _ in range(20)),
                me.get("/moods"),
                client_for(signed_in=False).get("/streak"),
            )
        answer = await me.post("/", json=DRAFT)

        assert {r.status_code for r in refused[:21]} == {503}
        assert all(int(r.headers["Retry-After"]) > 0 for r in refused[:21])
        assert refused[21].status_code == 401
        assert answer.status_code == 201


async def answers(database: Database) -> bool:
    try:
        await database.ping()
    except (psycopg.OperationalError, PoolTimeout, TooManyRequests):
        return False
    return True


async def test_a_process_recovers_however_many_requests_have_given_up(database: Clone, settings: Settings) -> None:
    """They stay in the queue of the pool. When it is full, the pool is replaced, so that the process connects again."""
    socket_folder = Path(database.server.socket_folder)
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        dsn = database.dsn().replace(quote(str(socket_folder)), quote(folder))
        away = Database(settings.model_copy(update={"database_url": SecretStr(dsn)}))
        for _ in range(2):
            assert not any(await asyncio.gather(*(answers(away) for _ in range(200))))

        [socket] = socket_folder.glob(".s.PGSQL.*[0-9]")  # noqa: ASYNC240 - nothing else runs meanwhile
        (Path(folder) / socket.name).symlink_to(socket)

        async with asyncio.timeout(30):
            while not await answers(away):  # noqa: ASYNC110 - each attempt is a request
                await asyncio.sleep(0.05)
        await away.close()
