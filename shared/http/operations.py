"""Operations: the method, path, input, responses and handler of a route. Routing and OpenAPI follow from them.

There are three kinds. An `Operation` is one transaction: its handler gets a `Call` with the connection. A
`LongOperation` holds no connection: its handler gets a `LongCall` and opens transactions when it needs them, for
streams and for long work. A `PublicOperation` is for callers without sign-in.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import Route
from typing_extensions import TypeVar

from shared.auth import Person
from shared.db import Connection, claims_role
from shared.safety import Support
from shared.services import Services

B = TypeVar("B", default=None)
Q = TypeVar("Q", default=None)
R = TypeVar("R")
B_co = TypeVar("B_co", covariant=True)

Schema: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Streamed:
    """Describes a streamed response: its media type, and for server-sent events their models by name."""

    media_type: str = "text/event-stream"
    events: Mapping[str, type[BaseModel]] = field(default_factory=dict)


Answer: TypeAlias = type[BaseModel] | str | Streamed | None  # a model, a media type, a stream, or no content
Answers: TypeAlias = Mapping[int, Answer]  # by status


class BodyReader(Protocol[B_co]):
    """Reads a body: which media types and what size it accepts, and what it returns for the bytes."""

    @property
    def media_types(self) -> tuple[str, ...]: ...

    @property
    def max_bytes(self) -> int: ...

    def read(self, content_type: str, body: bytes) -> B_co: ...

    def models(self) -> tuple[type[BaseModel], ...]: ...

    def schema(self, media_type: str, schema_of: Callable[[type[BaseModel]], Schema]) -> Schema: ...


@dataclass(frozen=True, slots=True)
class _PersonCall(Generic[B, Q]):
    person: Person
    now: datetime
    body: B
    query: Q
    path: Mapping[str, Any]
    headers: Mapping[str, str]
    services: Services
    support: Support | None  # if the words of the request tell of danger

    @property
    def id(self) -> UUID:
        """The id in the path."""
        value: UUID = self.path["id"]
        return value


@dataclass(frozen=True, slots=True)
class Call(_PersonCall[B, Q]):
    """A person's validated request, and the connection of its transaction."""

    conn: Connection


@dataclass(frozen=True, slots=True)
class LongCall(_PersonCall[B, Q]):
    """A person's validated request, without a connection. A stream resumes after `last_event_id`."""

    last_event_id: str | None = None

    async def refuse_erased(self) -> None:
        """Open a transaction in the person's role, which fails if they were erased. A stream does before its status."""
        await self.in_transaction(_do_nothing)

    async def in_transaction(self, work: Callable[[Call[B, Q]], Awaitable[R]]) -> R:
        """What `work` returns from a transaction in the person's role. `Database.retry` may run it again."""

        async def attempt() -> R:
            async with self.services.database.transaction(claims_role(self.person.claims)) as conn:
                call = Call(
                    self.person,
                    self.now,
                    self.body,
                    self.query,
                    self.path,
                    self.headers,
                    self.services,
                    self.support,
                    conn,
                )
                return await work(call)

        return await self.services.database.retry(attempt)


async def _do_nothing(_: object) -> None:
    """Use a transaction for what its opening does."""


class PublicCall(NamedTuple):
    """A request from a caller without sign-in."""

    services: Services
    headers: Mapping[str, str]
    path: Mapping[str, Any]
    body: Any = None
    query: Any = None


async def _endpoint(_: object) -> Response:
    raise AssertionError  # a Route needs an endpoint, but is used for matching only


@dataclass(frozen=True, eq=False)
class _Routed:
    method: str
    path: str
    has_effect: bool = field(default=False, kw_only=True)  # of a GET that does more than read: it takes no HEAD
    route: Route = field(init=False)

    def __post_init__(self) -> None:
        route = Route(self.path, _endpoint, methods=[self.method])  # with HEAD beside GET
        if self.has_effect:
            route.methods = {self.method}
        object.__setattr__(self, "route", route)


@dataclass(frozen=True, eq=False)
class PersonOperation(_Routed, Generic[B, Q]):
    """What `Operation` and `LongOperation` have in common."""

    body: BodyReader[B] | None = field(default=None, kw_only=True)
    query: type[Q] | None = field(default=None, kw_only=True)
    admin: bool = field(default=False, kw_only=True)
    # The person writes of danger on purpose: only immediate danger is answered, and no care period opens.
    only_immediate: bool = field(default=False, kw_only=True)
    conditional: bool = field(default=False, kw_only=True)  # its handler checks If-Match and If-None-Match


@dataclass(frozen=True, eq=False)
class Operation(PersonOperation[B, Q]):
    """A route for a signed-in person. Its handler runs in one transaction, in that person's role.

    With an `Idempotency-Key`, the effect happens once: effect and response are committed together.
    """

    handler: Callable[[Call[B, Q]], Awaitable[Response]]
    answers: Answers


@dataclass(frozen=True, eq=False)
class LongOperation(PersonOperation[B, Q]):
    """A route for a signed-in person. Its handler holds no connection and opens transactions itself.

    The request is counted before it runs. With an `Idempotency-Key`, a repeated request gets the stored response if
    there is one. After a crash, or while the first request runs, it runs the handler again, so effects must be
    repeatable. A response that names records is stored without its body: they may have been deleted meanwhile. A route
    that streams accepts no key, because streams are not stored.
    """

    handler: Callable[[LongCall[B, Q]], Awaitable[Response]]
    answers: Answers
    seconds: float | None = field(default=None, kw_only=True)  # the deadline, including the stream
    heavy: bool = field(default=False, kw_only=True)  # a person runs one such request at a time, including the stream

    @property
    def streamed(self) -> Streamed | None:
        return next((answer for answer in self.answers.values() if isinstance(answer, Streamed)), None)


@dataclass(frozen=True, eq=False)
class PublicOperation(_Routed):
    """A route without sign-in and without a transaction."""

    handler: Callable[[PublicCall], Awaitable[Response]]
    answers: Answers
    counted: bool = True  # towards the rate limit of the caller's address
    body: BodyReader[Any] | None = None
    query: type[Any] | None = None


AnyOperation: TypeAlias = Operation[Any, Any] | LongOperation[Any, Any] | PublicOperation
