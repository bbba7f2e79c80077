"""What all measurements use: a Postgres with people and a catalogue, their tokens, and served functions."""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from infra.bench import dataset
from infra.bench.round_trips import Counter, counting
from infra.bench.served_function import BenchRequest, ServedFunction, serve_function
from infra.local.postgres import Server
from infra.registry import registry

SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))  # noqa: TID251 - a benchmark is no function
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))  # noqa: TID251
BARE = "infra/bench/bare/main.py"


class Workbench:
    def __init__(self, server: Server, home: Path, people: Sequence[UUID]) -> None:
        self.issuer = issuer = dataset.Issuer(home)
        self.server = server
        self.environ = {
            "DATABASE_URL": server.dsn("mend", "mend_app"),
            "MEND_HOME": str(home),
            "RATE_LIMIT_PER_MINUTE": "1000000000",
            "POOL_SIZE": "8",
        }
        self.long_history_person = people[0]
        self.long_history_token = issuer.token(people[0])
        self.tokens = [issuer.token(person) for person in people[2:]]

    def headers(self, token: str | None = None) -> dict[str, str]:
        return {"Content-Type": "application/json", "Authorization": f"Bearer {token or self.tokens[0]}"}

    def post(self, path: str, body: object) -> BenchRequest:
        return BenchRequest(path, "POST", json.dumps(body).encode(), self.headers())

    def get(self, path: str, token: str | None = None) -> BenchRequest:
        return BenchRequest(path, headers=self.headers(token))

    def serve(
        self, target: str, first: BenchRequest, environ: Mapping[str, str] | None = None
    ) -> AbstractContextManager[ServedFunction]:
        source = f"{registry().functions[target].source}/main.py"
        return serve_function(target, source, first, environ or self.environ)

    def serve_bare(
        self, target: str, first: BenchRequest, environ: Mapping[str, str] | None = None
    ) -> AbstractContextManager[ServedFunction]:
        return serve_function(target, BARE, first, environ or self.environ)

    @contextmanager
    def counting_round_trips(self) -> Iterator[tuple[dict[str, str], Counter]]:
        """The environment of a function with one connection to Postgres, and a counter of its round trips."""
        socket = next(Path(self.server.socket_folder).glob(".s.PGSQL.*[0-9]"))
        with tempfile.TemporaryDirectory(prefix="mend-") as folder, counting(socket, Path(folder)) as counter:
            dsn = self.environ["DATABASE_URL"].replace(quote(str(socket.parent)), quote(folder))
            yield {**self.environ, "DATABASE_URL": dsn, "POOL_SIZE": "1"}, counter


def medians_ms(times: int, calls: Mapping[str, Callable[[], tuple[int, bytes]]]) -> dict[str, float]:
    """The median time of each call. They take turns, so that a slow moment of the machine affects all of them."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(times):
        for name, call in calls.items():
            started = time.perf_counter()
            status, answer = call()
            spent[name].append((time.perf_counter() - started) * 1000)
            if status >= 300:  # noqa: PLR2004 - any success
                raise RuntimeError(f"{name} answers {status}: {answer[:300]!r}")
    return {name: statistics.median(times_ms) for name, times_ms in spent.items()}
