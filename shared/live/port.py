"""What live documents are kept by: one interface, for Firestore and for Postgres."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pydantic import JsonValue

from shared.db import Connection
from shared.errors import Unavailable


class LiveUnavailable(Unavailable):
    """What the app listens to cannot be reached just now. Try again shortly."""

    code = "live_unavailable"


class LiveDocuments(Protocol):
    """Firestore narrows what a document may hold: no list directly in a list, no empty or `__dunder__` names.

    The names `expires_at` and `updated_at` are its own.
    """

    async def put(
        self, conn: Connection, /, person: UUID, name: str, document: Mapping[str, JsonValue], expires_at: datetime
    ) -> None: ...

    async def get(self, conn: Connection, /, person: UUID, name: str) -> dict[str, JsonValue] | None: ...

    async def clear(self, conn: Connection, /, person: UUID) -> None: ...

    async def ping(self, conn: Connection, /) -> None: ...
