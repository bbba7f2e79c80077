"""Structured logs: one JSON line per event, for Cloud Logging. Lines never contain a value that a person sent."""

import logging
import re
import sys
import traceback
from contextvars import ContextVar
from types import TracebackType
from typing import Any, ClassVar

from pydantic_core import to_json

from shared.settings import settings

TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")

# Fields that every line of the current request or event has.
bound: ContextVar[dict[str, str]] = ContextVar("bound", default={})  # noqa: B039 - replaced, never mutated

logger = logging.getLogger("mend")

REPORTED_ERROR = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"


class CloudFormatter(logging.Formatter):
    severities: ClassVar = {"WARNING": "WARNING", "ERROR": "ERROR", "CRITICAL": "CRITICAL", "DEBUG": "DEBUG"}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": self.severities.get(record.levelname, "INFO"),
            "message": record.msg if isinstance(record.msg, str) else type(record.msg).__name__,
            **bound.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["stack"] = frames(record.exc_info[2])
            if statement := getattr(record.exc_info[1], "statement", None):
                line["statement"] = statement
            if service := settings().error_service:
                line |= _reported(record.exc_info[0].__name__, line["message"], record.exc_info[2], service)
        return to_json(line).decode()


def _reported(error: str, name: str, trace: TracebackType | None, service: str) -> dict[str, Any]:
    """The fields by which Cloud Error Reporting groups a failure: a traceback without source lines or a message."""
    lines = (f'  File "{f.filename}", line {f.lineno}, in {f.name}' for f in traceback.extract_tb(trace))
    stack = "\n".join(["Traceback (most recent call last):", *lines, f"{error}: {name}"])
    return {"@type": REPORTED_ERROR, "serviceContext": {"service": service}, "stack_trace": stack}


def frames(trace: TracebackType | None) -> list[str]:
    """The last frames of a traceback. The message is omitted, since a driver's message may quote a row."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)[-12:]]


def event(name: str, **fields: str | float | None) -> None:
    logger.info(name, extra={"fields": fields})


def warn(name: str, **fields: str | float | None) -> None:
    logger.warning(name, extra={"fields": fields})


def failure(name: str, error: BaseException, **fields: str | float | None) -> None:
    logger.error(name, exc_info=(type(error), error, error.__traceback__), extra={"fields": fields})


def trace_fields(traceparent: str | None, project: str | None) -> dict[str, str]:
    """The fields that link a line to its request in Cloud Trace (W3C trace context)."""
    match = TRACEPARENT.fullmatch(traceparent or "")
    if match is None:
        return {}
    trace = f"projects/{project}/traces/{match[1]}" if project else match[1]
    return {"logging.googleapis.com/trace": trace, "logging.googleapis.com/spanId": match[2]}


def configure() -> None:
    """Set up our logger and psycopg's, whose default format would contain host names and rows."""
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(CloudFormatter())
    for source, level in ((logger, logging.INFO), (logging.getLogger("psycopg"), logging.WARNING)):
        source.addHandler(handler)
        source.setLevel(level)
        source.propagate = False
