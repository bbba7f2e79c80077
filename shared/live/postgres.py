"""Live documents as rows, where there is no Firestore."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import JsonValue

from shared.clock import utc_now
from shared.db import Connection

PUT: LiteralString = """
    INSERT INTO public.live_documents (user_id, name, document, expires_at)
    VALUES (%(person)s, %(name)s, %(document)s, %(expires_at)s)
    ON CONFLICT (user_id, name)
    DO UPDATE SET document = excluded.document, expires_at = excluded.expires_at, updated_at = now()
"""
GET: LiteralString = """
    SELECT document FROM public.live_documents
    WHERE user_id = %(person)s AND name = %(name)s AND expires_at > %(now)s
"""
CLEAR: LiteralString = "DELETE FROM public.live_documents WHERE user_id = %(person)s"


class PostgresLive:
    """In the transaction of whoever writes: there is no second connection to wait for."""

    async def put(
        self, conn: Connection, person: UUID, name: str, document: Mapping[str, JsonValue], expires_at: datetime
    ) -> None:
        conn.queue(PUT, {"person": person, "name": name, "document": Jsonb(dict(document)), "expires_at": expires_at})

    async def get(self, conn: Connection, person: UUID, name: str) -> dict[str, JsonValue] | None:
        row = (await conn.run(GET, {"person": person, "name": name, "now": utc_now()})).first
        return row[0] if row else None

    async def clear(self, conn: Connection, person: UUID) -> None:
        conn.queue(CLEAR, {"person": person})

    async def ping(self, conn: Connection) -> None:
        await conn.run("SELECT 1")
