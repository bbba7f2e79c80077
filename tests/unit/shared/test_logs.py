"""Log lines: what ties them together, and what they never hold."""

import json
import logging
import sys

import pytest

from shared.logs import CloudFormatter, trace_fields

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


def test_an_error_is_logged_without_its_message() -> None:
    """The line has the type and the frames of the error. A driver's message may quote a row."""
    try:
        raise ValueError("Failing row contains (canary)")  # noqa: TRY301 - it is what is logged
    except ValueError:
        record = logging.LogRecord("mend", logging.ERROR, __file__, 1, "crash", None, sys.exc_info())

    line = CloudFormatter().format(record)

    assert "canary" not in line
    logged = json.loads(line)
    assert (logged["severity"], logged["message"], logged["error"]) == ("ERROR", "crash", "ValueError")
    assert "test_logs.py" in logged["stack"][0]
