"""What the app listens to: its person's streak, inbox, feed and plan for today, as small documents that expire.

Never the only copy: whoever writes a document computes it from the record. The last write therefore wins, whatever
the order in which its events came.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, LiteralString, Protocol
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import JsonValue

from shared.clock import utc_now
from shared.db import Connection
from shared.errors import Unavailable

if TYPE_CHECKING:
    from google.cloud.firestore import AsyncClient, AsyncCollectionReference

ANSWER_SECONDS = 1.0  # a slow Firestore must not hold a request or a job for longer

PUT: LiteralString = """
    INSERT INTO public.live_documents (user_id, name, document, expires_at)
    VALUES (%(person)s, %(name)s, %(document)s, %(expires_at)s)
    ON CONFLICT (user_id, name)
    DO UPDATE SET document = excluded.document, expires_at = excluded.expires_at, updated_at = now()
"""
GET: LiteralString = """
    SELECT document FROM public.live_documents
    WHERE user_id = %(person)s AND name = %(name)s AND expires_at > now()
"""
CLEAR: LiteralString = "DELETE FROM public.live_documents WHERE user_id = %(person)s"


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


class PostgresLive:
    """In the transaction of whoever writes: there is no second connection to wait for."""

    async def put(
        self, conn: Connection, person: UUID, name: str, document: Mapping[str, JsonValue], expires_at: datetime
    ) -> None:
        conn.post(PUT, {"person": person, "name": name, "document": Jsonb(dict(document)), "expires_at": expires_at})

    async def get(self, conn: Connection, person: UUID, name: str) -> dict[str, JsonValue] | None:
        row = (await conn.ask(GET, {"person": person, "name": name})).first
        return row[0] if row else None

    async def clear(self, conn: Connection, person: UUID) -> None:
        conn.post(CLEAR, {"person": person})

    async def ping(self, conn: Connection) -> None:
        await conn.ask("SELECT 1")


class FirestoreLive:
    """The documents at `people/{person}/live/{name}`; a TTL policy on `expires_at` deletes them, some hours late."""

    def __init__(self, project: str) -> None:
        self._project = project

    async def put(
        self, _: Connection, person: UUID, name: str, document: Mapping[str, JsonValue], expires_at: datetime
    ) -> None:
        async with self._firestore() as client:
            stamps = {"expires_at": expires_at, "updated_at": utc_now()}
            await _documents(client, person).document(name).set({**document, **stamps})

    async def get(self, _: Connection, person: UUID, name: str) -> dict[str, JsonValue] | None:
        async with self._firestore() as client:
            snapshot = await _documents(client, person).document(name).get()
        fields = snapshot.to_dict()
        if fields is None or fields.pop("expires_at") <= utc_now():
            return None
        del fields["updated_at"]
        return fields

    async def clear(self, _: Connection, person: UUID) -> None:
        async with self._firestore() as client:
            batch = client.batch()
            async for snapshot in _documents(client, person).stream():
                batch.delete(snapshot.reference)
            await batch.commit()

    async def ping(self, _: Connection) -> None:
        async with self._firestore() as client:
            await client.document("people/nobody").get()

    @cached_property
    def _client(self) -> "AsyncClient":
        from google.cloud.firestore import AsyncClient

        return AsyncClient(project=self._project)

    @asynccontextmanager
    async def _firestore(self) -> AsyncIterator["AsyncClient"]:
        """The client, made on first use: its channel survives neither a fork nor another event loop."""
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError

        try:
            client = self._client
            async with asyncio.timeout(ANSWER_SECONDS):
                yield client
        except (GoogleAPIError, GoogleAuthError, TimeoutError) as error:
            raise LiveUnavailable from error


def _documents(client: "AsyncClient", person: UUID) -> "AsyncCollectionReference":
    return client.collection("people", str(person), "live")
