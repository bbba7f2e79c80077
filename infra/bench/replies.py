"""Replies of the companion: the first sentence, as many streams as an instance takes, and the cold start."""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import uvloop

from functions.account.consents.texts import versions
from infra.bar import Bar
from infra.bench.dataset import ADMIN
from infra.bench.served_function import BenchRequest, ServedFunction
from infra.bench.workbench import Workbench

MODEL = Path(__file__).with_name("chat_model.py")
STREAMS = 15  # as many as `functions.yaml` allows at once
WARM_UP = 5
ALONE = 50  # replies, one after another
COLD_ROUNDS = 7
START_SECONDS = 5  # within which all streams begin; each of them lasts ten
HEALTH_SECONDS = 0.05
SENT = re.compile(r"sent at ([\d.]+)\. ")
# People who have consented.
ADD_PEOPLE = """
    WITH people AS (
        INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %s) RETURNING id
    )
    INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)
    SELECT id, 'ai', true, %s, now() FROM people
    RETURNING user_id
"""
FIRST = BenchRequest("/health")


class StreamedReply(NamedTuple):
    delays: Sequence[float]  # seconds from the model's end of a sentence to the client
    is_complete: bool


def measure(bench: Workbench) -> Iterator[Bar]:
    with psycopg.connect(bench.server.dsn("mend", ADMIN), autocommit=True) as conn:
        people = conn.execute(ADD_PEOPLE, (STREAMS, versions()["ai"])).fetchall()
    tokens = [bench.issuer.token(person) for (person,) in people]
    with model_server() as url:
        environ = {**bench.environ, "AI_COMPATIBLE_URL": url, "AI_DAILY_TOKENS": "1000000000", "POOL_SIZE": "4"}
        with bench.serve("companion", FIRST, environ | {"AI_CHAT_MODELS": "compatible/one"}) as served:
            yield uvloop.run(_first_sentence(served, tokens[0]))
        with bench.serve("companion", FIRST, environ | {"AI_CHAT_MODELS": "compatible/many"}) as served:
            yield from uvloop.run(_many_streams(served, tokens))
    yield _cold_start(bench)


@contextmanager
def model_server() -> Iterator[str]:
    with subprocess.Popen([sys.executable, MODEL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


async def _first_sentence(served: ServedFunction, token: str) -> Bar:
    async with _client(served) as client:
        path = await _begin(client, token)
        replies = [await _reply(client, path, token) for _ in range(ALONE)]
    delays = [reply.delays[0] * 1000 for reply in replies]
    note = f"p99 {_p99(delays):.1f} ms, {ALONE} replies"
    return Bar(
        "first sentence of a reply, from the model's to ours: p50", statistics.median(delays), None, 15, note, "ms"
    )


async def _many_streams(served: ServedFunction, tokens: Sequence[str]) -> list[Bar]:
    async with _client(served) as client:
        paths = [await _begin(client, token) for token in tokens]
        warm_up = zip(paths[:WARM_UP], tokens, strict=False)
        await asyncio.gather(*(_reply(client, path, token) for path, token in warm_up))  # they build what all use
        before, seconds = served.worker_memory, served.worker_seconds
        probe = asyncio.create_task(_probe(served))
        tasks = []
        for path, token in zip(paths, tokens, strict=True):
            tasks.append(asyncio.create_task(_reply(client, path, token)))
            await asyncio.sleep(START_SECONDS / len(paths))
        replies = await asyncio.gather(*tasks)
        seconds = served.worker_seconds - seconds
        probe.cancel()
        health, memory = await probe
    delays = [delay * 1000 for reply in replies for delay in reply.delays]
    incomplete = sum(not reply.is_complete for reply in replies)
    note = f"a sentence is {statistics.median(delays):.1f} ms behind the model, p99 {_p99(delays):.1f} ms"
    return [
        Bar(f"{STREAMS} streams of 20 events/s, pool of 4: incomplete replies", incomplete, None, 0, note),
        Bar("the same: memory of a stream", (memory - before) / 1024 / STREAMS, None, 250, "resident", "KiB"),
        Bar("the same: processor time of a reply of ten seconds", seconds / STREAMS * 1000, None, None, unit="ms"),
        Bar("the same: p99 of /health", _p99(health), None, 50, f"p50 {statistics.median(health):.1f} ms", "ms"),
    ]


def _p99(figures: Sequence[float]) -> float:
    return sorted(figures)[len(figures) * 99 // 100]


async def _probe(served: ServedFunction) -> tuple[list[float], int]:
    """Asks for the health of the function until this is cancelled. Returns the times in ms, and the most memory."""
    times, memory = list[float](), 0
    async with _client(served) as client:
        while True:
            try:
                began = time.perf_counter()
                await client.get(FIRST.path)
                times.append((time.perf_counter() - began) * 1000)
                memory = max(memory, served.worker_memory)
                await asyncio.sleep(HEALTH_SECONDS)
            except asyncio.CancelledError:
                return times, memory


def _cold_start(bench: Workbench) -> Bar:
    first = bench.get("/conversations")
    seconds: list[tuple[float, float]] = []
    for _ in range(COLD_ROUNDS):
        with bench.serve("companion", first) as ours, bench.serve_bare("hello", BenchRequest("/")) as hello:
            seconds.append((ours.seconds_to_first_answer, hello.seconds_to_first_answer))
    ours_ms, hello_ms = (statistics.median(side) * 1000 for side in zip(*seconds, strict=True))
    ratio = statistics.median(ours / hello for ours, hello in seconds)
    return Bar(
        "companion: process start to first 200, over hello's",
        ratio,
        None,
        1.9,
        f"{ours_ms:.0f} ms against {hello_ms:.0f} ms",
    )


def _client(served: ServedFunction) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=served.url, timeout=60, limits=httpx.Limits(max_connections=None))


async def _begin(client: httpx.AsyncClient, token: str) -> str:
    """The path of the messages of a new conversation."""
    answer = await client.post("/conversations", json={}, headers={"Authorization": f"Bearer {token}"})
    return f"/conversations/{answer.raise_for_status().json()['id']}/messages"


async def _reply(client: httpx.AsyncClient, path: str, token: str) -> StreamedReply:
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    delays, last = list[float](), ""
    async with client.stream("POST", path, json={"content": "Hello"}, headers=headers) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                chunk = json.loads(line.removeprefix("data: "))
                last = chunk["type"]
                if sent := SENT.search(chunk.get("delta", "")):
                    delays.append(time.monotonic() - float(sent[1]))
    return StreamedReply(delays, last == "finish")
