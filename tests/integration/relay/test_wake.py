"""Who may wake the relay, and how the database does so on Supabase, where pg_net and the vault exist."""

import httpx
import pytest

from functions.relay.main import app
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import Clone

# What pg_net and the vault offer, as far as we use them.
NET = """
    CREATE SCHEMA net;
    CREATE TABLE net.calls (url text, body jsonb, headers jsonb, timeout_milliseconds integer);
    CREATE FUNCTION net.http_post(
        url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}',
        timeout_milliseconds integer DEFAULT 2000
    ) RETURNS bigint LANGUAGE sql AS
    'INSERT INTO net.calls VALUES (url, body, headers, timeout_milliseconds) RETURNING 1';
    GRANT USAGE ON SCHEMA net TO PUBLIC;
    GRANT INSERT, SELECT ON net.calls TO PUBLIC;
"""
VAULT = """
    CREATE SCHEMA vault;
    CREATE TABLE vault.decrypted_secrets (name text, decrypted_secret text);
    INSERT INTO vault.decrypted_secrets VALUES ('relay_secret', 'from the vault'), ('another', 'wrong');
    GRANT USAGE ON SCHEMA vault TO PUBLIC;
    GRANT SELECT ON vault.decrypted_secrets TO PUBLIC;
"""
TARGET = "INSERT INTO mend.relay_target (url, secret) VALUES ('https://relay.example.org', {})"
ADD_EVENT = (
    "INSERT INTO mend.outbox (id, type, occurred_at, data) VALUES (gen_random_uuid(), 'mood.recorded', now(), '{}')"
)
CALLS = "SELECT url, headers ->> 'Authorization', timeout_milliseconds FROM net.calls"
PRODUCTION = {"event_auth": "iam", "event_audience": "https://events.example.org", "event_sender": "a@example.org"}


def run(database: Clone, *statements: str) -> None:
    with database.admin() as conn:
        for statement in statements:
            conn.execute(statement.encode())


def test_an_event_wakes_the_relay_through_pg_net(database: Clone) -> None:
    """The request waits 25 seconds, long enough for a cold start, and carries the secret."""
    run(database, NET, TARGET.format("'of the row'"), ADD_EVENT)

    assert database.rows(CALLS) == [("https://relay.example.org", "Bearer of the row", 25000)]


def test_the_secret_may_come_from_the_vault(database: Clone) -> None:
    """Then no table and no backup holds it in the clear."""
    run(database, NET, VAULT, TARGET.format("NULL"), ADD_EVENT)

    assert database.rows(CALLS) == [("https://relay.example.org", "Bearer from the vault", 25000)]


def test_an_event_is_kept_when_pg_net_fails(database: Clone) -> None:
    """A person's change does not depend on the wake-up. The schedule publishes the event."""
    run(database, NET, TARGET.format("'secret'"), "ALTER TABLE net.calls ADD CHECK (false)", ADD_EVENT)

    assert database.rows(CALLS) == []
    assert database.value("SELECT count(*) FROM mend.outbox WHERE published_at IS NULL") == 1


@pytest.mark.parametrize(
    ("secret", "authorization", "status"),
    [
        (None, None, 401),
        (None, "Bearer ", 401),
        ("right", None, 401),
        ("right", "Bearer wrong", 401),
        ("right", "right", 401),
        ("right", "Bearer right", 200),
    ],
)
async def test_in_production_only_the_secret_wakes_the_relay(
    settings: Settings, secret: str | None, authorization: str | None, status: int
) -> None:
    """A missing secret closes it, and does not open it."""
    environ = {} if secret is None else {"RELAY_SECRET": secret}
    services = Services(settings.model_copy(update={**PRODUCTION, "environ": environ}))
    use(services)
    headers = {} if authorization is None else {"Authorization": authorization}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://relay.local") as client:
        answer = await client.post("/", headers=headers)
    await services.database.close()

    assert answer.status_code == status
