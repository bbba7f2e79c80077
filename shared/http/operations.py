"""What a route is: its handler, what it reads, what it answers. Routing and OpenAPI both come from here.

There are three kinds. An `Operation` is one transaction: its handler gets a `Call` with the connection. A
`LongOperation` holds no connection: its handler gets a `LongCall` and opens transactions when it needs them, for
streams and for work that takes a while. A `PublicOperation` is for callers who have not signed in.
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
from shared.db import Connection, person
from shared.services import Services

B = TypeVar("B", default=None)
Q = TypeVar("Q", default=None)
R = TypeVar("R")
B_co = TypeVar("B_co", covariant=True)

Schema: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Streamed:
    """Describes a streamed answer: its media type, and the models of its events by name where it has events."""

    media_type: str = "text/event-stream"
    events: Mapping[str, type[BaseModel]] = field(default_factory=dict)


Answer: TypeAlias = type[BaseModel] | str | Streamed | None  # a model, a media type, a stream, or nothing
Answers: TypeAlias = Mapping[int, Answer]  # by status


class BodyReader(Protocol[B_co]):
    """Makes something of a body, of certain media types and up to a certain size."""

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
    services: Services

    @property
    def id(self) -> UUID:
        """The id in the path."""
        value: UUID = self.path["id"]
        return value


@dataclass(frozen=True, slots=True)
class Call(_PersonCall[B, Q]):
    """A person's validated request, and the transaction in which it is carried out."""

    conn: Connection


@dataclass(frozen=True, slots=True)
class LongCall(_PersonCall[B, Q]):
    """A person's validated request, carried out without a connection. `last_event_id` is where a stream resumes."""

    last_event_id: str | None = None

    async def in_transaction(self, work: Callable[[Call[B, Q]], Awaitable[R]]) -> R:
        """What `work` returns from one transaction as the person. It runs again if it loses a race."""

        async def attempt() -> R:
            async with self.services.database.transaction(person(self.person.claims)) as conn:
                call = Call(self.person, self.now, self.body, self.query, self.path, self.services, conn)
                return await work(call)

        return await self.services.database.retry(attempt)


class PublicCall(NamedTuple):
    """A request from a caller who has not signed in."""

    services: Services
    headers: Mapping[str, str]
    path: Mapping[str, Any]


async def _only_matched(_: object) -> Response:
    raise AssertionError  # a Route wants an endpoint, but it is only asked whether it matches


@dataclass(frozen=True, eq=False)
class _Routed:
    method: str
    path: str
    route: Route = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "route", Route(self.path, _only_matched, methods=[self.method]))


@dataclass(frozen=True, eq=False)
class PersonOperation(_Routed, Generic[B, Q]):
    """What the operations of signed-in people have in common."""

    body: BodyReader[B] | None = field(default=None, kw_only=True)
    query: type[Q] | None = field(default=None, kw_only=True)
    admin: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, eq=False)
class Operation(PersonOperation[B, Q]):
    """A route for a signed-in person. Its handler runs inside one transaction, as that person.

    An `Idempotency-Key` is exact here: effect and answer are committed together.
    """

    handler: Callable[[Call[B, Q]], Awaitable[Response]]
    answers: Answers


@dataclass(frozen=True, eq=False)
class LongOperation(PersonOperation[B, Q]):
    """A route for a signed-in person. Its handler holds no connection and opens transactions itself.

    The request is counted beforehand. With an `Idempotency-Key` a repeat gets the first answer once there is one.
    After a crash, or while the first request runs, a repeat runs the handler again: its effects must be repeatable.
    A route that streams takes no key, because a stream is not kept.
    """

    handler: Callable[[LongCall[B, Q]], Awaitable[Response]]
    answers: Answers
    seconds: float | None = field(default=None, kw_only=True)  # until it is given up, stream included

    @property
    def streamed(self) -> Streamed | None:
        return next((answer for answer in self.answers.values() if isinstance(answer, Streamed)), None)


@dataclass(frozen=True, eq=False)
class PublicOperation(_Routed):
    """A route that needs neither sign-in nor a transaction."""

    handler: Callable[[PublicCall], Awaitable[Response]]
    answers: Answers
    counted: bool = True  # per address, like every request before sign-in


AnyOperation: TypeAlias = Operation[Any, Any] | LongOperation[Any, Any] | PublicOperation
