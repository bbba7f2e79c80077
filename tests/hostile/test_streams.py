"""Streamed responses: their beginning, errors, deadline, end and resources."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from functions_framework import _function_registry

from shared.http.openapi import describe
from shared.logs import CloudFormatter
from shared.services import Services
from shared.settings import Settings
from tests.conftest import Clone, Issuer, sign_up
from tests.hostile.refusals import CANARY
from tests.hostile.server import serving
from tests.hostile.streaming import main as sample
from tests.hostile.wire import Header, RawRequest, Reply, send

_function_registry.REGISTRY_MAP.pop("streaming")  # the sample is not a function of Mend

LISTENERS = 200
POOL = 4
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'mend_app'"
IN_TRANSACTION = CONNECTED + " AND state <> 'idle'"
KEPT = "SELECT count(*) FROM mend.idempotency_keys"


@pytest.fixture
def token(services: Services, database: Clone, issuer: Issuer, caplog: pytest.LogCaptureFixture) -> str:
    assert services
    caplog.set_level(logging.INFO)
    sample.finished.clear()
    sample.go_on = asyncio.Event()
    return issuer.token(sign_up(database))


def stream_request(token: str, path: str, *headers: Header, method: str = "GET", body: bytes = b"") -> RawRequest:
    sign_in = (b"authorization", f"Bearer {token}".encode())
    return RawRequest(method, path.encode(), headers=(sign_in, *headers), body=body)


async def sent(token: str, path: str, *headers: Header, enough: Callable[[Reply], bool] = lambda _: False) -> Reply:
    return await send(sample.app, stream_request(token, path, *headers), enough)


def events_of(reply: Reply) -> list[dict[str, str]]:
    blocks = reply.body.decode().split("\n\n")
    assert blocks.pop() == ""
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks if block != ":"]


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The log lines, as parsed by Cloud Logging."""
    return [json.loads(CloudFormatter().format(record)) for record in caplog.records if record.name == "mend"]


async def test_events_have_names_and_ids(token: str) -> None:
    """They are sent at once, and proxies are told not to buffer."""
    reply = await sent(token, "/count")

    assert [(event["id"], event["event"], event["data"]) for event in events_of(reply)] == [
        (str(number), "tick", json.dumps({"number": number}, separators=(",", ":"))) for number in (1, 2, 3)
    ]
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-accel-buffering"] == "no"
    assert not {"etag", "content-length"} & reply.headers.keys()
    assert "ratelimit-remaining" in reply.headers


async def test_a_stream_resumes_after_the_last_event_seen(token: str) -> None:
    """The handler gets `Last-Event-ID`."""
    reply = await sent(token, "/count", (b"last-event-id", b"2"))

    assert [event["id"] for event in events_of(reply)] == ["3"]


@pytest.mark.parametrize("value", [b"x" * 256, b"\xff", b"a\tb"])
async def test_a_hopeless_event_id_is_refused(token: str, value: bytes) -> None:
    """It must be short and printable."""
    reply = await sent(token, "/count", (b"last-event-id", value))

    assert (reply.status, reply.json["code"]) == (422, "invalid")


async def test_an_error_becomes_the_last_event(token: str, caplog: pytest.LogCaptureFixture) -> None:
    """The last event is a problem, the stream ends properly, and the crash is logged."""
    reply = await sent(token, "/fail")

    tick, error = events_of(reply)
    problem = json.loads(error["data"])
    assert (tick["event"], error["event"], reply.complete) == ("tick", "error", True)
    assert (problem["code"], problem["status"]) == ("internal", 500)
    assert problem["request_id"] == reply.headers["x-request-id"]
    assert not reply.mentions(CANARY)
    lines = logged(caplog)
    assert [line["message"] for line in lines] == ["crash", "request"]
    assert CANARY not in str(lines)


async def test_an_error_cuts_a_file(token: str, caplog: pytest.LogCaptureFixture) -> None:
    """An incomplete file must not look complete."""
    reply = await sent(token, "/break")

    assert (reply.status, reply.body, reply.complete) == (200, b"the first half", False)
    line = logged(caplog)[-1]
    assert (line["route"], line["bytes"], line["ended"]) == ("/break", 14, "internal")


async def test_what_fails_before_the_first_byte_is_an_ordinary_problem(token: str) -> None:
    """An error before the first byte gets an error status."""
    reply = await sent(token, "/refuse")

    assert (reply.status, reply.json["code"]) == (404, "not_found")


async def test_a_stream_has_a_deadline_of_its_own(token: str) -> None:
    """After the deadline of its operation, it ends with an error event, and its source is closed."""
    reply = await sent(token, "/hurry")

    error = events_of(reply)[-1]
    assert (error["event"], json.loads(error["data"])["code"]) == ("error", "deadline_exceeded")
    assert not sample.running


async def test_a_silent_stream_has_heartbeats(token: str) -> None:
    """Comments, which clients ignore, keep proxies from closing the connection."""
    reply = await sent(token, "/wait", enough=lambda reply: b"role" in reply.body and reply.body.endswith(b"\n\n:\n\n"))

    assert events_of(reply) == [{"event": "role", "data": '{"name":"mend_user"}'}]


async def test_a_caller_who_leaves_ends_the_source(token: str, caplog: pytest.LogCaptureFixture) -> None:
    """When the caller disconnects, the source is closed."""
    await sent(token, "/follow", enough=lambda reply: bool(reply.body))

    assert (sample.running, sample.finished) == (set(), [])
    assert logged(caplog)[-1]["ended"] == "left"


async def test_a_source_can_outlive_its_caller(token: str) -> None:
    """With `outlives_caller`, the source runs to its end."""

    def hears_enough(_: Reply) -> bool:
        sample.go_on.set()
        return True

    await sent(token, "/follow-alone", enough=hears_enough)

    assert not sample.running
    assert len(sample.finished) == 1


async def test_a_head_request_starts_no_source(token: str) -> None:
    """It gets the headers only."""
    reply = await send(sample.app, stream_request(token, "/follow", method="HEAD"))

    assert (reply.status, reply.body, reply.complete) == (200, b"", True)
    assert not sample.running


async def test_a_stream_takes_no_idempotency_key(token: str) -> None:
    """Streams are not stored, so a repeated request could not get the first response."""
    reply = await send(sample.app, stream_request(token, "/pour", (b"idempotency-key", b"a-key"), method="POST"))

    assert (reply.status, reply.json["code"]) == (422, "invalid")


async def test_long_work_is_answered_once_for_a_key(token: str, database: Clone) -> None:
    """A repeated request gets the stored response. The key of a different request is refused."""

    async def ask(word: str) -> Reply:
        headers = ((b"idempotency-key", b"a-key"), (b"content-type", b"application/json"))
        body = json.dumps({"word": word}).encode()
        return await send(sample.app, stream_request(token, "/work", *headers, method="POST", body=body))

    first, repeat, other = await ask("swim"), await ask("swim"), await ask("walk")

    assert (first.status, first.json) == (201, {"name": "mend_user 1"})
    assert (repeat.status, repeat.body) == (201, first.body)
    assert repeat.headers["idempotency-replayed"] == "true"
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert sample.finished == ["swim"]
    assert database.value(KEPT) == 1


async def test_the_answer_of_long_work_that_names_a_record_is_not_kept(token: str, database: Clone) -> None:
    """The record may be deleted before the answer is stored. A repeated request gets a 410, and no second record."""
    headers = ((b"idempotency-key", b"a-key"), (b"content-type", b"application/json"))
    request = stream_request(token, "/make", *headers, method="POST", body=b'{"word": "swim"}')

    first, repeat = await send(sample.app, request), await send(sample.app, request)

    assert (first.status, repeat.status, repeat.json["code"]) == (201, 410, "response_gone")
    assert sample.finished == ["swim"]
    assert database.rows("SELECT body FROM mend.idempotency_keys") == [(None,)]


def test_a_stream_is_described_with_its_events() -> None:
    """OpenAPI has the events, their data and the `Last-Event-ID` header."""
    described = json.loads(describe("streaming", sample.app.operations))["paths"]
    counting, pouring = described["/count"]["get"], described["/pour"]["post"]

    content = counting["responses"]["200"]["content"]["text/event-stream"]
    assert content["schema"]["description"] == "Server-sent events: tick, error."
    assert content["x-events"]["tick"] == {"$ref": "#/components/schemas/Tick"}
    assert [parameter["name"] for parameter in counting["parameters"]] == ["Last-Event-ID"]
    assert "parameters" not in pouring


async def test_a_worker_holds_many_streams_beside_its_work(settings: Settings, database: Clone, issuer: Issuer) -> None:
    """With 200 streams and a pool of four connections, other requests are served, and all resources are released."""
    source = Path(sample.__file__)
    limits = httpx.Limits(max_connections=None)
    auth = {"Authorization": f"Bearer {issuer.token(sign_up(database))}"}
    with serving("streaming", settings.model_copy(update={"pool_size": POOL}), source) as served:
        async with httpx.AsyncClient(base_url=served.url, headers=auth, limits=limits, timeout=30) as client:
            await client.get("/look")
            worker = served.process.children()[0]
            before = worker.memory_info().rss
            async with AsyncExitStack() as streams:
                opened = [streams.enter_async_context(client.stream("GET", "/follow")) for _ in range(LISTENERS)]
                answers = await asyncio.gather(*opened)
                bodies = [answer.aiter_lines() for answer in answers]
                firsts = await asyncio.gather(*map(anext, bodies))
                grown = (worker.memory_info().rss - before) // LISTENERS // 1024
                running = (await client.get("/running")).text
                looks = await asyncio.gather(*(client.get("/look") for _ in range(20)))
                in_transaction = database.value(IN_TRANSACTION)
                connected = database.value(CONNECTED)
            await _until_none_run(client)
            after = await client.get("/look")

    print(f"{grown} KiB a stream")  # noqa: T201 - for whoever runs the tests with -s
    assert set(firsts) == {"event: role"}
    assert running == str(LISTENERS)
    assert {look.status_code for look in looks} == {200}
    assert (in_transaction, connected <= POOL) == (0, True)
    assert after.status_code == 200


async def _until_none_run(client: httpx.AsyncClient) -> None:
    deadline = monotonic() + 20
    while (await client.get("/running")).text != "0":
        assert monotonic() < deadline
        await asyncio.sleep(0.05)


def test_a_broken_file_is_seen_to_be_broken(settings: Settings, database: Clone, issuer: Issuer) -> None:
    """Clients detect that the body is incomplete."""
    auth = {"Authorization": f"Bearer {issuer.token(sign_up(database))}"}
    with serving("streaming", settings, Path(sample.__file__)) as served, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{served.url}/break", headers=auth)
