"""A caller's connection ends at any point of a request: the request takes effect as a whole, or not at all."""

import asyncio
import json
import random
import socket
import struct
from uuid import UUID

from tests.conftest import Clone
from tests.faults.conftest import Serve, SignIn
from tests.faults.postgres_state import DRAFT, show
from tests.faults.serving import until

CALLERS = 200
LONGEST_WAIT_SECONDS = 0.02
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by a reset, as a phone that loses its network

EFFECTS = """
    SELECT u.id,
           (SELECT count(*) FROM public.mood_entries WHERE user_id = u.id),
           (SELECT count(*) FROM public.recommendations WHERE user_id = u.id),
           (SELECT count(*) FROM mend.outbox WHERE user_id = u.id),
           (SELECT coalesce(sum(current), 0) FROM public.user_streaks WHERE user_id = u.id)
    FROM auth.users AS u
"""
IDLE_IN_TRANSACTION = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%%'
      AND state_change < clock_timestamp() - interval '1 second'
"""
IN_TRANSACTION = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'mend_app' AND state <> 'idle'
"""


async def test_a_request_whose_caller_has_left_happens_wholly_or_not_at_all(
    serve: Serve, database: Clone, sign_in: SignIn
) -> None:
    """Entry, recommendations, event and streak exist together or not; no connection is left behind in a transaction."""
    function = serve("checkin")
    chance = random.Random(20)  # noqa: S311 - repeatable, not secret
    people = [sign_in() for _ in range(CALLERS)]
    turns = asyncio.Semaphore(16)
    watching = asyncio.create_task(_watch(database))

    async def call_and_leave(token: str) -> None:
        async with turns:
            await _leave(function.address, _request(token), chance)

    await asyncio.gather(*(call_and_leave(token) for _, token in people))
    tokens = [sign_in()[1] for _ in range(20)]
    async with function.client() as app:
        headers = [{"Authorization": f"Bearer {token}"} for token in tokens]
        answers = await asyncio.gather(*(app.post("/", json=DRAFT, headers=person) for person in headers))
    await until(lambda: database.value(IN_TRANSACTION) == 0)
    assert not watching.done()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    left: set[UUID] = {person for person, _ in people}
    effects = [row[1:] for row in database.rows(EFFECTS) if row[0] in left]
    show(f"of {CALLERS} requests {effects.count((1, 1, 1, 1))} happened")
    assert set(effects) == {(0, 0, 0, 0), (1, 1, 1, 1)}
    assert {answer.status_code for answer in answers} == {201}


def _request(token: str) -> bytes:
    body = json.dumps(DRAFT).encode()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _leave(address: tuple[str, int], request: bytes, chance: random.Random) -> None:
    """Send a part or all of a request, wait a random time, and reset the connection."""
    _, writer = await asyncio.open_connection(*address)
    is_complete = chance.random() < 0.7
    writer.write(request if is_complete else request[: chance.randrange(len(request))])
    await writer.drain()
    await asyncio.sleep(chance.uniform(0, LONGEST_WAIT_SECONDS))
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.close()


async def _watch(database: Clone) -> None:
    while True:
        assert await asyncio.to_thread(database.value, IDLE_IN_TRANSACTION) == 0
        await asyncio.sleep(0.1)
