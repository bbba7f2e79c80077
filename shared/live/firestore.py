"""Live documents in Firestore, which the app listens to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import JsonValue

from shared.clock import utc_now
from shared.live.port import LiveUnavailable, StoredDocument
from shared.spans import span

if TYPE_CHECKING:
    from google.cloud.firestore import AsyncClient, AsyncCollectionReference

TIMEOUT_SECONDS = 1.0  # a slow Firestore must not hold a request or a job for longer


class FirestoreLive:
    """The documents at `people/{person}/live/{name}`; a TTL policy on `expires_at` deletes them, some hours late."""

    def __init__(self, project: str) -> None:
        self._project = project

    async def put(self, documents: Sequence[StoredDocument]) -> None:
        async with self._firestore() as client:
            batch = client.batch()
            for person, name, fields, expires_at in documents:
                stamps = {"expires_at": expires_at, "updated_at": utc_now()}
                batch.set(_documents(client, person).document(name), {**fields, **stamps})
            await batch.commit()

    async def get(self, person: UUID, name: str) -> dict[str, JsonValue] | None:
        async with self._firestore() as client:
            snapshot = await _documents(client, person).document(name).get()
        fields = snapshot.to_dict()
        if fields is None or fields.pop("expires_at") <= utc_now():
            return None
        del fields["updated_at"]
        return fields

    async def count(self, person: UUID) -> int:
        async with self._firestore() as client:
            return sum([1 async for _ in _documents(client, person).stream()])

    async def clear(self, person: UUID) -> None:
        async with self._firestore() as client:
            batch = client.batch()
            async for snapshot in _documents(client, person).stream():
                batch.delete(snapshot.reference)
            await batch.commit()

    async def ping(self) -> None:
        async with self._firestore() as client:
            await client.document("people/nobody").get()

    @cached_property
    def _client(self) -> "AsyncClient":
        from google.cloud.firestore import AsyncClient

        return AsyncClient(project=self._project)

    @asynccontextmanager
    async def _firestore(self) -> AsyncIterator["AsyncClient"]:
        """The client, made on first use, because its channel works only in the process and event loop that made it."""
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError

        try:
            client = self._client
            with span("firestore"):
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    yield client
        except (GoogleAPIError, GoogleAuthError, TimeoutError) as error:
            raise LiveUnavailable from error


def _documents(client: "AsyncClient", person: UUID) -> "AsyncCollectionReference":
    return client.collection("people", str(person), "live")
