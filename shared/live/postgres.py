"""Live documents as rows, where there is no Firestore."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import JsonValue
from pydantic_core import to_json

from shared.clock import utc_now
from shared.db import Database
from shared.live.port import StoredDocument

UPSERT_DOCUMENTS: LiteralString = """
    INSERT INTO public.live_documents (user_id, name, document, expires_at)
    SELECT d.person, d.name, d.document, d.expires_at
    FROM jsonb_to_recordset(%(documents)s) AS d (person uuid, name text, document jsonb, expires_at timestamptz)
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

    async def put(self, documents: Sequence[StoredDocument]) -> None:
        rows = [
            {"person": each.person, "name": each.name, "document": each.fields, "expires_at": each.expires_at}
            for each in documents
        ]
        async with self._database.service() as conn:
            conn.queue(UPSERT_DOCUMENTS, {"documents": Jsonb(rows, to_json)})

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
