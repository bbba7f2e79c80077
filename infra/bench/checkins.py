"""The costs of a check-in, of the history and of an import."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

import psycopg

from infra.bar import Bar
from infra.bench import dataset, load
from infra.bench.processor_time import ProcessorTime, processor_time
from infra.bench.served_function import BenchRequest, ServedFunction
from infra.bench.workbench import ROUNDS, SECONDS, Workbench, medians_ms
from shared.http.paging import NEWEST_FIRST

CHECK_IN = {"mood": "sad", "intensity": 7, "note": "slept badly again", "factors": ["poor sleep"]}
INSERT = {"mood": "sad"}
COLD_ROUNDS = 7


def measure(bench: Workbench) -> Iterator[Bar]:
    for part in (_throughput, _cold_start, _memory, _round_trips, _deep_page, _import_diary):
        yield from part(bench)


def _ours(bench: Workbench) -> AbstractContextManager[ServedFunction]:
    return bench.serve("checkin", bench.post("/", CHECK_IN))


def _bare(bench: Workbench) -> AbstractContextManager[ServedFunction]:
    return bench.serve_bare("insert", bench.post("/", INSERT))


class _Round(NamedTuple):
    load: load.LoadFigures
    processor: ProcessorTime  # per request


def _throughput(bench: Workbench) -> Iterator[Bar]:
    with _ours(bench) as ours, _bare(bench) as bare:
        many = _side_by_side(bench, ours, bare, clients=16)
        one = _side_by_side(bench, ours, bare, clients=1)
    share = statistics.median(o.load.requests_a_second / b.load.requests_a_second for o, b in many)
    ratio = statistics.median(o.load.p50_ms / b.load.p50_ms for o, b in one)
    rates = [statistics.median(r.load.requests_a_second for r in side) for side in zip(*many, strict=True)]
    p50s = [statistics.median(r.load.p50_ms for r in side) for side in zip(*one, strict=True)]
    errors = sum(r.load.errors for pair in (*many, *one) for r in pair)
    note = f"{rates[0]:.0f} against {rates[1]:.0f} requests/s, {errors} errors"
    yield Bar("POST /checkin, 16 clients: share of bare throughput", share * 100, 40, None, note, "%")
    note = f"{p50s[0]:.2f} ms against {p50s[1]:.2f} ms"
    yield Bar("POST /checkin, one client: p50 over bare p50", ratio, None, 3, note)
    yield _processor_bar("Python", 2.5, [(o.processor.python, b.processor.python) for o, b in many])
    yield _processor_bar("Postgres", 3, [(o.processor.postgres, b.processor.postgres) for o, b in many])


def _processor_bar(of: str, most: float, rounds: list[tuple[float, float]]) -> Bar:
    ours_ms, bare_ms = (statistics.median(side) * 1000 for side in zip(*rounds, strict=True))
    ratio = statistics.median(ours / bare for ours, bare in rounds)
    note = f"{ours_ms:.3f} ms against {bare_ms:.3f} ms"
    return Bar(f"POST /checkin, 16 clients: processor time of {of} over bare", ratio, None, most, note)


def _side_by_side(
    bench: Workbench, ours: ServedFunction, bare: ServedFunction, clients: int
) -> list[tuple[_Round, _Round]]:
    def measure_round(served: ServedFunction, body: object) -> _Round:
        before = processor_time(served, bench.server)
        figures = load.post(served.url + "/", body, bench.tokens, clients=clients, seconds=SECONDS)
        return _Round(figures, (processor_time(served, bench.server) - before) / figures.requests)

    return [(measure_round(ours, CHECK_IN), measure_round(bare, INSERT)) for _ in range(ROUNDS)]


def _cold_start(bench: Workbench) -> Iterator[Bar]:
    def seconds(serve: Callable[[], AbstractContextManager[ServedFunction]]) -> float:
        with serve() as served:
            return served.seconds_to_first_answer

    first = bench.post("/", CHECK_IN)
    pairs = [
        (
            seconds(lambda: bench.serve("checkin", first)),
            seconds(lambda: bench.serve_bare("hello", BenchRequest("/"))),
        )
        for _ in range(COLD_ROUNDS)
    ]
    ours, hello = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = statistics.median(o / h for o, h in pairs)
    note = f"{ours:.0f} ms against {hello:.0f} ms"
    yield Bar("process start to first 201, over hello's first 200", ratio, None, 1.6, note)


def _memory(bench: Workbench) -> Iterator[Bar]:
    with _ours(bench) as ours, _bare(bench) as bare:
        for _ in range(1000):
            ours.send(bench.post("/", CHECK_IN))
            bare.send(bench.post("/", INSERT))
        mib = [served.worker_memory / 2**20 for served in (ours, bare)]
    note = f"{mib[0]:.0f} MiB against {mib[1]:.0f} MiB"
    yield Bar("resident memory after 1,000 requests, over bare", mib[0] / mib[1], None, 1.5, note)


def _round_trips(bench: Workbench) -> Iterator[Bar]:
    """Counts for 20 check-ins of a warm function, so that a fraction would show."""
    times = 20
    first = bench.post("/", CHECK_IN)
    with bench.counting_round_trips() as (environ, counter), bench.serve("checkin", first, environ) as served:
        before = counter.count
        for _ in range(times):
            served.send(bench.post("/", CHECK_IN))
        each = (counter.count - before) / times
    yield Bar("round trips to Postgres per check-in", each, None, 2, f"counted over {times}")


def _deep_page(bench: Workbench) -> Iterator[Bar]:
    with psycopg.connect(bench.server.dsn("mend", dataset.ADMIN)) as conn:
        query = (
            "SELECT occurred_at, id FROM public.mood_entries WHERE user_id = %s"
            " ORDER BY occurred_at DESC, id DESC OFFSET %s LIMIT 1"
        )
        moment, entry_id = conn.execute(query, (bench.long_history_person, 50 * 9_999 - 1)).fetchone() or (None, None)
    cursor = NEWEST_FIRST.cursor_after(moment, entry_id, bench.long_history_person)
    first = bench.get("/?limit=50", bench.long_history_token)
    deep = bench.get(f"/?limit=50&cursor={cursor}", bench.long_history_token)
    with _ours(bench) as ours:
        ms = medians_ms(300, {"first": lambda: ours.send(first), "deep": lambda: ours.send(deep)})
    note = f"{ms['deep']:.2f} ms against {ms['first']:.2f} ms, {dataset.ENTRY_COUNT:,} rows"
    yield Bar("GET /checkin?limit=50: page 10,000 over first page", ms["deep"] / ms["first"], None, 1.2, note)


def _import_diary(bench: Workbench) -> Iterator[Bar]:
    rows = (
        f"{2010 + i // 2000}-{1 + i // 28 % 12:02}-{1 + i % 28:02},,,{i % 24:02}:{i % 60:02},good,work | run,,note {i}"
        for i in range(10_000)
    )
    body = "\r\n".join(["full_date,date,weekday,time,mood,activities,note_title,note", *rows]).encode()
    seconds = []
    with _ours(bench) as ours:
        for token in bench.tokens[:3]:
            headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {token}"}
            started = time.perf_counter()
            status, answer = ours.send(BenchRequest("/import", "POST", body, headers))
            seconds.append(time.perf_counter() - started)
            if status != 200 or json.loads(answer)["imported"] != 10_000:  # noqa: PLR2004
                raise RuntimeError(answer[:500])
    note = f"of {', '.join(f'{s:.2f}' for s in seconds)}"
    yield Bar("import of 10,000 Daylio rows", statistics.median(seconds), None, 4, note, "s")
