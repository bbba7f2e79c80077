"""A long export is sent page by page: complete to a reader, and ended when the caller leaves."""

import csv
import io
import socket
import struct

import pytest

from tests.conftest import Clone
from tests.faults.conftest import Serve, SignIn
from tests.faults.postgres_state import show
from tests.faults.serving import until

ENTRIES = 60_500
READ_BYTES = 500_000  # several pages, and far from all
FILL = """
    INSERT INTO public.mood_entries
        (user_id, id, mood, intensity, note, factors, occurred_at, timezone, local_date, source, edited_at)
    SELECT %s, gen_random_uuid(), 'calm', 5, repeat('word ', 20), '{walk}', moment, 'UTC', moment::date, 'app', moment
    FROM generate_series(1, %s) AS number,
         LATERAL (SELECT '2020-01-01Z'::timestamptz + number / 3 * interval '1 h') AS t (moment)
"""
IN_TRANSACTION = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'mend_app' AND state <> 'idle'
"""
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by a reset, as a phone that loses its network


@pytest.fixture
def author(database: Clone, sign_in: SignIn) -> str:
    """The token of a person with more entries than one page of an export, some of them of one moment."""
    person, token = sign_in()
    with database.admin() as conn:
        conn.execute(FILL, (person, ENTRIES))
    return token


async def test_a_long_export_has_every_entry_once(serve: Serve, author: str) -> None:
    """In order, also where a page ends between entries of one moment. The worker holds one page at a time."""
    function = serve("checkin")
    async with function.client(author) as app:
        await app.get("/export.csv", params={"unknown": "1"})
        before = function.worker.memory_info().rss
        async with app.stream("GET", "/export.csv") as response:
            content = b"".join([chunk async for chunk in response.aiter_bytes()])
        grown = function.worker.memory_info().rss - before

    show(f"{len(content) / 2**20:.0f} MiB sent, {grown / 2**20:.1f} MiB more held")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    moments = [row["occurred_at"] for row in rows]
    assert len({row["id"] for row in rows}) == len(rows) == ENTRIES
    assert moments == sorted(moments)


async def test_an_export_ends_with_its_caller(serve: Serve, author: str, database: Clone) -> None:
    """No transaction stays open while the caller does not read, or when they are gone."""
    function = serve("checkin")
    with socket.create_connection(function.address) as caller:
        caller.sendall(f"GET /export.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {author}\r\n\r\n".encode())
        received = 0
        while received < READ_BYTES:
            received += len(caller.recv(4096))
        await until(lambda: database.value(IN_TRANSACTION) == 0)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    async with function.client(author) as app:
        answer = await app.get("/streak")

    await until(lambda: database.value(IN_TRANSACTION) == 0)
    assert answer.status_code == 200
