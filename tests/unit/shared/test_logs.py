"""Log lines: what ties them together, and what they never hold."""

import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest

from shared.logs import REPORTED_ERROR, CloudFormatter, trace_fields
from shared.settings import settings

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_a_line_has_its_trace() -> None:
    """The line has the name of the trace in Cloud Logging, with its project if that is known."""
    header = f"00-{TRACE}-{SPAN}-01"

    assert trace_fields(header, "mend-prod") == {
        "logging.googleapis.com/trace": f"projects/mend-prod/traces/{TRACE}",
        "logging.googleapis.com/spanId": SPAN,
    }
    assert trace_fields(header, None)["logging.googleapis.com/trace"] == TRACE


@pytest.mark.parametrize(
    "header", [None, "", "00", f"00-{'i feel so low today, i am so ti'}-{SPAN}-01", f"00-{TRACE}-{SPAN}"]
)
def test_an_invalid_trace_header_is_not_logged(header: str | None) -> None:
    """The header is untrusted input."""
    assert trace_fields(header, "mend-prod") == {}


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
