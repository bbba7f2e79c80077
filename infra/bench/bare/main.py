"""The minimal functions that the benchmark compares with: functions-framework and one statement."""

import os
from uuid import uuid4

import functions_framework.aio
from psycopg_pool import AsyncConnectionPool
from starlette.requests import Request

pool: AsyncConnectionPool | None = None


@functions_framework.aio.http
async def hello(_: Request) -> dict[str, str]:
    return {"hello": "world"}


@functions_framework.aio.http
async def insert(request: Request) -> tuple[dict[str, str], int]:
    body = await request.json()
    async with (await open_pool()).connection() as conn:
        await conn.execute("INSERT INTO bench.bare (id, mood) VALUES (%s, %s)", (uuid4(), body["mood"]))
    return {"status": "created"}, 201


@functions_framework.aio.http
async def select(_: Request) -> dict[str, str]:
    async with (await open_pool()).connection() as conn:
        row = await (await conn.execute("SELECT id::text, mood FROM bench.bare LIMIT 1")).fetchone()
    return {"id": row[0], "mood": row[1]} if row else {}


async def open_pool() -> AsyncConnectionPool:
    global pool  # noqa: PLW0603 - as such a function is usually written
    if pool is None:
        pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=8, open=False)  # noqa: TID251
        await pool.open()
    return pool
