"""`make bench`: Mend beside the least that the framework can do, in one run. Medians and ratios; see docs/bench.md."""

import json
import os
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from infra.bench import load, world
from infra.bench.serving import Request, Served, serving
from infra.local.postgres import running
from shared.moods import MOODS

SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))  # noqa: TID251 - a benchmark is no function
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))  # noqa: TID251
COLD_ROUNDS = 7
CHECK_IN = {"mood": "sad", "intensity": 7, "note": "slept badly again", "factors": ["poor sleep"]}
BARE = "infra/bench/bare/main.py"


class Bar(NamedTuple):
    what: str
    figure: float
    unit: str
    bar: float
    at_least: bool
    seen: str

    @property
    def line(self) -> str:
        held = self.figure >= self.bar if self.at_least else self.figure <= self.bar
        sign = ">=" if self.at_least else "<="
        return f"{'ok  ' if held else 'MISS'}  {self.what:<58}{self.figure:>8.2f}{self.unit} ({sign} {self.bar})  {self.seen}"


class Bench:
    def __init__(self, environ: Mapping[str, str], tokens: Sequence[str]) -> None:
        self.environ = environ
        self.tokens = tokens
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {tokens[0]}"}
        self.check_in = Request("/", "POST", json.dumps(CHECK_IN).encode(), headers)
        self.bare_insert = Request("/", "POST", json.dumps({"mood": "sad"}).encode(), headers)

    def ours(self) -> "serving":
        return serving("checkin", "functions/checkin/main.py", self.check_in, self.environ)

    def bare(self) -> "serving":
        return serving("insert", BARE, self.bare_insert, self.environ)

    def hello(self) -> "serving":
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
            Bar("POST /checkin, 16 clients: share of bare throughput", share * 100, " %", 30, True,
                f"{rates[0]:.0f} against {rates[1]:.0f} requests/s, {errors} errors"),
            Bar("POST /checkin, one client: p50 over bare p50", slower, "  ", 4, False,
                f"{p50s[0]:.2f} ms against {p50s[1]:.2f} ms"),
        ]  # fmt: skip

    def _side_by_side(self, ours: Served, bare: Served, clients: int) -> list[tuple[load.Measured, load.Measured]]:
        def measure(served: Served, body: object) -> load.Measured:
            return load.run(served.url + "/", "POST", body, self.tokens, clients=clients, seconds=SECONDS)

        return [(measure(ours, CHECK_IN), measure(bare, {"mood": "sad"})) for _ in range(ROUNDS)]

    def cold_start(self) -> list[Bar]:
        def seconds(serve: Callable[[], "serving"]) -> float:
            with serve() as served:
                return served.seconds_to_first_answer

        pairs = [(seconds(self.ours), seconds(self.hello)) for _ in range(COLD_ROUNDS)]
        ours, hello = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
        ratio = statistics.median(o / h for o, h in pairs)
        return [Bar("process start to first 201, over hello's first 200", ratio, "  ", 1.8, False,
                    f"{ours:.0f} ms against {hello:.0f} ms")]  # fmt: skip

    def memory(self) -> list[Bar]:
        with self.ours() as ours, self.bare() as bare:
            for _ in range(1000):
                ours.send(self.check_in)
                bare.send(self.bare_insert)
            mib = [served.worker_memory / 2**20 for served in (ours, bare)]
        return [Bar("resident memory after 1,000 requests, over bare", mib[0] / mib[1], "  ", 2, False,
                    f"{mib[0]:.0f} MiB against {mib[1]:.0f} MiB")]  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mend-bench-") as home, running(Path(home)) as server:
        people = world.build(server, list(MOODS))
        issuer = world.Issuer(Path(home))
        environ = {
            "DATABASE_URL": server.dsn("mend", "mend_app"),
            "MEND_HOME": home,
            "RATE_LIMIT_PER_MINUTE": "1000000000",
            "POOL_SIZE": "8",
        }
        bench = Bench(environ, [issuer.token(person) for person in people[2:]])
        for measure in (bench.throughput, bench.cold_start, bench.memory):
            for bar in measure():
                print(bar.line, flush=True)


if __name__ == "__main__":
    main()
