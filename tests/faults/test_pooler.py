"""Through a transaction pooler like that of Supabase, where people share connections."""

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from shared.settings import Settings
from tests.conftest import Client, ClientFactory, Clone
from tests.servers import have_pgbouncer, pgbouncer

PEOPLE = 8  # each has two requests at once
TURNS = 25  # of each
AT_ONCE = 16

pytestmark = [
    pytest.mark.pgbouncer,
    pytest.mark.skipif(not have_pgbouncer(), reason="pgbouncer is not installed: tests/tools/debian.sh pgbouncer"),
]


@pytest.fixture
def settings(settings: Settings, database: Clone) -> Iterator[Settings]:
    with pgbouncer(database.dsn(), pool_size=2) as pooled:
        yield settings.model_copy(update={"database_url": SecretStr(pooled), "rate_limit_per_minute": 1_000_000})


async def test_people_who_share_connections_never_meet(client_for: ClientFactory, database: Clone) -> None:
    """People see only their own rows, whoever used the connection before; no statement fails."""
    people = [client_for() for _ in range(PEOPLE)]
    sent = dict.fromkeys(people, 0)

    async def use(app: Client) -> None:
        for _ in range(TURNS):
            written = await app.post("/", json={"mood": "calm", "intensity": 3, "note": str(app.person)})
            sent[app] += 1
            refused = await app.post("/", json={"mood": "calm", "intensity": 3, "id": written.json()["mood_id"]})
            read = await app.get("/", params={"limit": 5})
            assert (written.status_code, refused.status_code, read.status_code) == (201, 409, 200)
            assert {entry["note"] for entry in read.json()["items"]} == {str(app.person)}

    await asyncio.gather(*(use(app) for app in people for _ in range(AT_ONCE // PEOPLE)))

    stored = (
        "SELECT user_id, count(*), count(*) FILTER (WHERE note <> user_id::text) FROM public.mood_entries GROUP BY 1"
    )
    assert {row[0]: row[1:] for row in database.rows(stored)} == {app.person: (n, 0) for app, n in sent.items()}
    assert (
        database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'mend_app'"
        )
        <= 2
    )
