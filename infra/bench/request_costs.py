"""What one request of a function costs: processor time, and round trips to Postgres."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice

import httpx
import psycopg

from infra.bench.processor_time import ProcessorTime, processor_time
from infra.bench.served_function import BenchRequest, ServedFunction
from infra.bench.workbench import Workbench

Serve = Callable[[Mapping[str, str]], AbstractContextManager[ServedFunction]]


@dataclass(frozen=True)
class RequestCost:
    """The mean of some requests that were sent one after the other."""

    requests: int
    processor: ProcessorTime
    round_trips: float

    def __add__(self, other: "RequestCost") -> "RequestCost":
        """The mean of the requests of both."""
        total = self.requests + other.requests
        processor = (self.processor * self.requests + other.processor * other.requests) / total
        round_trips = (self.round_trips * self.requests + other.round_trips * other.requests) / total
        return RequestCost(total, processor, round_trips)


def request_cost(
    bench: Workbench, admin: psycopg.Connection, serve: Serve, requests: Iterable[BenchRequest], counted: int = 20
) -> RequestCost:
    """Send requests, and count the round trips of the first of them.

    Counting takes processor time, so that of the others is measured. What `admin` does between requests costs nothing.
    """
    waiting = iter(requests)
    with bench.counting_round_trips() as (environ, counter), serve(environ) as served:
        before = counter.count
        sent = _send(served, islice(waiting, counted))
        round_trips = (counter.count - before) / sent
    with serve(bench.environ) as served:
        start = processor_time(served, bench.server, admin.info.backend_pid)
        sent = _send(served, waiting)
        spent = processor_time(served, bench.server, admin.info.backend_pid) - start
    return RequestCost(sent, spent / sent, round_trips)


def _send(served: ServedFunction, requests: Iterable[BenchRequest]) -> int:
    """Send requests over one connection, one after the other. Return how many there were."""
    with httpx.Client(base_url=served.url, timeout=60) as client:
        return sum(_is_success(client, request) for request in requests)


def _is_success(client: httpx.Client, request: BenchRequest) -> bool:
    """True. Raises an error of httpx if the answer is another one."""
    answer = client.request(request.method, request.path, content=request.body, headers=request.headers)
    return answer.raise_for_status().is_success
