"""Fixtures of all tests: a real Postgres (one server per worker, one clone per test), people, clock, order."""

import json
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, nullcontext
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
from shared.logs import logger
from shared.request_permits import RequestPermits
from shared.services import Services, use
from shared.settings import Settings
from shared.settings import settings as own_settings

ADMIN = "supabase_admin"
# Reminders of a plan that begins on the day when it is made, whatever the hour.
LATE_REMINDERS = {"morning": "23:57", "afternoon": "23:58", "evening": "23:59"}
LOCAL_BUS = Path(__file__).parent.parent / "infra/local/bus.sql"
APPS: dict[str, Api] = {name: import_module(registry().functions[name].module).app for name in registry().http}


# No deadlines, because the machine may be busy. A fixture may serve many examples.
hypothesis_settings.register_profile(
    "mend", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis_settings.load_profile("mend")


def pytest_configure() -> None:
    """Draw the order of the tests once, before the workers start. TEST_ORDER=N repeats an order."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - workers share the processors already
    os.environ["OUTBOUND_HOSTS"] = "loopback"  # noqa: TID251 - read by workers, and by processes that tests start
    own_settings.cache_clear()  # a module may have read them when it was imported
    os.environ.setdefault("TEST_ORDER", str(Random().randrange(1_000_000)))  # noqa: S311, TID251 - read by workers


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers for each processor: half of the time a test waits for servers that it has started."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Shuffle modules, and the tests of each: no test may depend on another."""
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
    """With MEND_NO_SKIPS, a skipped test is a failure: all tools are installed there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if "MEND_NO_SKIPS" in os.environ and reporter and reporter.stats.get("skipped"):  # noqa: TID251
        reporter.write_line("Skipped, although MEND_NO_SKIPS is set: see -rs", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def forbidden_calls() -> Iterator[list[str]]:
    """The other machines that this process has called. A test fails for each, also if the error was handled."""
    calls: list[str] = []

    def watch(record: logging.LogRecord) -> bool:
        if record.msg == "outbound_call_forbidden":
            calls.append(vars(record)["fields"]["host"])
        return True

    assert own_settings().outbound_hosts == "loopback"
    logger.addFilter(watch)
    yield calls
    logger.removeFilter(watch)
    assert calls == []


class LogLines(logging.Handler):
    """Collects the lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.getMessage(), getattr(record, "fields", {})))

    def of(self, name: str) -> list[dict[str, Any]]:
        return [fields for message, fields in self.lines if message == name]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    handler = LogLines()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


ClockMover = Callable[[timedelta], None]


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClockMover]:
    """Moves the clock of this process, and of processes that the test starts later."""

    def move(by: timedelta) -> None:
        monkeypatch.setenv("CLOCK_OFFSET", str(own_settings().clock_offset + round(by.total_seconds())))
        own_settings.cache_clear()

    yield move
    monkeypatch.undo()
    own_settings.cache_clear()


@pytest.fixture
def a_minute_begins(move_clock: ClockMover) -> None:
    """Keeps a test that counts the requests of a minute from running into the next one."""
    move_clock(timedelta(seconds=60 - utc_now().second))


def clock_setting() -> dict[str, str]:
    """The environment variable that gives another process the same clock."""
    return {"CLOCK_OFFSET": str(own_settings().clock_offset)}


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


def in_memory() -> Path | None:
    """A folder in memory, where there is one with room: a clone takes a third of the time there."""
    folder = Path("/dev/shm")  # noqa: S108 - the database has no secret
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > 2 * 2**30 else None


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A temporary Postgres with `mend_template`: migrated and seeded. No test connects to that."""
    with (
        tempfile.TemporaryDirectory(prefix="mend-", dir=in_memory()) as home,
        running(Path(home), durable=False) as server,
    ):
        server.create_database("mend_template")
        migrate(server.dsn("mend_template"))
        seed(server.dsn("mend_template"))
        with psycopg.connect(server.dsn("mend_template")) as conn:
            conn.execute(LOCAL_BUS.read_bytes())
        yield server


@dataclass
class Clone:
    """The database of one test."""

    server: Server
    name: str
    kept: psycopg.Connection | None = None  # one for all of `rows`: to connect takes 20 times as long as a small query

    def dsn(self, user: str = "mend_app") -> str:
        return self.server.dsn(self.name, user)

    def admin(self) -> psycopg.Connection:
        """A connection of the superuser."""
        return psycopg.connect(self.dsn(ADMIN), autocommit=True)

    def rows(self, query: str, *params: object) -> list[Any]:
        with nullcontext(self.kept) if self.kept and not self.kept.closed else self.admin() as conn:
            return conn.execute(query.encode(), params).fetchall()

    def value(self, query: str, *params: object) -> Any:  # noqa: ANN401 - any column
        return self.rows(query, *params)[0][0]


@contextmanager
def cloned(server: Server) -> Iterator[Clone]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.dsn("postgres", ADMIN), autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE mend_template STRATEGY FILE_COPY OWNER postgres'.encode())
        clone = Clone(server, name)
        with clone.admin() as clone.kept:
            clone.kept.prepare_threshold = None  # a test may change the tables
            yield clone
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    with cloned(server) as clone:
        yield clone


@dataclass
class Issuer:
    """Signs tokens as Supabase Auth does. Its key set is in a file."""

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
            "aal": "aal2",
            "amr": [{"method": "password", "timestamp": now}],
            "iat": now,
            "exp": now + 3600,
        }
        payload = {name: value for name, value in (standard | claims).items() if value is not None}
        return jwt.encode(payload, self.key, "ES256", {"kid": self.key_id})

    def lasting_token(self, person: UUID, **claims: object) -> str:
        """A token that is valid at any date, for servers that use the clock of the machine."""
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
    """The services of the functions under test."""
    services = Services(settings)
    vars(services)["request_permits"] = RequestPermits(wait_seconds=60)  # a busy machine refuses no request
    use(services)
    yield services
    await services.database.close()


class Client(httpx.AsyncClient):
    """The app of a person, signed in or not."""

    person: UUID


ClientFactory = Callable[..., Client]


@pytest.fixture
async def client_for(services: Services, database: Clone, issuer: Issuer) -> AsyncIterator[ClientFactory]:
    """Makes clients of a function: for a new person, the person of an earlier client, or without sign-in."""
    opened: list[Client] = []

    def make(
        function: str = "checkin", person: UUID | None = None, *, signed_in: bool = True, **claims: object
    ) -> Client:
        owner = person or sign_up(database)
        headers = {"Authorization": f"Bearer {issuer.token(owner, **claims)}"} if signed_in else {}
        client = Client(transport=httpx.ASGITransport(APPS[function]), base_url=f"http://{function}", headers=headers)
        client.person = owner
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
    database.rows("INSERT INTO auth.users (id, email) VALUES (%s, %s) RETURNING id", person, f"{person}@example.org")
    return person
