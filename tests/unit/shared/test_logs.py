"""Log lines: what ties them together, and what they never hold."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from shared.logs import REPORTED_ERROR, CloudFormatter, bind, bound
from shared.settings import settings
from shared.traces import Trace

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = "0af7651916cd43dd1448eb211c80319c"


def bound_line(traceparent: str | None, project: str | None) -> dict[str, Any]:
    """A line that is logged while this trace is bound."""
    token = bind(Trace.read(traceparent), project, None, request_id="one")
    try:
        record = logging.LogRecord("mend", logging.INFO, __file__, 1, "request", None, None)
        line: dict[str, Any] = json.loads(CloudFormatter().format(record))
        return line
    finally:
        bound.reset(token)


@pytest.mark.parametrize(("trace_id", "sampled"), [(TRACE, False), (SAMPLED, True)])
def test_a_line_has_its_trace(trace_id: str, sampled: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The line has the name of the trace in Cloud Logging, with its project if that is known."""
    line = bound_line(f"00-{trace_id}-{SPAN}-00", "mend-prod")

    assert {name: value for name, value in line.items() if "/" in name} == {
        "logging.googleapis.com/trace": f"projects/mend-prod/traces/{trace_id}",
        "logging.googleapis.com/spanId": SPAN,
        "logging.googleapis.com/trace_sampled": sampled,
    }
    assert bound_line(f"00-{trace_id}-{SPAN}-00", None)["logging.googleapis.com/trace"] == trace_id


def test_one_trace_in_five_is_sampled() -> None:
    """The last eight bytes of the id decide, so that every function decides alike."""
    traces = [Trace(f"{1:016x}{part * 2**64 // 1000:016x}", SPAN) for part in range(1000)]

    assert sum(trace.sampled for trace in traces) == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "00",
        f"00-{'i feel so low today, i am so ti'}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{'0' * 32}-{SPAN}-01",
    ],
)
def test_an_invalid_trace_header_is_not_logged(header: str | None) -> None:
    """The header is untrusted input."""
    assert bound_line(header, "mend-prod").keys() == {"severity", "message", "request_id"}


@pytest.fixture
def crash() -> logging.LogRecord:
    try:
        raise ValueError("Failing row contains (canary)")  # noqa: TRY301 - it is what is logged
    except ValueError:
        return logging.LogRecord("mend", logging.ERROR, __file__, 1, "crash", None, sys.exc_info())


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Failures are reported, as those of the service `checkin`."""
    monkeypatch.setenv("ERROR_SERVICE", "checkin")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def test_an_error_is_logged_without_its_message(crash: logging.LogRecord) -> None:
    """The line has the type and the frames of the error. A driver's message may quote a row."""
    line = CloudFormatter().format(crash)

    assert "canary" not in line
    logged = json.loads(line)
    assert (logged["severity"], logged["message"], logged["error"]) == ("ERROR", "crash", "ValueError")
    assert "test_logs.py" in logged["stack"][0]
    assert "@type" not in logged


@pytest.mark.usefixtures("reported")
def test_an_error_is_reported_without_its_message_and_its_source_line(crash: logging.LogRecord) -> None:
    """Cloud Error Reporting groups by type and frames, and reads them from a traceback as Python prints it."""
    line = CloudFormatter().format(crash)

    assert "canary" not in line
    logged = json.loads(line)
    first, frame, last = logged["stack_trace"].split("\n")
    assert (logged["@type"], logged["serviceContext"]) == (REPORTED_ERROR, {"service": "checkin"})
    assert (first, last) == ("Traceback (most recent call last):", "ValueError: crash")
    assert re.fullmatch(r'  File ".+test_logs\.py", line \d+, in crash', frame)
