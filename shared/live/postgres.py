"""Live documents as rows, where there is no Firestore."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import JsonValue

from shared.clock import utc_now
from shared.db import Database

UPSERT_DOCUMENT: LiteralString = """
    INSERT INTO public.live_documents (user_id, name, document, expires_at)
    VALUES (%(person)s, %(name)s, %(document)s, %(expires_at)s)
    ON CONFLICT (user_id, name)
    DO UPDATE SET document = excluded.document, expires_at = excluded.expires_at, updated_at = now()
"""
DOCUMENT: LiteralString = """
    SELECT document FROM public.live_documents
    WHERE user_id = %(person)s AND name = %(name)s AND expires_at > %(now)s
"""
COUNT_DOCUMENTS: LiteralString = "SELECT count(*) FROM public.live_documents WHERE user_id = %(person)s"
DELETE_DOCUMENTS: LiteralString = "DELETE FROM public.live_documents WHERE user_id = %(person)s"


class PostgresLive:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, person: UUID, name: str, document: Mapping[str, JsonValue], expires_at: datetime) -> None:
        row = {"person": person, "name": name, "document": Jsonb(dict(document)), "expires_at": expires_at}
        async with self._database.service() as conn:
            conn.queue(UPSERT_DOCUMENT, row)

    async def get(self, person: UUID, name: str) -> dict[str, JsonValue] | None:
        async with self._database.service() as conn:
            row = (await conn.run(DOCUMENT, {"person": person, "name": name, "now": utc_now()})).first
        return row[0] if row else None

    async def count(self, person: UUID) -> int:
        async with self._database.service() as conn:
            [(count,)] = (await conn.run(COUNT_DOCUMENTS, {"person": person})).rows
        return int(count)

    async def clear(self, person: UUID) -> None:
        async with self._database.service() as conn:
            conn.queue(DELETE_DOCUMENTS, {"person": person})

    async def ping(self) -> None:
        await self._database.ping()
