"""The export of a large account, and its import into a new one: time, first byte, and memory of the process."""

import json
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import psycopg

from infra.bar import Bar
from infra.bench.dataset import ADMIN, Issuer
from infra.bench.served_function import BenchRequest, ServedFunction, pause, serve_function
from infra.local.postgres import Server
from infra.migrate import migrate
from infra.seed import seed

DATABASE = "archives"
ENTRIES, INTERACTIONS, MESSAGES = 10_000, 2_000, 300
PIECE = 64 * 1024
MIB = 2**20
SAMPLE_SECONDS = 0.01
HISTORY = (
    """
    INSERT INTO public.mood_entries
        (user_id, id, mood, intensity, note, factors, occurred_at, timezone, local_date, edited_at)
    SELECT %(person)s, gen_random_uuid(), 'sad', 1 + i %% 10, repeat(md5(i::text) || ' ', 12), ARRAY['work', 'run'], at,
           'UTC', at::date, at
    FROM generate_series(1, %(entries)s) AS i, LATERAL (SELECT now() - i * interval '1 hour' AS at) AS moment
    """,
    """
    INSERT INTO public.user_interactions (user_id, id, content_id, kind, occurred_at, recorded_at)
    SELECT %(person)s, gen_random_uuid(), (SELECT id FROM public.content LIMIT 1), 'complete', at, at
    FROM generate_series(1, %(interactions)s) AS i, LATERAL (SELECT now() - i * interval '1 hour' AS at) AS moment
    """,
    """
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at, state, title, body)
    SELECT %(person)s, gen_random_uuid(), 'plan', '2026-01-01', i, '10:00', now(), 'sent', 'A title', 'A text'
    FROM generate_series(1, %(messages)s) AS i
    """,
)


class Download(NamedTuple):
    seconds: float
    first_byte_seconds: float
    content: bytes


def measure_archives(server: Server) -> Iterator[Bar]:
    server.create_database(DATABASE)
    migrate(server.dsn(DATABASE))
    seed(server.dsn(DATABASE))
    nobody, owner, heir = (uuid4() for _ in range(3))
    with psycopg.connect(server.dsn(DATABASE, ADMIN)) as conn:
        for person in (nobody, owner, heir):
            conn.execute("INSERT INTO auth.users (id, email) VALUES (%s, %s)", (person, f"{person}@example.org"))
        params = {"person": owner, "entries": ENTRIES, "interactions": INTERACTIONS, "messages": MESSAGES}
        for statement in HISTORY:
            conn.execute(statement, params)
    with tempfile.TemporaryDirectory(prefix="mend-bench-") as home:
        yield from _measure(server, Path(home), nobody, owner, heir)


def _measure(server: Server, home: Path, nobody: UUID, owner: UUID, heir: UUID) -> Iterator[Bar]:
    issuer = Issuer(home)
    headers = {person: {"Authorization": f"Bearer {issuer.token(person)}"} for person in (nobody, owner, heir)}
    environ = {"DATABASE_URL": server.dsn(DATABASE, "mend_app"), "MEND_HOME": str(home)}
    first = BenchRequest("/profile", headers=headers[nobody])
    with serve_function("account", "functions/account/main.py", first, environ) as account:
        _download(account, headers[nobody])  # what the first archive loads is no part of an archive
        with _peak_memory(account) as grown:
            archive = _download(account, headers[owner])
        what = f"GET /account/export, {ENTRIES:,} entries, {INTERACTIONS:,} interactions"
        yield Bar(what, archive.seconds, None, 5, f"{len(archive.content) / MIB:.1f} MiB", "s")
        yield Bar("the same: first byte", archive.first_byte_seconds, None, 1, unit="s")
        yield Bar("the same: growth of the worker's memory", grown[0] / MIB, None, 30, "resident, at its peak", "MiB")
        upload = {**headers[heir], "Content-Type": "application/zip"}
        started = time.perf_counter()
        status, answer = account.send(BenchRequest("/import", "POST", archive.content, upload))
        if status != 200 or not json.loads(answer)["same_state"]:  # noqa: PLR2004
            raise RuntimeError(f"{status}: {answer[:300]!r}")
        yield Bar("POST /account/import of that archive", time.perf_counter() - started, None, None, "same state", "s")


def _download(account: ServedFunction, headers: dict[str, str]) -> Download:
    started = time.perf_counter()
    request = urllib.request.Request(f"{account.url}/export", headers=headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        pieces = [response.read(1)]
        first_byte = time.perf_counter() - started
        while piece := response.read(PIECE):
            pieces.append(piece)
    return Download(time.perf_counter() - started, first_byte, b"".join(pieces))


@contextmanager
def _peak_memory(account: ServedFunction) -> Iterator[list[int]]:
    """By how many bytes the worker's memory grows at most while the block runs."""
    before, ended, grown = account.worker_memory, threading.Event(), [0]

    def sample() -> None:
        while not ended.is_set():
            grown[0] = max(grown[0], account.worker_memory - before)
            pause(SAMPLE_SECONDS)

    thread = threading.Thread(target=sample)
    thread.start()
    yield grown
    ended.set()
    thread.join()
