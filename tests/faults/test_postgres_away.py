"""Postgres restarts, or has no connection to spare: requests are refused kindly, and soon served again."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx
import pytest

from shared.services import Services
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, Clone
from tests.faults.conftest import Serve, SignIn
from tests.faults.looks import DRAFT, show
from tests.faults.serving import until

WRITERS = 8
OUTAGE_SECONDS = 4
GOOD_AGAIN_SECONDS = 2.0
REFUSED_WITHIN_SECONDS = 2.0


@dataclass
class Writer:
    """Checks in again and again, and remembers what it was told."""

    app: httpx.AsyncClient
    answers: list[tuple[float, httpx.Response]] = field(default_factory=list)

    async def write(self) -> None:
        while True:
            answer = await self.app.post("/", json=DRAFT)
            self.answers.append((time.monotonic(), answer))

    @property
    def recorded(self) -> list[str]:
        return [answer.json()["mood_id"] for _, answer in self.answers if answer.status_code == 201]


async def test_a_restart_of_postgres_loses_no_acknowledged_write(
    serve: Serve, database: Clone, sign_in: SignIn
) -> None:
    """While it is away requests get a 503 that says when to come back; soon after its return all is well."""
    function = serve("checkin")
    async with AsyncExitStack() as apps, asyncio.TaskGroup() as group:
        writers = [Writer(await apps.enter_async_context(function.client(sign_in()[1]))) for _ in range(WRITERS)]
        tasks = [group.create_task(writer.write()) for writer in writers]
        await _more_recorded(writers)
        await asyncio.to_thread(database.server.stop)
        await asyncio.sleep(OUTAGE_SECONDS)
        await asyncio.to_thread(database.server.start)
        ready = time.monotonic()
        await _more_recorded(writers)
        await asyncio.sleep(max(0.0, ready + GOOD_AGAIN_SECONDS + 0.5 - time.monotonic()))
        for task in tasks:
            task.cancel()

    answers = [answer for writer in writers for answer in writer.answers]
    failed = [(when, answer) for when, answer in answers if answer.status_code != 201]
    good_again = max(when for when, _ in failed) - ready
    recorded = {mood_id for writer in writers for mood_id in writer.recorded}
    show(f"{len(recorded)} recorded, {len(failed)} refused, good again {good_again:+.2f} s after Postgres is ready")
    assert {answer.status_code for _, answer in failed} == {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for _, answer in failed)
    assert max(answer.elapsed.total_seconds() for _, answer in failed) < REFUSED_WITHIN_SECONDS
    assert good_again < GOOD_AGAIN_SECONDS
    stored = {str(row[0]) for row in database.rows("SELECT id FROM public.mood_entries")}
    assert recorded <= stored
    assert len(stored) == database.value("SELECT count(*) FROM mend.outbox")


async def _more_recorded(writers: list[Writer]) -> None:
    goals = [len(writer.recorded) + 3 for writer in writers]
    await until(lambda: all(len(w.recorded) >= goal for w, goal in zip(writers, goals, strict=True)), 15)


class TestExhaustedPool:
    """Every connection is in use, for longer than anybody would wait."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"pool_size": 2})

    async def test_requests_are_refused_in_time_and_served_at_once_afterwards(
        self, services: Services, me: Client, client_for: ClientFactory
    ) -> None:
        """A caller gets a 503 with Retry-After within two seconds, and the queue is gone when connections are free."""
        async with AsyncExitStack() as held:
            for _ in range(2):
                await held.enter_async_context(services.database.service())
            began = time.monotonic()
            refused = await asyncio.gather(
                *(me.post("/", json=DRAFT) for _ in range(20)),
                me.get("/moods"),
                client_for(signed_in=False).get("/streak"),
            )
            waited = time.monotonic() - began
        began = time.monotonic()
        answer = await me.post("/", json=DRAFT)
        recovered = time.monotonic() - began

        show(f"refused within {waited:.2f} s, recovered within {recovered * 1000:.0f} ms")
        assert {r.status_code for r in refused[:21]} == {503}
        assert all(int(r.headers["Retry-After"]) > 0 for r in refused[:21])
        assert refused[21].status_code == 401
        assert waited < REFUSED_WITHIN_SECONDS
        assert answer.status_code == 201
        assert recovered < 0.5
