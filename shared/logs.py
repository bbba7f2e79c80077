"""Structured logs: one JSON line per event, for Cloud Logging. Lines never contain a value that a person sent."""

import logging
import sys
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, NamedTuple

from pydantic_core import to_json

from shared.settings import settings
from shared.traces import Span, Trace


class Bound(NamedTuple):
    """What the current request or event adds to each of its lines, and its trace."""

    fields: Mapping[str, str | bool] = MappingProxyType({})
    trace: Trace | None = None
    record: Callable[[Span], None] | None = None  # takes the spans of this trace, if they are exported


bound: ContextVar[Bound] = ContextVar("bound", default=Bound())  # noqa: B039 - immutable

logger = logging.getLogger("mend")

REPORTED_ERROR = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"


class CloudFormatter(logging.Formatter):
    severities: ClassVar = {"WARNING": "WARNING", "ERROR": "ERROR", "CRITICAL": "CRITICAL", "DEBUG": "DEBUG"}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": self.severities.get(record.levelname, "INFO"),
            "message": record.msg if isinstance(record.msg, str) else type(record.msg).__name__,
            **bound.get().fields,
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


def bind(trace: Trace | None, project: str | None, record: Callable[[Span], None] | None, **ids: str) -> Token[Bound]:
    """Add these ids and the trace to every line until `bound` is reset to this token."""
    return bound.set(Bound({**ids, **(trace.log_fields(project) if trace else {})}, trace, record))


def event(name: str, **fields: str | float | None) -> None:
    logger.info(name, extra={"fields": fields})


def warn(name: str, **fields: str | float | None) -> None:
    logger.warning(name, extra={"fields": fields})


def failure(name: str, error: BaseException, **fields: str | float | None) -> None:
    logger.error(name, exc_info=(type(error), error, error.__traceback__), extra={"fields": fields})


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
