"""The servers that other tests rely on are real, listen on this machine alone, and are gone afterwards."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psutil
import psycopg
import pytest

from tests.conftest import Clone, Issuer, sign_up
from tests.servers import (
    TOOLS,
    firestore_emulator,
    have_firestore,
    have_pgbouncer,
    have_postgrest,
    pgbouncer,
    postgrest,
)

needs_firestore = pytest.mark.skipif(not have_firestore(), reason="`npm ci` in tests/tools installs it")
needs_postgrest = pytest.mark.skipif(not have_postgrest(), reason="`npm ci` in tests/tools installs it, on Linux")
needs_pgbouncer = pytest.mark.skipif(not have_pgbouncer(), reason="`tests/tools/debian.sh pgbouncer` installs it")

DOCUMENT = """
    INSERT INTO live_documents (user_id, name, document, expires_at)
    VALUES (%s, 'streak', '{"current": 3}', now() + interval '1 day')
"""


@pytest.fixture(autouse=True)
def _nothing_is_left_running() -> Iterator[None]:
    before = set(psutil.Process().children())
    yield
    assert set(psutil.Process().children()) <= before


def listening_on() -> set[str]:
    connections = [c for child in psutil.Process().children() for c in child.net_connections()]
    return {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}


@pytest.mark.firestore
@needs_firestore
def test_the_firestore_emulator_is_ready_once_its_address_is_known() -> None:
    """The first connection succeeds without retries, and other machines cannot connect."""
    with firestore_emulator() as address:
        host, port = address.split(":")
        socket.create_connection((host, int(port)), timeout=1).close()

        assert listening_on() == {"127.0.0.1"}


@pytest.mark.firestore
@needs_firestore
def test_the_firestore_emulator_cannot_outlive_whoever_started_it() -> None:
    """However they end, their end of its standard input closes, and that is enough."""
    command = ["node", str(TOOLS / "firestore.mjs")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=20, check=False)

    assert done.returncode == 0


@pytest.mark.postgrest
@needs_postgrest
def test_the_rest_server_shows_a_person_what_their_token_allows(database: Clone, issuer: Issuer) -> None:
    """It becomes the role of a token that the key set signed; without one it may read nothing."""
    alice, bob = sign_up(database), sign_up(database)
    with database.admin() as conn:
        for person in (alice, bob):
            conn.execute(DOCUMENT, (person,))
    keys = (issuer.folder / "jwks.json").read_text()
    with postgrest(database.dsn("authenticator"), keys) as url, httpx.Client(base_url=url, trust_env=False) as client:
        hers = client.get("/live_documents", headers={"Authorization": f"Bearer {issuer.lasting_token(alice)}"})
        nobodys = client.get("/live_documents")

        assert [row["user_id"] for row in hers.json()] == [str(alice)]
        assert nobodys.status_code == 401
        assert listening_on() == {"127.0.0.1"}


@pytest.mark.pgbouncer
@needs_pgbouncer
def test_the_pooler_shares_two_connections_among_all(database: Clone) -> None:
    """Each transaction of a client may run on another connection, as the user who asked for the pooler."""
    with pgbouncer(database.dsn()) as pooled, ExitStack() as open_clients:
        clients = [open_clients.enter_context(psycopg.connect(pooled, autocommit=True)) for _ in range(6)]
        for client in clients[:2]:
            client.execute("BEGIN")
        held = {client.execute("SELECT pg_backend_pid()").fetchone() for client in clients[:2]}
        for client in clients[:2]:
            client.execute("COMMIT")
        used = {client.execute("SELECT pg_backend_pid()").fetchone() for client in clients}

        assert len(held) == 2
        assert used <= held
        assert clients[0].execute("SELECT session_user").fetchone() == ("mend_app",)
        assert listening_on() == set()
