"""W3C trace contexts: they tie the log lines of a request to those of the events that follow from it.

One trace in five is sampled, by its id, so that every function decides alike. Only sampled traces are passed on, and
only they have spans (shared/spans.py).
"""

import re
from collections.abc import Mapping
from secrets import token_hex
from typing import Literal, NamedTuple, Self

TRACEPARENT = re.compile(r"[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-[0-9a-f]{2}")
SAMPLED_BELOW = 2**64 // 5  # of the last eight bytes of an id, which are random


class Trace(NamedTuple):
    id: str
    span: str

    @classmethod
    def read(cls, traceparent: str | None) -> Self | None:
        """The trace that a header or an event names, or None if it names none."""
        match = TRACEPARENT.fullmatch(traceparent or "")
        return cls(*match.groups()) if match else None

    @property
    def sampled(self) -> bool:
        return int(self.id[16:], 16) < SAMPLED_BELOW

    def child(self) -> Self:
        """The same trace, at a new span."""
        return self._replace(span=token_hex(8))

    @property
    def traceparent(self) -> str:
        return f"00-{self.id}-{self.span}-{self.sampled:02x}"

    def log_fields(self, project: str | None) -> dict[str, str | bool]:
        """The fields by which Cloud Logging links a line to its trace."""
        return {
            "logging.googleapis.com/trace": f"projects/{project}/traces/{self.id}" if project else self.id,
            "logging.googleapis.com/spanId": self.span,
            "logging.googleapis.com/trace_sampled": self.sampled,
        }


SpanKind = Literal["SERVER", "CLIENT", "PRODUCER", "CONSUMER"]


class Span(NamedTuple):
    """A part of a trace that has ended. Its name and attributes are words of our code, never a value of a person."""

    trace: Trace  # with the id of this span
    parent: str
    name: str
    kind: SpanKind
    began: int  # in nanoseconds since 1970
    ended: int
    attributes: Mapping[str, str | int]
    failed: bool
