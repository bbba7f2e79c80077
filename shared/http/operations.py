"""What a route is: its handler, what it reads, what it answers. Routing and OpenAPI both come from here."""

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
from shared.db import Connection
from shared.services import Services

JSON = "application/json"

B = TypeVar("B", default=None)
Q = TypeVar("Q", default=None)
B_co = TypeVar("B_co", covariant=True)

Answers: TypeAlias = Mapping[int, type[BaseModel] | str | None]  # per status: a model, a media type, or nothing
Schema: TypeAlias = dict[str, Any]


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
class Call(Generic[B, Q]):
    """A person's request, understood: all that a handler needs."""

    person: Person
    conn: Connection
    now: datetime
    body: B
    query: Q
    path: Mapping[str, Any]
    services: Services

    @property
    def id(self) -> UUID:
        """The id in the path."""
        found: UUID = self.path["id"]
        return found


class Visit(NamedTuple):
    """A request of nobody in particular."""

    services: Services
    headers: Mapping[str, str]
    path: Mapping[str, Any]


async def _only_matched(_: object) -> Response:
    raise AssertionError  # a Route wants an endpoint, but it is only asked whether it matches


@dataclass(frozen=True, eq=False)
class Operation(Generic[B, Q]):
    """A route for a signed-in person. Its handler runs inside one transaction, as that person."""

    method: str
    path: str
    handler: Callable[[Call[B, Q]], Awaitable[Response]]
    answers: Answers
    body: BodyReader[B] | None = None
    query: type[Q] | None = None
    admin: bool = False
    long: bool = False  # its request is counted beforehand, so that it does not hold up the person's others
    route: Route = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "route", Route(self.path, _only_matched, methods=[self.method]))


@dataclass(frozen=True, eq=False)
class PublicOperation:
    """A route that needs neither sign-in nor a transaction."""

    method: str
    path: str
    handler: Callable[[Visit], Awaitable[Response]]
    answers: Answers
    counted: bool = True  # per address, like every request before sign-in
    route: Route = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "route", Route(self.path, _only_matched, methods=[self.method]))


AnyOperation: TypeAlias = Operation[Any, Any] | PublicOperation


def model_response(model: BaseModel, status: int = 200) -> Response:
    """What was not set is left out: an optional part of an answer is absent, not null."""
    return Response(model.model_dump_json(exclude_unset=True), status, media_type=JSON)
