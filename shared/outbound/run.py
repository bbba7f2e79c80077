"""Sends all requests to other hosts, with limits of time, number, size and concurrency, and with retries.

A request counts as handed over as soon as the first byte of its body is sent. If the connection breaks after that, or
times out, or a gateway returns an error, its outcome is unknown, and only a repeatable request is sent again.
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
from shared.outbound.messages import Incomplete, OutboundRequest, OutboundResponse, RequestFailed, StreamLimits
from shared.outbound.retries import backoff, retry_after
from shared.outbound.streams import ResponseStream
from shared.spans import span

NOT_DONE = {408, 425, 429, 500, 503}  # providers document that the request had no effect
CONFLICT, TOO_MANY, SERVER_ERROR = 409, 429, 500


class Attempt(NamedTuple):
    result: str  # a status or the name of an error
    response: OutboundResponse | None = None
    opened: httpx.Response | None = None
    unknown: bool = False  # the request may have had its effect
    repeat: bool = False
    wait: float | None = None  # from the `Retry-After` header
    ends_run: bool = False
    status: int | None = None


@dataclass
class CallLog:
    """The fields of a call's log line."""

    tries: int = 0
    result: str = ""


class Run:
    """A budget of time and requests. Runs at the same time share the host's connections."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deadline = _now() + host.limits.seconds
        self._requests_left = host.limits.requests

    async def __aenter__(self) -> Self:
        self._host.runs += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self._host.runs -= 1
        if self._host.runs == 0:
            await self._host.close_connections()

    async def send(self, request: OutboundRequest) -> OutboundResponse:
        """The final response. Its body may be incomplete. Raises `RequestFailed` if there is none."""
        with self._logged(request) as call:
            async with AsyncExitStack() as stack:
                response, _ = await self._final(request, stack, call)
        return response

    @asynccontextmanager
    async def stream(self, request: OutboundRequest, limits: StreamLimits) -> AsyncIterator[ResponseStream]:
        """A response with status 2xx, read while it arrives. There is no retry after its headers have arrived.

        Raises `RequestFailed` if there is no such response.
        """
        with self._logged(request) as call:
            async with AsyncExitStack() as stack:
                response, opened = await self._final(request, stack, call, read=False)
                if not opened.is_success:
                    raise RequestFailed(call.result, unknown=response.in_doubt, status=response.status)
                yield ResponseStream(opened, limits)

    async def _final(
        self, request: OutboundRequest, stack: AsyncExitStack, call: CallLog, *, read: bool = True
    ) -> tuple[OutboundResponse, httpx.Response]:
        """The response of the last try, after the allowed retries. `stack` closes what it leaves open."""
        limits, in_doubt = self._host.limits, False
        while True:
            attempt = await self._attempt(request, stack, call, read=read)
            in_doubt |= attempt.unknown
            wait = backoff(limits.first_pause, call.tries, attempt.wait)
            out_of_time = _now() + wait >= self._deadline
            if not attempt.repeat or call.tries >= limits.tries or out_of_time:
                break
            await stack.aclose()
            await self._host.pause(wait)
        call.result = attempt.result
        if attempt.response and attempt.opened:
            return attempt.response._replace(in_doubt=in_doubt), attempt.opened
        ends_run = attempt.ends_run or (attempt.repeat and out_of_time)
        raise RequestFailed(
            attempt.result, unknown=in_doubt, ends_run=ends_run, status=attempt.status, retry_after=attempt.wait
        )

    async def _attempt(self, request: OutboundRequest, stack: AsyncExitStack, call: CallLog, *, read: bool) -> Attempt:
        if refusal := await self._refusal(stack):
            return Attempt(refusal, ends_run=True)
        call.tries += 1
        handed_over = False

        async def trace(step: str, _: object) -> None:
            nonlocal handed_over
            if step.endswith("send_request_body.started"):
                if request.before_body:
                    await request.before_body()
                handed_over = True

        until = min(self._deadline, _now() + self._host.limits.request_seconds)
        try:
            async with asyncio.timeout_at(until):
                opened = await self._host.connection(stack).handle_async_request(self._host.address(request, trace))
        except (httpx.TransportError, TimeoutError) as error:
            self._host.breaker.record(failed=True)
            repeat = request.repeatable or not handed_over
            return Attempt(type(error).__name__, unknown=handed_over, repeat=repeat)
        stack.push_async_callback(opened.aclose)
        body, incomplete = await _body(opened, until, self._host.limits.response_bytes) if read else (b"", "")
        return self._outcome(request, OutboundResponse(opened.status_code, opened.headers, body, incomplete), opened)

    async def _refusal(self, stack: AsyncExitStack) -> str:
        """Wait for a slot. Returns why no request may be sent now, or an empty string."""
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._host.slots.acquire()
        except TimeoutError:
            return "the run is out of time"
        stack.callback(self._host.slots.release)
        if _now() >= self._deadline:
            return "the run is out of time"
        if self._requests_left == 0:
            return "the run is out of requests"
        if not self._host.breaker.admits():
            return "the circuit is open"
        if self._requests_left is not None:
            self._requests_left -= 1
        return ""

    def _outcome(self, request: OutboundRequest, response: OutboundResponse, opened: httpx.Response) -> Attempt:
        status, result = response.status, f"status {response.status}"
        wait = retry_after(response.headers.get("retry-after"), utc_now())
        # A host that sends Retry-After is busy, not broken.
        self._host.breaker.record(failed=status >= SERVER_ERROR and wait is None)
        if status in NOT_DONE:
            return Attempt(result, repeat=True, wait=wait, ends_run=status == TOO_MANY, status=status)
        # Behind a gateway, the request may have had its effect. A conflict is with an earlier try of the same request.
        if status > SERVER_ERROR or status == CONFLICT:
            return Attempt(result, unknown=True, repeat=request.repeatable, wait=wait, status=status)
        repeat = response.incomplete == "cut short" and request.repeatable
        return Attempt(result, response, opened, repeat=repeat)

    @contextmanager
    def _logged(self, request: OutboundRequest) -> Iterator[CallLog]:
        """Log one line when the call ends, also after an exception."""
        call, began = CallLog(), time.perf_counter()
        with span(f"{request.method} {self._host.name}{request.route}") as sent:
            try:
                yield call
            except BaseException as error:
                call.result = error.reason if isinstance(error, RequestFailed) else type(error).__name__
                raise
            finally:
                if sent:
                    sent.attributes |= {"result": call.result, "tries": call.tries}
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
    """The body, or the part that arrived. The status alone decides whether the request had its effect."""
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
