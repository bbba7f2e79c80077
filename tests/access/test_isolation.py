"""Transactions that share a connection are isolated from each other."""

import asyncio
import json
import random
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import PoolTimeout
from pydantic import SecretStr

from shared.db import Database, claims_role
from shared.services import Services
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, Clone, Issuer

PEOPLE = 64
ACTS = 40  # of each
POOL = 2
SAD = {"mood": "sad", "intensity": 7}
SETTINGS = """
    SELECT current_user, current_setting('role'), coalesce(current_setting('request.jwt.claims', true), '')
"""
UNTOUCHED = ("mend_app", "none", "")


@pytest.fixture
def settings(database: Clone, issuer: Issuer) -> Settings:
    return Settings(
        database_url=SecretStr(database.dsn()),
        mend_home=issuer.folder,
        rate_limit_per_minute=1_000_000,
        pool_size=POOL,
    )


@dataclass
class Tally:
    answers: dict[int, int] = field(default_factory=dict)
    left: int = 0
    borrowed: int = 0
    foreign: list[str] = field(default_factory=list)


async def live(client: Client, tally: Tally) -> None:
    """A person who writes, reads, sends invalid requests, and sometimes disconnects."""
    mark = f"{client.person} only"
    chance = random.Random(client.person.int)  # noqa: S311 - the same for the same person
    entry_id = uuid4()
    acts = [
        ("POST", "/", {"json": SAD | {"note": mark}}),
        ("POST", "/", {"json": SAD | {"note": mark}, "headers": {"Idempotency-Key": f"key {chance.random()}"}}),
        ("POST", "/", {"json": SAD | {"note": mark, "id": str(entry_id), "intensity": 3}}),  # 201 or 200
        ("POST", "/", {"json": SAD | {"note": mark, "id": str(entry_id), "intensity": 9}}),  # 409, from within
        ("GET", f"/{uuid4()}", {}),  # 404, from within
        ("PATCH", f"/{uuid4()}", {"json": {"note": mark}}),
        ("GET", "/", {"params": {"cursor": "Zm9yZ2Vk"}}),  # 422, from within
        ("GET", "/", {"params": {"limit": "20"}}),
        ("GET", "/", {"params": {"limit": "20"}}),
        ("GET", "/factors", {}),
        ("GET", "/streak", {}),
        ("POST", "/batch", {"json": {"entries": [SAD | {"note": mark}]}}),
    ]
    for _ in range(ACTS):
        method, path, parts = chance.choice(acts)
        request = asyncio.ensure_future(client.request(method, path, **parts))  # type: ignore[arg-type]
        if chance.random() < 0.1:
            await asyncio.wait([request], timeout=chance.random() / 20)
            if request.cancel():
                tally.left += 1
        await asyncio.wait([request])
        if request.cancelled():
            continue
        answer = request.result()
        if answer.status_code == 503:  # all others would be refused as well before a connection is free
            await asyncio.sleep(0.05)
        tally.answers[answer.status_code] = tally.answers.get(answer.status_code, 0) + 1
        if answer.status_code == 200 and "items" in answer.json():
            notes = {item["note"] for item in answer.json()["items"] if "note" in item}
            tally.foreign += notes - {mark}


async def inspect(database: Database, tally: Tally) -> None:
    """Takes connections from the pool and checks their role and claims."""
    while True:
        with suppress(PoolTimeout):  # they have the connections for longer than anybody waits
            async with database._connection() as conn:  # noqa: SLF001 - before any transaction
                assert await (await conn.execute(SETTINGS)).fetchone() == UNTOUCHED
            tally.borrowed += 1
        await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_nobody_sees_another_persons_rows(client_for: ClientFactory, services: Services, database: Clone) -> None:
    """64 people share two connections, with errors and disconnects. Each sees only their own rows."""
    clients = [client_for() for _ in range(PEOPLE)]
    tally = Tally()
    inspecting = asyncio.create_task(inspect(services.database, tally))
    await asyncio.gather(*(live(client, tally) for client in clients))
    inspecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await inspecting

    assert tally.foreign == []
    assert database.rows("SELECT 1 FROM public.mood_entries WHERE note <> user_id || ' only'") == []
    assert {200, 201, 404, 409, 422} <= tally.answers.keys() <= {200, 201, 404, 409, 422, 503}
    assert tally.left
    assert tally.borrowed


async def test_a_connection_returns_to_the_pool_without_a_role(services: Services) -> None:
    """Role and claims end with the transaction, however it ends, on every connection of the pool."""
    claims = json.dumps({"sub": str(uuid4()), "role": "authenticated"})
    for ending in (None, ValueError, psycopg.DataError, asyncio.CancelledError):
        try:
            async with services.database.transaction(claims_role(claims)) as conn:
                assert await (await conn.execute(SETTINGS)).fetchone() == ("mend_user", "mend_user", claims)
                if ending is psycopg.DataError:
                    await conn.execute("SELECT 1 / 0")
                elif ending:
                    raise ending
        except (ValueError, psycopg.DataError, asyncio.CancelledError):
            pass

        connections = services.database._connection  # noqa: SLF001 - as the next borrower finds them
        async with connections() as one, connections() as two:
            for conn in (one, two):
                assert await (await conn.execute(SETTINGS)).fetchone() == UNTOUCHED


async def test_a_transaction_without_a_person_sees_no_rows(services: Services, client_for: ClientFactory) -> None:
    """A transaction with claims without a `sub` reads and writes no rows."""
    await client_for().post("/", json=SAD)
    for claims in ("", "{}", json.dumps({"role": "authenticated"})):
        async with services.database.transaction(claims_role(claims)) as conn:
            assert await (await conn.execute("SELECT count(*) FROM public.mood_entries")).fetchone() == (0,)


@pytest.mark.parametrize(
    "text",
    [
        "'; SET ROLE mend_service; --",
        "\\'; RESET ROLE; --",
        "\\",
        "E'\\x27'",
        "$$; COMMIT; $$",
        "%s %(role)s %% {}",
        "\u02bc\uff07\u2019'\"`",
        "/* ' */ -- '",
        "\n;\r\nCOMMIT;\n",
    ],
)
async def test_what_a_person_writes_stays_what_they_wrote(me: Client, database: Clone, text: str) -> None:
    """No value in any field is interpreted as SQL."""
    before = database.value("SELECT count(*) FROM mend.outbox")
    key = "key " + text.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")
    sent = SAD | {"note": text, "factors": [f"x{text}x"]}
    answer = await me.post("/", json=sent, headers={"Idempotency-Key": key})

    assert answer.status_code == 201
    stored = database.rows("SELECT note, factors FROM public.mood_entries WHERE user_id = %s", me.person)
    assert stored == [(text, [f"x{text}x"])]
    assert database.value("SELECT count(*) FROM mend.outbox") == before + 1
