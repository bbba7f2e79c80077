"""What a check-in, its history and an import cost."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import psycopg

from infra.bench import load, world
from infra.bench.bar import Bar
from infra.bench.round_trips import counting
from infra.bench.serving import Request, Served
from infra.bench.setting import ROUNDS, SECONDS, Setting, medians_ms
from shared.http.paging import NEWEST_FIRST

CHECK_IN = {"mood": "sad", "intensity": 7, "note": "slept badly again", "factors": ["poor sleep"]}
INSERT = {"mood": "sad"}
COLD_ROUNDS = 7


def measured(setting: Setting) -> Iterator[Bar]:
    for measure in (_throughput, _cold_start, _memory, _round_trips, _deep_page, _import_diary):
        yield from measure(setting)


def _ours(setting: Setting) -> AbstractContextManager[Served]:
    return setting.serve("checkin", setting.post("/", CHECK_IN))


def _bare(setting: Setting) -> AbstractContextManager[Served]:
    return setting.serve_bare("insert", setting.post("/", INSERT))


def _throughput(setting: Setting) -> Iterator[Bar]:
    with _ours(setting) as ours, _bare(setting) as bare:
        many = _side_by_side(setting, ours, bare, clients=16)
        one = _side_by_side(setting, ours, bare, clients=1)
    share = statistics.median(o.requests_a_second / b.requests_a_second for o, b in many)
    slower = statistics.median(o.p50_ms / b.p50_ms for o, b in one)
    rates = [statistics.median(m.requests_a_second for m in side) for side in zip(*many, strict=True)]
    p50s = [statistics.median(m.p50_ms for m in side) for side in zip(*one, strict=True)]
    errors = sum(m.errors for pair in (*many, *one) for m in pair)
    seen = f"{rates[0]:.0f} against {rates[1]:.0f} requests/s, {errors} errors"
    yield Bar("POST /checkin, 16 clients: share of bare throughput", share * 100, " %", 30, seen, at_least=True)
    seen = f"{p50s[0]:.2f} ms against {p50s[1]:.2f} ms"
    yield Bar("POST /checkin, one client: p50 over bare p50", slower, "  ", 4, seen)


def _side_by_side(
    setting: Setting, ours: Served, bare: Served, clients: int
) -> list[tuple[load.Measured, load.Measured]]:
    def measure(served: Served, body: object) -> load.Measured:
        return load.post(served.url + "/", body, setting.tokens, clients=clients, seconds=SECONDS)

    return [(measure(ours, CHECK_IN), measure(bare, INSERT)) for _ in range(ROUNDS)]


def _cold_start(setting: Setting) -> Iterator[Bar]:
    def seconds(serve: Callable[[], AbstractContextManager[Served]]) -> float:
        with serve() as served:
            return served.seconds_to_first_answer

    first = setting.post("/", CHECK_IN)
    pairs = [
        (
            seconds(lambda: setting.serve("checkin", first)),
            seconds(lambda: setting.serve_bare("hello", Request("/"))),
        )
        for _ in range(COLD_ROUNDS)
    ]
    ours, hello = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = statistics.median(o / h for o, h in pairs)
    seen = f"{ours:.0f} ms against {hello:.0f} ms"
    yield Bar("process start to first 201, over hello's first 200", ratio, "  ", 1.8, seen)


def _memory(setting: Setting) -> Iterator[Bar]:
    with _ours(setting) as ours, _bare(setting) as bare:
        for _ in range(1000):
            ours.send(setting.post("/", CHECK_IN))
            bare.send(setting.post("/", INSERT))
        mib = [served.worker_memory / 2**20 for served in (ours, bare)]
    seen = f"{mib[0]:.0f} MiB against {mib[1]:.0f} MiB"
    yield Bar("resident memory after 1,000 requests, over bare", mib[0] / mib[1], "  ", 2, seen)


def _round_trips(setting: Setting) -> Iterator[Bar]:
    """Of a warm function; as many check-ins as it takes to see that the number is whole."""
    times = 20
    socket = next(Path(setting.server.socket_folder).glob(".s.PGSQL.*[0-9]"))
    with tempfile.TemporaryDirectory(prefix="mend-") as folder, counting(socket, Path(folder)) as counter:
        dsn = setting.environ["DATABASE_URL"].replace(quote(str(socket.parent)), quote(folder))
        environ = {**setting.environ, "DATABASE_URL": dsn, "POOL_SIZE": "1"}
        with setting.serve("checkin", setting.post("/", CHECK_IN), environ) as served:
            before = counter.count
            for _ in range(times):
                served.send(setting.post("/", CHECK_IN))
            each = (counter.count - before) / times
    yield Bar("round trips to Postgres per check-in", each, "  ", 2, f"counted over {times}")


def _deep_page(setting: Setting) -> Iterator[Bar]:
    with psycopg.connect(setting.server.dsn("mend", world.ADMIN)) as conn:
        query = (
            "SELECT occurred_at, id FROM public.mood_entries WHERE user_id = %s"
            " ORDER BY occurred_at DESC, id DESC OFFSET %s LIMIT 1"
        )
        moment, entry_id = conn.execute(query, (setting.patient_one, 50 * 9_999 - 1)).fetchone() or (None, None)
    cursor = NEWEST_FIRST.cursor_after(moment, entry_id, setting.patient_one)
    first = setting.get("/?limit=50", setting.patient_token)
    deep = setting.get(f"/?limit=50&cursor={cursor}", setting.patient_token)
    with _ours(setting) as ours:
        ms = medians_ms(300, {"first": lambda: ours.send(first), "deep": lambda: ours.send(deep)})
    seen = f"{ms['deep']:.2f} ms against {ms['first']:.2f} ms, {world.TABLE:,} rows"
    yield Bar("GET /checkin?limit=50: page 10,000 over first page", ms["deep"] / ms["first"], "  ", 1.2, seen)


def _import_diary(setting: Setting) -> Iterator[Bar]:
    rows = (
        f"{2010 + i // 2000}-{1 + i // 28 % 12:02}-{1 + i % 28:02},,,{i % 24:02}:{i % 60:02},good,work | run,,note {i}"
        for i in range(10_000)
    )
    body = "\r\n".join(["full_date,date,weekday,time,mood,activities,note_title,note", *rows]).encode()
    seconds = []
    with _ours(setting) as ours:
        for token in setting.tokens[:3]:
            headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {token}"}
            began = time.perf_counter()
            status, answer = ours.send(Request("/import", "POST", body, headers))
            seconds.append(time.perf_counter() - began)
            if status != 200 or json.loads(answer)["imported"] != 10_000:  # noqa: PLR2004
                raise RuntimeError(answer[:500])
    seen = f"of {', '.join(f'{s:.2f}' for s in seconds)}"
    yield Bar("import of 10,000 Daylio rows", statistics.median(seconds), " s", 4, seen)
