"""What Cloud Trace is told of a sampled request, and of the events that follow from it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from functions.checkin.main import app, event_consumer
from functions.relay.main import publish_outbox
from infra.local.database import open_bus
from infra.registry import Subscription
from shared import span_exporter
from shared.outbound.host import Host
from shared.outbound.messages import Limits, OutboundRequest
from shared.outbound.run import Run
from shared.services import Services, use
from shared.settings import Settings
from shared.span_exporter import SpanExporter, described
from shared.spans import OpenSpan, entered, span
from shared.traces import Trace
from tests.conftest import ADMIN, Clone, Issuer, LogLines, sign_up
from tests.event_delivery import status_of
from tests.faults.serving import until
from tests.integration.shared.files.storage_server import serving
from tests.integration.shared.trace_server import TraceServer

TRACE, CALLER = "0af7651916cd43dd1448eb211c80319c", "b7ad6b7169203331"
SAMPLED = f"00-{TRACE}-{CALLER}-01"
OTHER = f"00-0af7651916cd43dd8448eb211c80319c-{CALLER}-01"
WORDS = ("kanarienvogel", "sad", "entry-key")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceServer]:
    monkeypatch.setattr(span_exporter, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(span_exporter, "PAUSE_SECONDS", 0.01)
    cloud = TraceServer()
    with serving(cloud.router()) as cloud.url:
        yield cloud
        cloud.free.set()


@pytest.fixture
async def traced(settings: Settings, services: Services, cloud: TraceServer) -> AsyncIterator[Services]:
    """The services of an installation that exports spans."""
    parts = Services(settings.model_copy(update={"trace_project": "mend-test", "trace_url": cloud.url}))
    use(parts)
    yield parts
    use(services)
    await parts.database.close()


async def check_in(database: Clone, issuer: Issuer, traceparent: str = SAMPLED) -> int:
    headers = {
        "Authorization": f"Bearer {issuer.token(sign_up(database))}",
        "traceparent": traceparent,
        "Idempotency-Key": "entry-key-1",
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://checkin.local") as client:
        body = {"mood": "sad", "intensity": 7, "note": "kanarienvogel"}
        return (await client.post("/", headers=headers, json=body)).status_code


def named(cloud: TraceServer, name: str) -> list[dict[str, Any]]:
    return [told for told in cloud.spans if told["displayName"]["value"].startswith(name)]


@pytest.mark.usefixtures("traced")
async def test_a_check_in_and_what_follows_from_it_are_one_trace(
    database: Clone, issuer: Issuer, cloud: TraceServer
) -> None:
    """Request, publication and handling come one after the other. Each round trip to Postgres is within one of them."""
    open_bus(database.dsn(ADMIN), [Subscription("mood-recorded", "checkin_events")])
    await check_in(database, issuer)
    await publish_outbox()
    [(message,)] = database.rows("SELECT message FROM local.deliveries")
    await status_of(event_consumer, message)
    await until(lambda: bool(named(cloud, "checkin_events")))

    [request], [publication], [handling] = (
        named(cloud, name) for name in ("checkin POST /", "publish mood.recorded", "checkin_events mood.recorded")
    )
    assert [span["parentSpanId"] for span in (request, publication, handling)] == [
        CALLER,
        request["spanId"],
        publication["spanId"],
    ]
    assert {span["parentSpanId"] for span in named(cloud, "postgres")} == {request["spanId"], handling["spanId"]}
    assert {span["name"].split("/")[3] for span in cloud.spans} == {TRACE}
    assert request["attributes"]["attributeMap"]["status"] == {"intValue": "201"}


@pytest.mark.usefixtures("traced")
async def test_no_span_holds_a_value_of_a_person(database: Clone, issuer: Issuer, cloud: TraceServer) -> None:
    """Names are routes, types and statements of ours."""
    await check_in(database, issuer)
    await until(lambda: bool(named(cloud, "checkin")))

    text = json.dumps(cloud.spans)
    people = [str(id_) for (id_,) in database.rows("SELECT id FROM auth.users")]
    assert [word for word in (*WORDS, *people) if word in text] == []


@pytest.mark.usefixtures("traced")
async def test_a_trace_that_is_not_sampled_has_no_spans(database: Clone, issuer: Issuer, cloud: TraceServer) -> None:
    """Four of five."""
    await check_in(database, issuer, OTHER)
    await check_in(database, issuer, SAMPLED)
    await until(lambda: bool(named(cloud, "checkin")))

    assert {span["name"].split("/")[3] for span in cloud.spans} == {TRACE}


@pytest.mark.usefixtures("traced")
async def test_a_cloud_trace_that_does_not_answer_delays_no_request(
    database: Clone, issuer: Issuer, cloud: TraceServer
) -> None:
    """Requests are answered although none of their spans is taken."""
    cloud.free.clear()
    await check_in(database, issuer)
    await until(lambda: cloud.asked == 1)

    assert [await check_in(database, issuer) for _ in range(3)] == [201, 201, 201]
    assert cloud.spans == []


@pytest.mark.usefixtures("traced")
async def test_spans_that_are_not_taken_are_lost(
    database: Clone, issuer: Issuer, cloud: TraceServer, log_lines: LogLines
) -> None:
    """A log line counts them. Later ones arrive."""
    cloud.failures = [503]
    await check_in(database, issuer)
    await until(lambda: bool(log_lines.of("spans_lost")))
    await check_in(database, issuer)
    await until(lambda: bool(named(cloud, "checkin")))

    [lost] = log_lines.of("spans_lost")
    assert lost["reason"] == "HTTPError"


async def test_what_does_not_fit_is_lost(cloud: TraceServer, log_lines: LogLines) -> None:
    """The queue has an end, and a log line counts what came after it."""
    exporter = SpanExporter("mend-test", cloud.url)
    cloud.free.clear()
    one = OpenSpan("a span").end(Trace(TRACE, CALLER), CALLER, "CLIENT")
    exporter.add(one)
    await until(lambda: cloud.asked == 1)
    for _ in range(span_exporter.MOST_WAITING + 7):
        exporter.add(one)
    cloud.free.set()
    await until(lambda: bool(log_lines.of("spans_lost")))

    assert log_lines.of("spans_lost") == [{"count": 7, "reason": "too many wait"}]
    assert len(cloud.spans) == span_exporter.MOST_WAITING + 1


async def test_a_long_job_tells_its_first_parts(
    traced: Services, cloud: TraceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace of thousands of spans would cost money and show nothing."""
    monkeypatch.setattr("shared.spans.MOST_WITHIN", 3)
    with entered(traced, SAMPLED, "a job", "CONSUMER"):
        for number in range(5):
            with span(f"part {number}"):
                pass
    await until(lambda: bool(named(cloud, "a job")))

    assert [part["displayName"]["value"] for part in named(cloud, "part")] == ["part 0", "part 1", "part 2"]


async def test_a_call_of_another_host_is_a_span(traced: Services, cloud: TraceServer) -> None:
    """With its template and its result. One that fails says so."""
    with entered(traced, SAMPLED, "a request", "SERVER"):
        async with Run(Host(cloud.url, Limits())) as run:
            await run.send(OutboundRequest("GET", "/people/{id}", {"id": "kanarienvogel"}))
    await until(lambda: bool(named(cloud, "GET")))

    [call] = named(cloud, "GET")
    assert call["displayName"] == {"value": "GET 127.0.0.1/people/{id}"}
    assert call["attributes"]["attributeMap"] == {
        "result": {"stringValue": {"value": "status 404"}},
        "tries": {"intValue": "1"},
    }


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError])
async def test_what_ends_by_an_exception_has_failed(
    traced: Services, cloud: TraceServer, error: type[BaseException]
) -> None:
    """Cloud Trace marks it."""
    with suppress(error), entered(traced, SAMPLED, "a request", "SERVER"):
        raise error
    await until(lambda: bool(cloud.spans))

    assert cloud.spans[0]["status"] == {"code": 2}


def test_long_texts_are_cut_between_characters() -> None:
    """Cloud Trace takes 128 bytes of a name and 256 of a value."""
    span = OpenSpan("ä" * 100, {"text": "x" + "ä" * 200}).end(Trace(TRACE, CALLER), CALLER, "CLIENT")

    told = described(span, "mend-test")

    assert told["displayName"] == {"value": "ä" * 64}
    assert told["attributes"]["attributeMap"]["text"] == {"stringValue": {"value": "x" + "ä" * 127}}
