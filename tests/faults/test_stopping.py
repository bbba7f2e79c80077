"""An instance gets SIGTERM while requests are running."""

import asyncio
import socket

import psutil
from pydantic import SecretStr

from tests.conftest import Clone
from tests.faults.conftest import Intruder, Serve, SignIn
from tests.faults.postgres_state import DRAFT, WAITING, let_wait
from tests.faults.serving import until

IN_FLIGHT = 50


async def test_an_instance_that_is_told_to_stop_answers_what_it_has_begun(
    serve: Serve, database: Clone, sign_in: SignIn, intruder: Intruder
) -> None:
    """Fifty requests are held up inside their transactions when SIGTERM comes: all are answered, then it ends."""
    let_wait(database)
    function = serve("checkin", pool_size=IN_FLIGHT, request_seconds=60.0)
    await intruder.execute("LOCK TABLE public.mood_entries IN ACCESS EXCLUSIVE MODE")
    clients = [function.client(sign_in()[1]) for _ in range(IN_FLIGHT)]
    requests = [asyncio.create_task(client.post("/", json=DRAFT)) for client in clients]
    await until(lambda: database.value(WAITING) == IN_FLIGHT)

    function.process.terminate()
    await until(lambda: not _listening(function.master))
    await intruder.rollback()
    answers = await asyncio.gather(*requests, return_exceptions=True)
    ended = await asyncio.to_thread(function.process.wait, 60)

    assert [getattr(answer, "status_code", answer) for answer in answers] == [201] * IN_FLIGHT
    assert ended == 0
    assert database.value("SELECT count(*) FROM public.mood_entries") == IN_FLIGHT
    for client in clients:
        await client.aclose()


async def test_an_instance_ends_although_postgres_does_not_answer(serve: Serve) -> None:
    """Its pool is connecting to an address that accepts connections and says nothing. SIGTERM is enough."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://mend_app@127.0.0.1:{silent.getsockname()[1]}/mend"
        function = serve("checkin", database_url=SecretStr(url))
        async with function.client() as client:
            assert (await client.get("/health")).status_code == 503
        worker = function.worker

        function.process.terminate()
        ended = await asyncio.to_thread(function.process.wait, 60)

    assert ended == 0
    assert not worker.is_running()


def _listening(master: psutil.Process) -> bool:
    return any(c.status == psutil.CONN_LISTEN for p in (master, *master.children()) for c in p.net_connections("tcp4"))
