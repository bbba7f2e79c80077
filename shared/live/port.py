"""The store of live documents: one interface, for Firestore and for Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from pydantic import JsonValue

from shared.errors import Unavailable


class LiveUnavailable(Unavailable):
    """The store of live documents cannot be reached just now. Try again shortly."""

    code = "live_unavailable"


class StoredDocument(NamedTuple):
    person: UUID
    name: str
    fields: Mapping[str, JsonValue]
    expires_at: datetime


class LiveDocuments(Protocol):
    """Firestore narrows what a document may hold: no list directly in a list, no empty or `__dunder__` names.

    The names `expires_at` and `updated_at` are its own.
    """

    async def put(self, documents: Sequence[StoredDocument]) -> None:
        """Store all of them, or none."""

    async def get(self, person: UUID, name: str) -> dict[str, JsonValue] | None: ...

    async def count(self, person: UUID) -> int:
        """How many documents there are of a person, expired ones included."""

    async def clear(self, person: UUID) -> None: ...

    async def ping(self) -> None: ...
