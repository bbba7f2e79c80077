"""A reply whose end is committed, although the connection to Postgres breaks before the answer to COMMIT."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from shared.settings import Settings
from tests.conftest import Client, Clone
from tests.integration.companion.conftest import Begin, send
from tests.integration.companion.test_budget import COST, SPENT, model

__all__ = ["model"]  # a fixture

END = b"alive_until = NULL"  # in the statement that ends a reply
CHUNK = 64 * 1024


class CutConnection:
    """Passes on what Mend and Postgres say, until Postgres answers the first COMMIT after `END`."""

    def __init__(self, postgres: Path) -> None:
        self._postgres = postgres
        self._ends = self._is_commit = self.was_cut = False

    async def pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_unix_connection(self._postgres)
        with closing(writer), closing(requests):
            await asyncio.gather(self._ask(reader, requests), self._answer(answers, writer))

    async def _ask(self, reader: asyncio.StreamReader, requests: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            self._ends = self._ends or END in data
            self._is_commit = self._ends and b"COMMIT" in data
            requests.write(data)
        requests.close()

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await answers.read(CHUNK):
            if self._is_commit and not self.was_cut:
                self.was_cut = True
                break
            writer.write(data)
        writer.close()


@pytest.fixture
async def connection(database: Clone, tmp_path: Path) -> AsyncIterator[CutConnection]:
    folder = database.server.socket_folder
    [socket] = folder.glob(".s.PGSQL.*[0-9]")
    cut = CutConnection(socket)
    async with await asyncio.start_unix_server(cut.pipe, tmp_path / socket.name):
        yield cut


@pytest.fixture
def settings(settings: Settings, connection: CutConnection, database: Clone, tmp_path: Path) -> Settings:
    dsn = database.dsn().replace(quote(str(database.server.socket_folder)), quote(str(tmp_path)))
    environ = {**settings.environ, "AI_MONTHLY_BUDGET": "1"}
    return settings.model_copy(update={"database_url": SecretStr(dsn), "environ": environ})


async def test_a_reply_is_settled_once_though_its_commit_was_not_answered(
    me: Client, begin: Begin, connection: CutConnection, database: Clone
) -> None:
    """Otherwise the sums of the day and of the month would sink below what was spent."""
    path = await begin()

    exchange = await send(me, path, "Hello")

    [day] = (await me.get("/usage")).json()["days"]
    assert connection.was_cut
    assert exchange["reply"]["status"] == "done"
    assert day["cost_micros"] == database.value(SPENT) == COST
