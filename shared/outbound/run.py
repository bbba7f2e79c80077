"""The one way in which requests leave: limited in time, number, size and concurrency, and repeated with care.

A request that may not be repeated counts as handed over from the moment its body begins to leave. From then on, a
broken connection, a timeout or a gateway's error leaves its outcome unknown, and it is not sent again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Self

import httpx

from shared import logs
from shared.clock import utc_now
from shared.outbound.host import Host
from shared.outbound.messages import Incomplete, OutboundRequest, RequestFailed, OutboundResponse, StreamLimits
from shared.outbound.retries import backoff, retry_after
from shared.outbound.streams import ResponseStream

NOT_DONE = {408, 425, 429, 500, 503}  # nothing was carried out, as providers document it
CONFLICT, TOO_MANY, SERVER_ERROR = 409, 429, 500


class Attempt(NamedTuple):
    result: str  # a status or the name of an error
    response: OutboundResponse | None = None
    opened: httpx.Response | None = None
    unknown: bool = False  # the host may have carried it out
    repeat: bool = False
    wait: float | None = None  # as long as the host says
    ends_run: bool = False


@dataclass
class CallLog:
    """What the log says of a call."""

    tries: int = 0
    result: str = ""


class Run:
    """A budget of time and requests, for all that is sent with it. `async with` closes its connections."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._ends = _now() + host.limits.seconds
        self._requests_left = host.limits.requests
        # Each request in flight has a connection of its own: one pool of 64 spends 7 ms of every request on looking
        # through all of them.
        self._idle: list[httpx.AsyncHTTPTransport] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._idle:
            await connection.aclose()

    async def send(self, request: OutboundRequest) -> OutboundResponse:
        """The final response. Its body may be incomplete. Raises `RequestFailed` where there is no response."""
        with self._logged(request) as call:
            async with AsyncExitStack() as stack:
                response, _ = await self._final(request, stack, call)
        return response

    @asynccontextmanager
    async def stream(self, request: OutboundRequest, limits: StreamLimits) -> AsyncIterator[ResponseStream]:
        """A response of status 2xx, to be read as it comes. Nothing is repeated once its headers are there.

        Raises `RequestFailed` where there is no such response.
        """
        with self._logged(request) as call:
            async with AsyncExitStack() as stack:
                response, opened = await self._final(request, stack, call, read=False)
                if not opened.is_success:
                    raise RequestFailed(call.result, unknown=response.in_doubt)
                yield ResponseStream(opened, limits)

    async def _final(
        self, request: OutboundRequest, stack: AsyncExitStack, call: CallLog, *, read: bool = True
    ) -> tuple[OutboundResponse, httpx.Response]:
        """Repeats the request as long as that is allowed and may help. What is open at the end is on the stack."""
        limits, in_doubt = self._host.limits, False
        while True:
            attempt = await self._attempt(request, stack, call, read=read)
            in_doubt |= attempt.unknown
            wait = backoff(limits.first_pause, call.tries, attempt.wait)
            out_of_time = _now() + wait >= self._ends
            if not attempt.repeat or call.tries >= limits.tries or out_of_time:
                break
            await stack.aclose()
            await self._host.pause(wait)
        call.result = attempt.result
        if attempt.response and attempt.opened:
            return attempt.response._replace(in_doubt=in_doubt), attempt.opened
        ends_run = attempt.ends_run or (attempt.repeat and out_of_time)
        raise RequestFailed(attempt.result, unknown=in_doubt, ends_run=ends_run)

    async def _attempt(self, request: OutboundRequest, stack: AsyncExitStack, call: CallLog, *, read: bool) -> Attempt:
        if refusal := await self._refusal(stack):
            return Attempt(refusal, ends_run=True)
        call.tries += 1
        handed_over = False

        async def trace(step: str, _: object) -> None:
            nonlocal handed_over
            handed_over |= step.endswith("send_request_body.started")

        until = min(self._ends, _now() + self._host.limits.request_seconds)
        try:
            async with asyncio.timeout_at(until):
                opened = await self._connection(stack).handle_async_request(self._host.address(request, trace))
        except (httpx.TransportError, TimeoutError) as error:
            self._host.breaker.record(failed=True)
            repeat = request.repeatable or not handed_over
            return Attempt(type(error).__name__, unknown=handed_over, repeat=repeat)
        stack.push_async_callback(opened.aclose)
        body, incomplete = await _body(opened, until, self._host.limits.response_bytes) if read else (b"", "")
        return self._judged(request, OutboundResponse(opened.status_code, opened.headers, body, incomplete), opened)

    async def _refusal(self, stack: AsyncExitStack) -> str:
        """Waits for a slot, and says why there may be no request now."""
        try:
            async with asyncio.timeout_at(self._ends):
                await self._host.slots.acquire()
        except TimeoutError:
            return "the time of the run is over"
        stack.callback(self._host.slots.release)
        if _now() >= self._ends:
            return "the time of the run is over"
        if self._requests_left == 0:
            return "the requests of the run are spent"
        if not self._host.breaker.admits():
            return "the circuit is open"
        if self._requests_left is not None:
            self._requests_left -= 1
        return ""

    def _connection(self, stack: AsyncExitStack) -> httpx.AsyncHTTPTransport:
        connection = self._idle.pop() if self._idle else self._host.connection()
        stack.callback(self._idle.append, connection)
        return connection

    def _judged(self, request: OutboundRequest, response: OutboundResponse, opened: httpx.Response) -> Attempt:
        status, result = response.status, f"status {response.status}"
        wait = retry_after(response.headers.get("retry-after"), utc_now())
        # A host that says when to come back is busy, and not broken.
        self._host.breaker.record(failed=status >= SERVER_ERROR and wait is None)
        if status in NOT_DONE:
            return Attempt(result, repeat=True, wait=wait, ends_run=status == TOO_MANY)
        # What stands behind a gateway may have done it; a conflict is with the same request, sent before.
        if status > SERVER_ERROR or status == CONFLICT:
            return Attempt(result, unknown=True, repeat=request.repeatable, wait=wait)
        repeat = response.incomplete == "cut short" and request.repeatable
        return Attempt(result, response, opened, repeat=repeat)

    @contextmanager
    def _logged(self, request: OutboundRequest) -> Iterator[CallLog]:
        """One line for a call, however it ends."""
        call, began = CallLog(), time.perf_counter()
        try:
            yield call
        except BaseException as error:
            call.result = error.reason if isinstance(error, RequestFailed) else type(error).__name__
            raise
        finally:
            logs.event(
                "outbound_call",
                host=self._host.name,
                method=request.method,
                route=request.route,
                result=call.result,
                tries=call.tries,
                ms=round((time.perf_counter() - began) * 1000),
            )


async def _body(opened: httpx.Response, until: float, limit: int) -> tuple[bytes, Incomplete]:
    """As much of it as comes: the status alone says whether the request was carried out."""
    body = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for chunk in opened.aiter_raw():
                body += chunk
                if len(body) > limit:
                    return bytes(body), "too large"
    except (httpx.TransportError, TimeoutError):
        return bytes(body), "cut short"
    return bytes(body), ""


def _now() -> float:
    return asyncio.get_running_loop().time()
