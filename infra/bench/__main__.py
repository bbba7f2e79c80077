"""`make bench`: Mend beside the least that the framework can do, in one run. Medians and ratios; see docs/bench.md."""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import psycopg

from functions.checkin import history
from infra.bench import load, world
from infra.bench.bar import Bar
from infra.bench.due import a_day, due
from infra.bench.fan_out import fan_out
from infra.bench.round_trips import counting
from infra.bench.serving import Request, Served, serving
from infra.local.postgres import Server, running
from shared.moods import MOODS

SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))  # noqa: TID251 - a benchmark is no function
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))  # noqa: TID251
COLD_ROUNDS = 7
CHECK_IN = {"mood": "sad", "intensity": 7, "note": "slept badly again", "factors": ["poor sleep"]}
CHECKIN = "functions/checkin/main.py"
BARE = "infra/bench/bare/main.py"


class Bench:
    def __init__(self, server: Server, home: Path, people: Sequence[UUID]) -> None:
        issuer = world.Issuer(home)
        self.server = server
        self.home = home
        self.environ = {
            "DATABASE_URL": server.dsn("mend", "mend_app"),
            "MEND_HOME": str(home),
            "RATE_LIMIT_PER_MINUTE": "1000000000",
            "POOL_SIZE": "8",
        }
        self.patient_one = people[0]  # of the long history
        self.patient_token = issuer.token(people[0])
        self.tokens = tokens = [issuer.token(person) for person in people[2:]]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {tokens[0]}"}
        self.check_in = Request("/", "POST", json.dumps(CHECK_IN).encode(), headers)
        self.bare_insert = Request("/", "POST", json.dumps({"mood": "sad"}).encode(), headers)

    def ours(self) -> AbstractContextManager[Served]:
        return serving("checkin", CHECKIN, self.check_in, self.environ)

    def bare(self) -> AbstractContextManager[Served]:
        return serving("insert", BARE, self.bare_insert, self.environ)

    def hello(self) -> AbstractContextManager[Served]:
        return serving("hello", BARE, Request("/"), self.environ)

    def throughput(self) -> list[Bar]:
        with self.ours() as ours, self.bare() as bare:
            many = self._side_by_side(ours, bare, clients=16)
            one = self._side_by_side(ours, bare, clients=1)
        share = statistics.median(o.requests_a_second / b.requests_a_second for o, b in many)
        slower = statistics.median(o.p50_ms / b.p50_ms for o, b in one)
        rates = [statistics.median(m.requests_a_second for m in side) for side in zip(*many, strict=True)]
        p50s = [statistics.median(m.p50_ms for m in side) for side in zip(*one, strict=True)]
        errors = sum(m.errors for pair in (*many, *one) for m in pair)
        return [
            Bar("POST /checkin, 16 clients: share of bare throughput", share * 100, " %", 30,
                f"{rates[0]:.0f} against {rates[1]:.0f} requests/s, {errors} errors", at_least=True),
            Bar("POST /checkin, one client: p50 over bare p50", slower, "  ", 4,
                f"{p50s[0]:.2f} ms against {p50s[1]:.2f} ms"),
        ]  # fmt: skip

    def _side_by_side(self, ours: Served, bare: Served, clients: int) -> list[tuple[load.Measured, load.Measured]]:
        def measure(served: Served, body: object) -> load.Measured:
            return load.post(served.url + "/", body, self.tokens, clients=clients, seconds=SECONDS)

        return [(measure(ours, CHECK_IN), measure(bare, {"mood": "sad"})) for _ in range(ROUNDS)]

    def cold_start(self) -> list[Bar]:
        def seconds(serve: Callable[[], AbstractContextManager[Served]]) -> float:
            with serve() as served:
                return served.seconds_to_first_answer

        pairs = [(seconds(self.ours), seconds(self.hello)) for _ in range(COLD_ROUNDS)]
        ours, hello = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
        ratio = statistics.median(o / h for o, h in pairs)
        return [Bar("process start to first 201, over hello's first 200", ratio, "  ", 1.8,
                    f"{ours:.0f} ms against {hello:.0f} ms")]  # fmt: skip

    def memory(self) -> list[Bar]:
        with self.ours() as ours, self.bare() as bare:
            for _ in range(1000):
                ours.send(self.check_in)
                bare.send(self.bare_insert)
            mib = [served.worker_memory / 2**20 for served in (ours, bare)]
        return [Bar("resident memory after 1,000 requests, over bare", mib[0] / mib[1], "  ", 2,
                    f"{mib[0]:.0f} MiB against {mib[1]:.0f} MiB")]  # fmt: skip

    def round_trips(self) -> list[Bar]:
        """Of a warm function; as many check-ins as it takes to see that the number is whole."""
        times = 20
        socket = next(Path(self.server.socket_folder).glob(".s.PGSQL.*[0-9]"))
        with tempfile.TemporaryDirectory(prefix="mend-") as folder, counting(socket, Path(folder)) as counter:
            dsn = self.environ["DATABASE_URL"].replace(quote(str(socket.parent)), quote(folder))
            environ = {**self.environ, "DATABASE_URL": dsn, "POOL_SIZE": "1"}
            with serving("checkin", CHECKIN, self.check_in, environ) as served:
                before = counter.count
                for _ in range(times):
                    served.send(self.check_in)
                each = (counter.count - before) / times
        return [Bar("round trips to Postgres per check-in", each, "  ", 2, f"counted over {times}")]  # fmt: skip

    def deep_page(self) -> list[Bar]:
        with psycopg.connect(self.server.dsn("mend", world.ADMIN)) as conn:
            query = (
                "SELECT occurred_at, id FROM public.mood_entries WHERE user_id = %s"
                " ORDER BY occurred_at DESC, id DESC OFFSET %s LIMIT 1"
            )
            moment, entry_id = conn.execute(query, (self.patient_one, 50 * 9_999 - 1)).fetchone() or (None, None)
        cursor = history.page_end(moment, entry_id, self.patient_one)
        pages = {"first": "/?limit=50", "page 10,000": f"/?limit=50&cursor={cursor}"}
        times: dict[str, list[float]] = {name: [] for name in pages}
        with self.ours() as ours:
            for _ in range(300):
                for name, path in pages.items():
                    began = time.perf_counter()
                    status, _ = ours.send(Request(path, headers={"Authorization": f"Bearer {self.patient_token}"}))
                    times[name].append(time.perf_counter() - began)
                    if status != 200:  # noqa: PLR2004
                        raise RuntimeError(f"{name} answers {status}")
        first, deep = (statistics.median(times[name]) * 1000 for name in pages)
        return [Bar("GET /checkin?limit=50: page 10,000 over first page", deep / first, "  ", 1.2,
                    f"{deep:.2f} ms against {first:.2f} ms, {world.TABLE:,} rows")]  # fmt: skip

    def import_diary(self) -> list[Bar]:
        rows = (
            f"{2010 + i // 2000}-{1 + i // 28 % 12:02}-{1 + i % 28:02},,,"
            f"{i % 24:02}:{i % 60:02},good,work | run,,note {i}"
            for i in range(10_000)
        )
        body = "\r\n".join(["full_date,date,weekday,time,mood,activities,note_title,note", *rows]).encode()
        seconds = []
        with self.ours() as ours:
            for token in self.tokens[:3]:
                headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {token}"}
                began = time.perf_counter()
                status, answer = ours.send(Request("/import", "POST", body, headers))
                seconds.append(time.perf_counter() - began)
                if status != 200 or json.loads(answer)["imported"] != 10_000:  # noqa: PLR2004
                    raise RuntimeError(answer[:500])
        return [Bar("import of 10,000 Daylio rows", statistics.median(seconds), " s", 4,
                    f"of {', '.join(f'{s:.2f}' for s in seconds)}")]  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mend-bench-") as folder, running(Path(folder)) as server:
        bench = Bench(server, Path(folder), world.build(server, list(MOODS)))
        measures = (
            bench.throughput,
            bench.cold_start,
            bench.memory,
            bench.round_trips,
            bench.deep_page,
            bench.import_diary,
            fan_out,
            partial(due, server),
            partial(a_day, server),
        )
        for measure in measures:
            for bar in measure():
                print(bar.line, flush=True)


if __name__ == "__main__":
    main()
