"""Where the measurements take place: a Postgres with people and a catalogue, and functions served side by side."""

import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import UUID

from infra.bench import world
from infra.bench.serving import Request, Served, serving
from infra.local.postgres import Server

SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))  # noqa: TID251 - a benchmark is no function
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))  # noqa: TID251
BARE = "infra/bench/bare/main.py"


class Setting:
    def __init__(self, server: Server, home: Path, people: Sequence[UUID]) -> None:
        issuer = world.Issuer(home)
        self.server = server
        self.environ = {
            "DATABASE_URL": server.dsn("mend", "mend_app"),
            "MEND_HOME": str(home),
            "RATE_LIMIT_PER_MINUTE": "1000000000",
            "POOL_SIZE": "8",
        }
        self.patient_one = people[0]  # of the long history
        self.patient_token = issuer.token(people[0])
        self.tokens = [issuer.token(person) for person in people[2:]]

    def headers(self, token: str | None = None) -> dict[str, str]:
        return {"Content-Type": "application/json", "Authorization": f"Bearer {token or self.tokens[0]}"}

    def post(self, path: str, body: object) -> Request:
        return Request(path, "POST", json.dumps(body).encode(), self.headers())

    def get(self, path: str, token: str | None = None) -> Request:
        return Request(path, headers=self.headers(token))

    def serve(
        self, target: str, first: Request, environ: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Served]:
        return serving(target, f"functions/{target}/main.py", first, environ or self.environ)

    def serve_bare(self, target: str, first: Request) -> AbstractContextManager[Served]:
        return serving(target, BARE, first, self.environ)


def medians_ms(times: int, asks: Mapping[str, Callable[[], tuple[int, bytes]]]) -> dict[str, float]:
    """The median time of each, asked in turn, so that what slows the machine down slows all of them."""
    spent: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(times):
        for name, ask in asks.items():
            began = time.perf_counter()
            status, answer = ask()
            spent[name].append((time.perf_counter() - began) * 1000)
            if status >= 300:  # noqa: PLR2004 - any success
                raise RuntimeError(f"{name} answers {status}: {answer[:300]!r}")
    return {name: statistics.median(each) for name, each in spent.items()}
