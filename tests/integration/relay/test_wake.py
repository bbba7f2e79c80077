"""Who may wake the relay, and how the database does so on Supabase, where pg_net and the vault exist."""

import httpx
import pytest

from functions.relay import queries
from functions.relay.bus import LocalBus
from functions.relay.main import app
from functions.relay.publisher import Publisher
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
FIVE_SECONDS_PASS = "UPDATE mend.relay_wakes SET pending_until = pending_until - interval '5 seconds'"
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


def test_one_wake_up_is_on_its_way_at_a_time(database: Clone) -> None:
    """A burst of events wakes the relay once."""
    run(database, NET, TARGET.format("'secret'"), ADD_EVENT, ADD_EVENT, ADD_EVENT)

    assert len(database.rows(CALLS)) == 1


async def test_a_relay_that_looks_again_has_no_other_one_woken(database: Clone, services: Services) -> None:
    """In a burst it lets events gather. Its next look finds them, and from then on a wake-up is sent again."""
    run(database, NET, TARGET.format("'secret'"))
    async with services.database.service() as conn:
        queries.hold_wake(conn)
    run(database, ADD_EVENT, ADD_EVENT)
    assert database.rows(CALLS) == []

    assert await Publisher(LocalBus(services.database)).publish_pending(services.database) == 2

    run(database, ADD_EVENT)
    assert len(database.rows(CALLS)) == 1


async def test_what_comes_after_the_relay_has_looked_wakes_it_again(database: Clone, services: Services) -> None:
    """The relay takes the wake-up back before it looks."""
    run(database, NET, TARGET.format("'secret'"), ADD_EVENT)
    await Publisher(LocalBus(services.database)).publish_pending(services.database)

    run(database, ADD_EVENT, ADD_EVENT)

    assert len(database.rows(CALLS)) == 2


def test_a_wake_up_that_does_not_arrive_counts_for_five_seconds(database: Clone) -> None:
    """The next event after that wakes the relay again."""
    run(database, NET, TARGET.format("'secret'"), ADD_EVENT, FIVE_SECONDS_PASS, ADD_EVENT)

    assert len(database.rows(CALLS)) == 2


def test_no_event_waits_for_another_one_that_wakes_the_relay(database: Clone) -> None:
    """While one transaction is about to wake it, others commit without a wake-up of their own."""
    run(database, NET, TARGET.format("'secret'"))
    with database.admin() as first, database.admin() as second:
        first.autocommit = False
        first.execute(ADD_EVENT)
        second.execute("SET lock_timeout = '1ms'")
        second.execute(ADD_EVENT)
        first.commit()

    assert len(database.rows(CALLS)) == 1
    assert database.value("SELECT count(*) FROM mend.outbox") == 2


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
