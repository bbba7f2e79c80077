"""The servers that other tests rely on are real, listen on this machine alone, and are gone afterwards."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

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

needs_firestore = pytest.mark.skipif(not have_firestore(), reason="npm ci in tests/tools installs it")
needs_postgrest = pytest.mark.skipif(not have_postgrest(), reason="npm ci in tests/tools installs it, on Linux")
needs_pgbouncer = pytest.mark.skipif(not have_pgbouncer(), reason="tests/tools/debian.sh pgbouncer installs it")


@pytest.fixture
def started() -> Iterator[ExitStack]:
    """What a test starts in here is ended with it, and must be gone then."""
    before = set(psutil.Process().children())
    with ExitStack() as servers:
        yield servers
        mine = set(psutil.Process().children()) - before
        addresses = {c.laddr.ip for process in mine for c in process.net_connections() if c.status == "LISTEN"}
    assert mine
    assert addresses <= {"127.0.0.1"}
    assert not any(process.is_running() for process in mine)


@pytest.mark.firestore
@needs_firestore
def test_the_firestore_emulator_dies_with_whoever_started_it() -> None:
    """Nobody has to tell it: the end of its standard input is enough."""
    command = ["node", str(TOOLS / "firestore.mjs")]
    emulator = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=True)

    assert emulator.stdout.strip().isdigit()


@pytest.mark.firestore
@needs_firestore
def test_the_firestore_emulator_listens_where_it_says(started: ExitStack) -> None:
    """It is ready as soon as its address is known."""
    host, port = started.enter_context(firestore_emulator()).split(":")

    assert listeners() == {(host, int(port))}
