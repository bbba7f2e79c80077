"""Requests to other hosts, their responses, failures and limits."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # a module that only handles failures needs no client
    import httpx

Incomplete = Literal["", "cut short", "too large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a host and of each run against it. A single call is a run of its own."""

    concurrency: int = 1  # concurrent requests of all runs against one `Host`
    seconds: float = 30  # of a run, for all tries of all its calls
    requests: int | None = None  # of a run, including retries
    request_seconds: float = 10  # of one try
    tries: int = 3  # of one call
    first_pause: float = 0.5  # doubles with every try
    response_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Limits of a streamed response, from its headers on."""

    seconds: float
    idle_seconds: float  # between two chunks
    response_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """One request. `route` is a template such as `/movies/{id}`; only the template is logged."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    route: str
    parts: Mapping[str, str | int] | None = None  # the values of the template's names
    params: Mapping[str, str | int] | None = None  # the query
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    repeatable: bool = False  # it has no effect, or the host recognises duplicates by a key
    # Awaited in each try before the first byte of the body is sent. What it raises ends the call.
    before_body: Callable[[], Awaitable[None]] | None = None


class OutboundResponse(NamedTuple):
    """The final response, of any status."""

    status: int
    headers: "httpx.Headers"
    body: bytes
    incomplete: Incomplete = ""  # why the body is incomplete
    in_doubt: bool = False  # this response is to a retry, and an earlier try may have had its effect


class RequestFailed(Exception):
    """There is no usable response. The message is a status or the name of an error, never an address or a body."""

    def __init__(
        self,
        reason: str,
        *,
        unknown: bool = False,
        ends_run: bool = False,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unknown = unknown  # the request may have had its effect
        self.ends_run = ends_run  # further requests of this run would fail as well
        self.status = status  # of the last response, if there was one
        self.retry_after = retry_after  # seconds that it asks to wait
