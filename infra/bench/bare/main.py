"""What a check-in is measured against: the least that functions-framework and a database can do."""

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
    global pool  # noqa: PLW0603 - the way such a function is commonly written
    if pool is None:
        pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=8, open=False)  # noqa: TID251
        await pool.open()
    body = await request.json()
    async with pool.connection() as conn:
        await conn.execute("INSERT INTO bench.bare (id, mood) VALUES (%s, %s)", (uuid4(), body["mood"]))
    return {"status": "created"}, 201
