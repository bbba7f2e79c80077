"""The database of this machine, by the login that owns it: found, made ready, and left again."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psycopg

from infra.local import postgres
from infra.migrate import migrate
from shared import embedded
from shared.settings import Settings

BUS = Path(__file__).with_name("bus.sql")
LOOKS = 0.1  # seconds between two looks at whether the server has stopped


class NotReady(Exception):
    """The database cannot be used as it is."""


def owner_dsn(settings: Settings) -> str:
    """Where to administer the database. A DATABASE_URL of one's own must name its owner."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    home = settings.mend_home.absolute()
    try:
        embedded.ensure_running(home)
    except RuntimeError as error:
        raise NotReady(f"Postgres does not start. Its log: {home / 'postgres.log'}") from error
    return postgres.Server(home).dsn()


@contextmanager
def nothing_left_running(settings: Settings) -> Iterator[None]:
    """At the end, stop using the server and wait until it has stopped, unless others use it."""
    try:
        yield
    finally:
        if settings.database_url is None:
            _leave(settings.mend_home.absolute())


def bring_up_to_date(dsn: str) -> list[str]:
    """The migrations that the database lacked until now."""
    with psycopg.connect(dsn) as conn:
        (is_plain,) = conn.execute("SELECT to_regclass('auth.users') IS NULL").fetchone() or (True,)
        if is_plain:  # not Supabase's, nor ours
            conn.execute(postgres.SUPABASE.read_bytes())
    return migrate(dsn)


def open_bus(dsn: str, subscriptions: Iterable[tuple[str, str]]) -> None:
    """What stands in for Pub/Sub: who listens to what, and room for messages."""
    with psycopg.connect(dsn) as conn, conn.cursor() as cursor:
        cursor.execute(BUS.read_bytes())
        cursor.execute("DELETE FROM local.deliveries WHERE delivered_at < now() - interval '7 days'")
        cursor.execute("DELETE FROM local.subscriptions")
        cursor.executemany("INSERT INTO local.subscriptions (topic, function) VALUES (%s, %s)", subscriptions)


def _leave(home: Path) -> None:
    embedded.leave(home)
    while embedded.is_held(home / "keeper.lock") and not embedded.is_held(home / "users.lock"):
        Event().wait(LOOKS)
