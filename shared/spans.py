"""Spans: what a sampled request or event did, and for how long, as the parts of its trace in Cloud Trace.

A request, or the handling of an event, is entered. Its round trips to Postgres and its calls of other hosts are spans
within. Where the trace is not sampled, or TRACE_PROJECT is not set, nothing is recorded.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared import logs
from shared.clock import unix_nanoseconds
from shared.traces import Span, SpanKind, Trace

if TYPE_CHECKING:
    from shared.services import Services

MOST_WITHIN = 200  # spans of one request or event: a nightly job has many thousands


@dataclass(slots=True)
class OpenSpan:
    """A span that has not ended. Whoever opened it may still name and describe it."""

    name: str
    attributes: dict[str, str | int] = field(default_factory=dict)
    failed: bool = False
    began: int = field(default_factory=unix_nanoseconds)

    def end(self, trace: Trace, parent: str, kind: SpanKind) -> Span:
        ended = unix_nanoseconds()
        return Span(trace, parent, self.name, kind, self.began, ended, self.attributes, self.failed)


@contextmanager
def entered(parts: "Services", traceparent: str | None, name: str, kind: SpanKind, **ids: str) -> Iterator[OpenSpan]:
    """Bind log lines to these ids and to the trace that a header or an event names, and record a span of it."""
    arrived = Trace.read(traceparent)
    record = parts.span_exporter.add if parts.span_exporter and arrived and arrived.sampled else None
    trace = arrived.child() if arrived and record else arrived
    within = _first(MOST_WITHIN, record) if record else None
    token, span = logs.bind(trace, parts.settings.google_cloud_project, within, **ids), OpenSpan(name)
    try:
        yield span
    except BaseException:
        span.failed = True
        raise
    finally:
        logs.bound.reset(token)
        if record and trace and arrived:
            record(span.end(trace, arrived.span, kind))


def _first(count: int, record: Callable[[Span], None]) -> Callable[[Span], None]:
    """Record so many spans, and no more."""
    left = count

    def record_while_left(span: Span) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            record(span)

    return record_while_left


@contextmanager
def span(name: str) -> Iterator[OpenSpan | None]:
    """Record a call of another process within the current trace. Yields None if nothing is recorded."""
    bound = logs.bound.get()
    if bound.record is None or bound.trace is None:
        yield None
        return
    open_span = OpenSpan(name)
    try:
        yield open_span
    except BaseException:
        open_span.failed = True
        raise
    finally:
        bound.record(open_span.end(bound.trace.child(), bound.trace.span, "CLIENT"))
