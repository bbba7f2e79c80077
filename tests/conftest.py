"""What all tests share: a real Postgres (one server a worker, a clone where rows stay), people, clock and order."""

import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr

from infra.local.postgres import Server, running
from infra.migrate import migrate
from infra.registry import registry
from infra.seed import seed
from shared.clock import utc_now
from shared.http import Api
from shared.services import Services, use
from shared.settings import Settings
from shared.settings import settings as own_settings

ADMIN = "supabase_admin"
LOCAL_BUS = Path(__file__).parent.parent / "infra/local/bus.sql"
APPS: dict[str, Api] = {name: import_module(registry().functions[name].module).app for name in registry().http}


# A busy machine is slow to make examples and to run them; and a fixture may serve many of them.
hypothesis_settings.register_profile(
    "mend", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis_settings.load_profile("mend")


def pytest_configure() -> None:
    """Before the workers start: draw the order of the tests, one for all of them. TEST_ORDER=N repeats it."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - workers share the processors already
    os.environ.setdefault("TEST_ORDER", str(Random().randrange(1_000_000)))  # noqa: S311, TID251 - read by workers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules in random order, and the tests of each: what one test leaves behind must not matter to another."""
    chance = Random(os.environ["TEST_ORDER"])  # noqa: S311, TID251
    modules = [list(tests) for _, tests in groupby(items, lambda item: item.path)]
    chance.shuffle(modules)
    for tests in modules:
        chance.shuffle(tests)
    items[:] = [test for tests in modules for test in tests]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    order, offset = os.environ["TEST_ORDER"], own_settings().clock_offset  # noqa: TID251
    terminalreporter.write_line(f"TEST_ORDER={order} as of {utc_now():%Y-%m-%d %H:%M} (CLOCK_OFFSET={offset})")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where every tool is at hand, a test that was skipped has failed to run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if "MEND_NO_SKIPS" in os.environ and reporter and reporter.stats.get("skipped"):  # noqa: TID251
        reporter.write_line("Skipped, although MEND_NO_SKIPS is set: see -rs", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


ClockMover = Callable[[timedelta], None]


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClockMover]:
    """Moves the clock of this process, and of those that the test starts from then on."""

    def move(by: timedelta) -> None:
        monkeypatch.setenv("CLOCK_OFFSET", str(own_settings().clock_offset + round(by.total_seconds())))
        own_settings.cache_clear()

    yield move
    monkeypatch.undo()
    own_settings.cache_clear()


def clock_setting() -> dict[str, str]:
    """What a process with an environment of its own must be given to have the same clock."""
    return {"CLOCK_OFFSET": str(own_settings().clock_offset)}


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A throw-away Postgres with `mend_template`: migrated, seeded, never connected to."""
    with tempfile.TemporaryDirectory(prefix="mend-") as home, running(Path(home), durable=False) as started:
        started.create_database("mend_template")
        migrate(started.dsn("mend_template"))
        seed(started.dsn("mend_template"))
        with psycopg.connect(started.dsn("mend_template", ADMIN)) as conn:
            conn.execute(LOCAL_BUS.read_bytes())
        yield started


@dataclass
class Clone:
    """A database of a test's own."""

    server: Server
    name: str

    def dsn(self, user: str = "mend_app") -> str:
        return self.server.dsn(self.name, user)

    def admin(self) -> psycopg.Connection:
        """Sees and may do everything, as an operator would."""
        return psycopg.connect(self.dsn(ADMIN), autocommit=True)

    def rows(self, query: str, *params: object) -> list[Any]:
        with self.admin() as conn:
            return conn.execute(query.encode(), params).fetchall()

    def value(self, query: str, *params: object) -> Any:  # noqa: ANN401 - whatever the column holds
        return self.rows(query, *params)[0][0]


@contextmanager
def cloned(server: Server) -> Iterator[Clone]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.dsn("postgres", ADMIN), autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE mend_template OWNER postgres'.encode())
        yield Clone(server, name)
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    with cloned(server) as clone:
        yield clone


@dataclass
class Issuer:
    """Signs tokens as Supabase Auth does, with a key set that a file holds."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key_id: str = "test-key"

    def __post_init__(self) -> None:
        self.publish()

    def publish(self) -> None:
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        keys = {"keys": [public | {"kid": self.key_id, "alg": "ES256", "use": "sig"}]}
        (self.folder / "jwks.json").write_text(json.dumps(keys))

    def token(self, person: UUID, **claims: object) -> str:
        now = int(utc_now().timestamp())
        standard = {
            "iss": "http://mend.local/auth/v1",
            "aud": "authenticated",
            "sub": str(person),
            "role": "authenticated",
            "iat": now,
            "exp": now + 3600,
        }
        payload = {name: value for name, value in (standard | claims).items() if value is not None}
        return jwt.encode(payload, self.key, "ES256", {"kid": self.key_id})

    def lasting_token(self, person: UUID, **claims: object) -> str:
        """For servers that keep a clock of their own: valid at any date."""
        return self.token(person, **{"iat": None, "exp": 4_102_444_800} | claims)


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with tempfile.TemporaryDirectory(prefix="mend-keys-") as folder:
        yield Issuer(Path(folder))


@pytest.fixture
def settings(database: Clone, issuer: Issuer) -> Settings:
    return Settings(
        database_url=SecretStr(database.dsn()), mend_home=issuer.folder, rate_limit_per_minute=100_000, pool_size=8
    )


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    """The parts that the functions under test are served with."""
    parts = Services(settings)
    use(parts)
    yield parts
    await parts.database.close()


class Client(httpx.AsyncClient):
    """A person's app, or nobody's when there is no person."""

    person: UUID


ClientFactory = Callable[..., Client]


@pytest.fixture
async def client_for(services: Services, database: Clone, issuer: Issuer) -> AsyncIterator[ClientFactory]:
    """Makes clients of a function's app: signed in as a new person, as one of an earlier client, or not at all."""
    opened: list[Client] = []

    def make(
        function: str = "checkin", person: UUID | None = None, *, signed_in: bool = True, **claims: object
    ) -> Client:
        who = person or sign_up(database)
        headers = {"Authorization": f"Bearer {issuer.token(who, **claims)}"} if signed_in else {}
        client = Client(transport=httpx.ASGITransport(APPS[function]), base_url=f"http://{function}", headers=headers)
        client.person = who
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
def me(client_for: ClientFactory) -> Client:
    """A person with the app open at `checkin`."""
    return client_for()


def sign_up(database: Clone) -> UUID:
    person = uuid4()
    with database.admin() as conn:
        conn.execute("INSERT INTO auth.users (id, email) VALUES (%s, %s)", (person, f"{person}@example.org"))
    return person
