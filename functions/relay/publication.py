"""Publishing events is a span of each trace that one of them belongs to."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from shared.events import Event
from shared.spans import OpenSpan
from shared.traces import Span, Trace


@contextmanager
def publication(record: Callable[[Span], None] | None, events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """The events, of which those in a trace name the span of their publication: what handles them comes after it."""
    if record is None:
        yield events
        return
    span = OpenSpan(f"publish {events[0].type}", {"events": len(events)}, failed=True)
    traces = [Trace.read(event.traceparent) for event in events]
    own = [trace and trace.child() for trace in traces]
    try:
        yield [
            event.model_copy(update={"traceparent": trace.traceparent}) if trace else event
            for event, trace in zip(events, own, strict=True)
        ]
        span.failed = False
    finally:
        for parent, trace in zip(traces, own, strict=True):
            if parent and trace:
                record(span.end(trace, parent.span, "PRODUCER"))
