"""Requests to other hosts, which respond in every possible way."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from shared.clock import utc_now
from shared.logs import logger
from shared.outbound.breaker import FAILURES, OPEN_SECONDS, Breaker
from shared.outbound.host import ForbiddenCall, Host
from shared.outbound.messages import Limits, OutboundRequest, OutboundResponse, RequestFailed, StreamLimits
from shared.outbound.run import Run
from tests.integration.shared.scripted_host import Script, ScriptedHost, begun, scripted_host, whole

LIMITS = Limits(seconds=20, request_seconds=5, tries=3, first_pause=1, response_bytes=1000)
HASTY = replace(LIMITS, request_seconds=0.05)
GET = OutboundRequest("GET", "/songs", repeatable=True)
KEYED = OutboundRequest("POST", "/mails", headers={"Idempotency-Key": "k"}, body=b"{}", repeatable=True)
KEYLESS = OutboundRequest("POST", "/pushes", body=b"{}")
STREAM = StreamLimits(seconds=5, idle_seconds=5)
EVENT_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class Pauses(list[float]):
    """Records pauses instead of waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHost]:
    async with scripted_host() as started:
        yield started


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The fields of each line about an outbound call."""
    fields: list[dict[str, Any]] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "outbound_call":
                fields.append(record.fields)  # type: ignore[attr-defined]

    handler, level = Lines(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield fields
    logger.removeHandler(handler)
    logger.setLevel(level)


def host_of(server: ScriptedHost, pauses: Pauses, limits: Limits = LIMITS, breaker: Breaker | None = None) -> Host:
    return Host(server.url, limits, {"Authorization": "Bearer secret"}, pause=pauses, breaker=breaker or Breaker())


async def send(host: Host, request: OutboundRequest) -> OutboundResponse:
    async with Run(host) as run:
        return await run.send(request)


async def failure(host: Host, request: OutboundRequest) -> tuple[str, bool, bool]:
    with pytest.raises(RequestFailed) as raised:
        await send(host, request)
    return raised.value.reason, raised.value.unknown, raised.value.ends_run


async def test_a_request_fills_in_its_template(server: ScriptedHost, pauses: Pauses) -> None:
    """Parts are quoted, so that they cannot change the path or the query."""
    request = OutboundRequest("POST", "/songs/{id}", {"id": "../a?b=1"}, {"market": "US"}, {"X-One": "1"}, b"body")

    response = await send(host_of(server, pauses), request)

    [seen] = server.seen
    assert (response.status, response.body, response.incomplete, response.in_doubt) == (200, b"{}", "", False)
    assert seen.line == "POST /songs/..%2Fa%3Fb%3D1?market=US HTTP/1.1"
    assert (seen.headers["authorization"], seen.headers["x-one"], seen.body) == ("Bearer secret", "1", b"body")
    assert seen.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("part", ["", ".", ".."])
async def test_a_part_cannot_change_the_path(server: ScriptedHost, pauses: Pauses, part: str) -> None:
    """Segments such as `..` are refused before a request is sent."""
    request = OutboundRequest("GET", "/songs/{id}", {"id": part}, repeatable=True)

    assert await failure(host_of(server, pauses), request) == ("invalid path", False, False)
    assert server.seen == []


async def test_each_call_is_logged(server: ScriptedHost, pauses: Pauses, lines: list[dict[str, Any]]) -> None:
    """Host, method, template, result and tries: no query, no part of the path, no secret, no body."""
    server.scripts = [whole(503), whole(404, b"their words")]
    request = OutboundRequest("GET", "/songs/{id}", {"id": "a-part"}, {"q": "a-query"}, repeatable=True)

    await send(host_of(server, pauses), request)

    [line] = lines
    assert isinstance(line.pop("ms"), int)
    assert line == {"host": "127.0.0.1", "method": "GET", "route": "/songs/{id}", "result": "status 404", "tries": 2}


@pytest.mark.parametrize("url", ["http://example.org", "http://127.0.0.1.example.org", "ftp://example.org"])
def test_other_hosts_are_called_by_https_only(url: str) -> None:
    """Only this machine may be called without encryption."""
    with pytest.raises(ValueError, match="https"):
        Host(url, LIMITS)


@pytest.mark.parametrize("request_", [GET, KEYED, KEYLESS], ids=["get", "keyed", "keyless"])
@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_a_request_without_effect_is_retried(
    server: ScriptedHost, pauses: Pauses, request_: OutboundRequest, status: int
) -> None:
    """Every request is retried, with exponential backoff and jitter."""
    server.scripts = [whole(status), whole(status), whole()]

    response = await send(host_of(server, pauses), request_)

    assert (response.status, response.in_doubt) == (200, False)
    assert 0.5 <= pauses[0] <= 1 <= pauses[1] <= 2


async def test_a_busy_host_has_no_unknown_outcome(server: ScriptedHost, pauses: Pauses) -> None:
    """The tries of a call are limited. After a last 429, further calls would fail as well."""
    server.scripts = [whole(429)]

    assert await failure(host_of(server, pauses), KEYLESS) == ("status 429", False, True)
    assert len(server.seen) == LIMITS.tries


async def test_retry_after_is_respected(server: ScriptedHost, pauses: Pauses) -> None:
    """The retry waits at least as long as the seconds or the date say."""
    date = format_datetime(utc_now() + timedelta(seconds=11), usegmt=True)
    server.scripts = [whole(429, Retry_After="7"), whole(503, Retry_After=date), whole()]

    assert (await send(host_of(server, pauses), KEYLESS)).status == 200
    assert 7.5 <= pauses[0] <= 8
    assert 9 < pauses[1] <= 12


async def test_a_pause_beyond_the_deadline_fails_at_once(server: ScriptedHost, pauses: Pauses) -> None:
    """The call fails at once and ends the run."""
    server.scripts = [whole(503, Retry_After="3600")]

    assert await failure(host_of(server, pauses), GET) == ("status 503", False, True)
    assert (pauses, len(server.seen)) == ([], 1)


@pytest.mark.parametrize("trouble", [["reset"], whole(502), whole(504), whole(409)], ids=["reset", "502", "504", "409"])
async def test_an_unknown_outcome_is_not_retried(server: ScriptedHost, pauses: Pauses, trouble: Script) -> None:
    """The request may have had its effect, so it is not sent again."""
    server.scripts = [trouble, whole()]

    _, unknown, _ = await failure(host_of(server, pauses), KEYLESS)
    assert (unknown, len(server.seen)) == (True, 1)


@pytest.mark.parametrize("request_", [GET, KEYED], ids=["get", "keyed"])
@pytest.mark.parametrize("trouble", [["reset"], whole(502), whole(504), whole(409)], ids=["reset", "502", "504", "409"])
async def test_an_unknown_outcome_of_a_repeatable_request_is_retried(
    server: ScriptedHost, pauses: Pauses, request_: OutboundRequest, trouble: Script
) -> None:
    """The response is marked `in_doubt`."""
    server.scripts = [trouble, whole(422)]

    response = await send(host_of(server, pauses), request_)
    assert (response.status, response.in_doubt, len(server.seen)) == (422, True, 2)


async def test_the_outcome_stays_unknown_after_later_tries(server: ScriptedHost, pauses: Pauses) -> None:
    """A later try without effect does not decide the outcome of the first."""
    server.scripts = [["reset"], whole(503)]

    assert await failure(host_of(server, pauses), KEYED) == ("status 503", True, False)


async def test_a_request_is_handed_over_once_its_caller_has_recorded_that(server: ScriptedHost, pauses: Pauses) -> None:
    """The body leaves after `before_body`. If that fails, the host gets no whole request, and nothing is in doubt."""
    seen = []

    async def record() -> None:
        seen.append(len(server.seen))

    async def refuse() -> None:
        raise RequestFailed("lease_expired")

    assert (await send(host_of(server, pauses), replace(KEYLESS, before_body=record))).status == 200
    refused = await failure(host_of(server, pauses), replace(KEYLESS, before_body=refuse))

    assert refused == ("lease_expired", False, False)
    assert (seen, len(server.seen)) == ([0], 1)


async def test_a_failure_before_the_body_is_not_unknown(pauses: Pauses) -> None:
    """Nothing was handed over, so that even a request that is not repeatable is retried."""
    async with scripted_host() as gone:
        pass

    assert await failure(host_of(gone, pauses), KEYLESS) == ("ConnectError", False, False)
    assert len(pauses) == LIMITS.tries - 1


async def test_a_refused_connection_is_retried() -> None:
    """A refused connection is retried for every request."""
    async with AsyncExitStack() as stack:
        async with scripted_host() as gone:
            port = int(gone.url.rpartition(":")[2])

        async def start_again(_: float) -> None:
            await stack.enter_async_context(scripted_host(port))

        host = Host(gone.url, LIMITS, pause=start_again, breaker=Breaker())
        assert (await send(host, KEYLESS)).status == 200


async def test_slow_headers_end_a_try(server: ScriptedHost, pauses: Pauses) -> None:
    """A request that is not repeatable has an unknown outcome; a repeatable one is retried."""
    server.scripts = [["stall"]]
    assert await failure(host_of(server, pauses, HASTY), KEYLESS) == ("TimeoutError", True, False)

    server.scripts = [["stall"], whole()]
    assert (await send(host_of(server, pauses, HASTY), KEYED)).status == 200


@pytest.mark.parametrize("trouble", [begun(9, b"{}", "reset"), begun(9, b"{}", "stall")], ids=["reset", "stall"])
async def test_a_repeatable_request_with_an_incomplete_body_is_retried(
    server: ScriptedHost, pauses: Pauses, trouble: Script
) -> None:
    """Otherwise the response has the status and the part of the body that arrived."""
    server.scripts = [trouble]
    response = await send(host_of(server, pauses, HASTY), KEYLESS)
    assert (response.status, response.body, response.incomplete, len(server.seen)) == (200, b"{}", "cut short", 1)

    server.scripts = [trouble, whole()]
    assert (await send(host_of(server, pauses, HASTY), GET)).incomplete == ""


async def test_an_oversized_body_is_not_read_to_its_end(server: ScriptedHost, pauses: Pauses) -> None:
    """The request is not repeated either."""
    server.scripts = [begun(10**9, b"x" * 100_000, "stall")]

    response = await send(host_of(server, pauses), GET)
    assert (response.incomplete, len(server.seen)) == ("too large", 1)


async def test_a_gzip_bomb_is_not_unpacked(server: ScriptedHost, pauses: Pauses) -> None:
    """A compressed response, which we do not accept, is not decompressed."""
    bomb = gzip.compress(bytes(500_000))
    server.scripts = [whole(200, bomb, Content_Encoding="gzip")]

    assert (await send(host_of(server, pauses), GET)).body == bomb


async def test_a_redirect_is_not_followed(server: ScriptedHost, pauses: Pauses) -> None:
    """It is the final response. Our headers are not sent to another address."""
    server.scripts = [whole(307, Location="/elsewhere")]

    assert (await send(host_of(server, pauses), GET)).status == 307
    assert len(server.seen) == 1


async def test_the_requests_of_a_run_are_limited(server: ScriptedHost, pauses: Pauses) -> None:
    """Retries count, and a request over the limit is not sent."""
    server.scripts = [whole(503), whole()]

    async with Run(host_of(server, pauses, replace(LIMITS, requests=2))) as run:
        await run.send(GET)
        with pytest.raises(RequestFailed, match="requests") as raised:
            await run.send(GET)

    assert (raised.value.unknown, raised.value.ends_run, len(server.seen)) == (False, True, 2)


async def test_runs_at_the_same_time_share_connections(server: ScriptedHost, pauses: Pauses) -> None:
    """So batches that overlap do not sign in to TLS anew. The last run to end closes them."""
    host = host_of(server, pauses)

    async with Run(host) as first:
        await first.send(GET)
        async with Run(host) as second:
            await second.send(GET)
        await first.send(GET)
    await server.left.wait()

    assert (len(server.seen), server.connections) == (3, 1)


async def test_the_time_of_a_run_is_limited(server: ScriptedHost, pauses: Pauses) -> None:
    """A request that was sent has an unknown outcome, one that was not sent does not."""
    server.scripts = [["stall"]]

    async with Run(host_of(server, pauses, replace(LIMITS, seconds=0.05))) as run:
        results = await asyncio.gather(run.send(KEYLESS), run.send(KEYLESS), return_exceptions=True)

    assert [isinstance(result, RequestFailed) and result.unknown for result in results] == [True, False]
    assert len(server.seen) == 1


async def test_a_failing_host_gets_no_requests(server: ScriptedHost, pauses: Pauses, clock: Clock) -> None:
    """After `OPEN_SECONDS` one request is sent. If it succeeds, all are."""
    server.scripts = [whole(500)] * FAILURES + [whole()]
    host = host_of(server, pauses, replace(LIMITS, tries=FAILURES), Breaker(clock))

    async with Run(host) as run:
        with pytest.raises(RequestFailed, match="status 500"):
            await run.send(GET)
        with pytest.raises(RequestFailed, match="circuit") as refused:
            await run.send(GET)
        while_open = len(server.seen)
        clock.now += OPEN_SECONDS
        statuses = [(await run.send(GET)).status for _ in range(2)]

    assert (while_open, refused.value.unknown, refused.value.ends_run) == (FAILURES, False, True)
    assert statuses == [200, 200]


async def test_retry_after_does_not_open_the_circuit(server: ScriptedHost, pauses: Pauses) -> None:
    """A response with Retry-After does not count as a failure."""
    server.scripts = [*[whole(503, Retry_After="1")] * FAILURES, whole()]

    host = host_of(server, pauses, replace(LIMITS, seconds=60, tries=FAILURES + 1))
    assert (await send(host, GET)).status == 200


async def test_hosts_of_one_address_share_their_breaker(server: ScriptedHost) -> None:
    """The breaker of an address outlives a run."""
    assert Host(server.url, LIMITS).breaker is Host(f"{server.url}/v1", LIMITS).breaker
    assert Host("https://a.example", LIMITS).breaker is not Host("https://b.example", LIMITS).breaker


async def test_a_process_may_be_kept_to_this_machine(forbidden_calls: list[str]) -> None:
    """A call of another machine is an error of its own, which no caller takes for a failure of the host."""
    with pytest.raises(ForbiddenCall):
        await send(Host("https://api.openai.com", LIMITS), GET)

    assert forbidden_calls == ["api.openai.com"]
    forbidden_calls.clear()  # otherwise this test fails, as any other one would


async def test_a_caller_can_cancel(server: ScriptedHost, pauses: Pauses, lines: list[dict[str, Any]]) -> None:
    """The connection is closed, its slot is released, and the call is logged."""
    server.scripts = [["stall"], whole()]
    host = host_of(server, pauses)

    async with Run(host) as run:
        call = asyncio.create_task(run.send(KEYED))
        await server.stalling.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await server.left.wait()
        assert (await run.send(GET)).status == 200

    assert [line["result"] for line in lines] == ["CancelledError", "status 200"]


async def test_a_stream_is_read_line_by_line(server: ScriptedHost, pauses: Pauses) -> None:
    """Lines may be split across chunks. An error before the headers is retried."""
    server.scripts = [whole(503), [EVENT_STREAM, b"data: one\r", b"\ndata: t", b"wo\n\n", b"data: three", "close"]]

    async with Run(host_of(server, pauses)) as run, run.stream(KEYLESS, STREAM) as stream:
        lines = [line async for line in stream.lines()]

    assert stream.status == 200
    assert lines == [b"data: one", b"data: two", b"", b"data: three"]


async def read(host: Host, limits: StreamLimits, chunks: list[bytes]) -> RequestFailed:
    """The error that ends the stream; what came before it is added to the chunks."""
    try:
        async with Run(host) as run, run.stream(GET, limits) as stream:
            async for chunk in stream.chunks():
                chunks.append(chunk)  # noqa: PERF401 - it has to stand when the stream breaks
    except RequestFailed as error:
        return error
    return pytest.fail("the stream came to its end")


@pytest.mark.parametrize(
    ("script", "limits", "reason"),
    [
        (begun(99, b"one", "close"), STREAM, "RemoteProtocolError"),
        (begun(99, b"one", "stall"), replace(STREAM, idle_seconds=0.05), "TimeoutError"),
        (begun(99, b"one", "stall"), replace(STREAM, seconds=0.05), "TimeoutError"),
        (begun(99, b"one", b"x" * 96), replace(STREAM, response_bytes=98), "too large"),
    ],
    ids=["cut", "idle", "deadline", "oversize"],
)
async def test_a_broken_stream_is_not_retried(
    server: ScriptedHost,
    lines: list[dict[str, Any]],
    script: Script,
    limits: StreamLimits,
    reason: str,
) -> None:
    """The caller has read its beginning. The outcome is unknown, even for a repeatable request."""
    server.scripts = [script, whole()]
    chunks: list[bytes] = []

    error = await read(host_of(server, Pauses()), limits, chunks)

    assert (error.reason, error.unknown) == (reason, True)
    assert (b"".join(chunks) in (b"one", b""), len(server.seen)) == (True, 1)
    assert [line["result"] for line in lines] == [reason]


async def test_a_refused_stream_is_an_error(server: ScriptedHost, pauses: Pauses) -> None:
    """Only a response with status 2xx is streamed."""
    server.scripts = [whole(400, b"their words")]

    assert (await read(host_of(server, pauses), STREAM, [])).reason == "status 400"


async def test_a_reader_may_leave_a_stream(server: ScriptedHost, pauses: Pauses) -> None:
    """The connection is closed, so that the host stops writing."""
    server.scripts = [begun(99, b"one\n", "stall")]

    async with Run(host_of(server, pauses)) as run, run.stream(GET, STREAM) as stream:
        async for _ in stream.lines():
            break

    await server.left.wait()
