"""What a plan costs, and how much more a long one does."""

import time
from collections.abc import Iterator
from statistics import median

import psycopg

from infra.bench import world
from infra.bench.bar import Bar
from infra.bench.serving import Request, Served
from infra.bench.setting import Setting

WARM, TIMES = 10, 110
WEEK = {"current": "sad", "target": "peaceful", "duration": 7, "per_day": 3}
MONTH = WEEK | {"duration": 30, "per_day": 5}
# A person has one plan at a time.
END = "UPDATE public.elevation_plans SET status = 'ended' WHERE status = 'active'"


def measured(setting: Setting) -> Iterator[Bar]:
    week, month, bare = setting.post("/", WEEK), setting.post("/", MONTH), setting.post("/", {"mood": "sad"})
    with (
        psycopg.connect(setting.server.dsn("mend", world.ADMIN), autocommit=True) as conn,
        setting.serve("plan", week) as plans,
        setting.serve_bare("insert", bare) as inserts,
    ):
        spent: list[tuple[float, float, float]] = []
        for turn in range(TIMES):
            if turn == WARM:  # as autovacuum would have by then: plans made while tables are empty read all of them
                spent.clear()
                conn.execute("ANALYZE")
            conn.execute(END)
            week_ms = _ms(plans, week)
            conn.execute(END)
            spent.append((week_ms, _ms(plans, month), _ms(inserts, bare)))
    week_ms, month_ms, bare_ms = map(median, zip(*spent, strict=True))
    seen = f"{week_ms:.2f} ms against {bare_ms:.2f} ms"
    yield Bar("POST /plan, 7 days of 3: p50 over a bare insert's", week_ms / bare_ms, "  ", 25, seen)
    seen = f"{month_ms:.2f} ms against {week_ms:.2f} ms"
    yield Bar("POST /plan, 30 days of 5 over 7 days of 3", month_ms / week_ms, "  ", 2, seen)


def _ms(served: Served, ask: Request) -> float:
    began = time.perf_counter()
    status, answer = served.send(ask)
    if status != 201:  # noqa: PLR2004
        raise RuntimeError(f"{status}: {answer[:300]!r}")
    return (time.perf_counter() - began) * 1000
