from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from infra.local.postgres import Server
from tests.conftest import ADMIN, Clone


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Clone]:
    """One for all: everything here is somebody's own, and every test is somebody else's."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.dsn("postgres", ADMIN), autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE mend_template OWNER postgres'.encode())
        yield Clone(server, name)
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
