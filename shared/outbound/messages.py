"""What is sent to another host, what it responds, and how a request fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import httpx

Incomplete = Literal["", "cut short", "too large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of a host and of each run against it. A call that stands alone is a run of one."""

    concurrency: int = 1  # requests at a time, over all runs against one `Host`
    seconds: float = 30  # of a run: a deadline for all tries of all its calls
    requests: int | None = None  # of a run, repeated ones included
    request_seconds: float = 10  # of one try
    tries: int = 3  # of one call
    first_pause: float = 0.5  # doubles with every try
    response_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Of a streamed response, counted from its headers on."""

    seconds: float
    idle_seconds: float  # between two chunks
    response_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """One request. `route` is a template such as `/movies/{id}`; only the template is logged."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    route: str
    parts: Mapping[str, str | int] | None = None  # what the template's names stand for
    params: Mapping[str, str | int] | None = None  # the query
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    repeatable: bool = False  # it has no effect, or the host recognises a repetition by a key


class OutboundResponse(NamedTuple):
    """A final response, of whatever status the host gave."""

    status: int
    headers: httpx.Headers
    body: bytes
    incomplete: Incomplete = ""  # why the body is not whole
    in_doubt: bool = False  # an earlier try may have been carried out, and this response is to a later one


class RequestFailed(Exception):
    """There is no response to go by. The text is a status or the name of an error, never an address or a body."""

    def __init__(self, reason: str, *, unknown: bool = False, ends_run: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unknown = unknown  # the host may have carried the request out
        self.ends_run = ends_run  # another request of this run would fail as well
