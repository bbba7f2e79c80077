"""The cost of a plan, short and long."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

import psycopg

from infra.bar import Bar
from infra.bench import dataset
from infra.bench.served_function import BenchRequest, ServedFunction
from infra.bench.workbench import Workbench

WARM, TIMES = 10, 110
WEEK = {"current": "sad", "target": "peaceful", "duration": 7, "per_day": 3}
MONTH = WEEK | {"duration": 30, "per_day": 5}
# A person has one plan at a time.
END = "UPDATE public.elevation_plans SET status = 'ended' WHERE status = 'active'"


def measure(bench: Workbench) -> Iterator[Bar]:
    week, month, bare = bench.post("/", WEEK), bench.post("/", MONTH), bench.post("/", {"mood": "sad"})
    with psycopg.connect(bench.server.dsn("mend", dataset.ADMIN), autocommit=True) as conn, ExitStack() as stack:
        conn.execute(END)  # of another part
        plans = stack.enter_context(bench.serve("plan", week))
        inserts = stack.enter_context(bench.serve_bare("insert", bare))
        spent: list[tuple[float, float, float]] = []
        for turn in range(TIMES):
            if turn == WARM:  # as autovacuum does; the query plans of empty tables would scan all rows
                spent.clear()
                conn.execute("ANALYZE")
            conn.execute(END)
            week_ms = _ms(plans, week)
            conn.execute(END)
            spent.append((week_ms, _ms(plans, month), _ms(inserts, bare)))
    week_ms, month_ms, bare_ms = map(median, zip(*spent, strict=True))
    note = f"{week_ms:.2f} ms against {bare_ms:.2f} ms"
    yield Bar("POST /plan, 7 days of 3: p50 over a bare insert's", week_ms / bare_ms, None, 25, note)
    note = f"{month_ms:.2f} ms against {week_ms:.2f} ms"
    yield Bar("POST /plan, 30 days of 5 over 7 days of 3", month_ms / week_ms, None, 2, note)


def _ms(served: ServedFunction, request: BenchRequest) -> float:
    started = time.perf_counter()
    status, answer = served.send(request)
    if status != 201:  # noqa: PLR2004
        raise RuntimeError(f"{status}: {answer[:300]!r}")
    return (time.perf_counter() - started) * 1000
