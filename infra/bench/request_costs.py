"""What one request of a function costs: processor time, and round trips to Postgres."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx
import psycopg

from infra.bench.prices import Use
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

    def use(self, invocations: float = 1) -> Use:
        """What so many requests need of the function."""
        processor = self.processor * invocations
        return Use(invocations, processor.python, processor.postgres, self.round_trips * invocations)


def request_cost(
    bench: Workbench, admin: psycopg.Connection, serve: Serve, requests: Iterable[BenchRequest]
) -> RequestCost:
    """Send requests, one after the other. What `admin` does between them costs nothing.

    The proxy that counts round trips runs in this process, so it adds nothing to the processor time.
    """
    with bench.counting_round_trips() as (environ, counter), serve(environ) as served:
        start, begun = processor_time(served, bench.server, admin.info.backend_pid), counter.count
        sent = _send(served, requests)
        spent = processor_time(served, bench.server, admin.info.backend_pid) - start
        return RequestCost(sent, spent / sent, (counter.count - begun) / sent)


def _send(served: ServedFunction, requests: Iterable[BenchRequest]) -> int:
    """Send requests over one connection, one after the other. Return how many there were."""
    with httpx.Client(base_url=served.url, timeout=60) as client:
        return sum(_is_success(client, request) for request in requests)


def _is_success(client: httpx.Client, request: BenchRequest) -> bool:
    """True. Raises an error of httpx if the answer is another one."""
    answer = client.request(request.method, request.path, content=request.body, headers=request.headers)
    return answer.raise_for_status().is_success
