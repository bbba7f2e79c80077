"""The database of the local stack, by the login that owns it: made ready, and left again."""

import os
from collections.abc import Iterable
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


def migrated(settings: Settings) -> tuple[str, list[str]]:
    """Where to administer the database, and the migrations that it lacked until now."""
    dsn = owner_dsn(settings)
    with psycopg.connect(dsn) as conn:
        (is_plain,) = conn.execute("SELECT to_regclass('auth.users') IS NULL").fetchone() or (True,)
        if is_plain:  # a Postgres that is not Supabase's
            conn.execute(postgres.SUPABASE.read_bytes())
    return dsn, migrate(dsn)


def open_bus(dsn: str, subscriptions: Iterable[tuple[str, str]]) -> None:
    """What stands in for Pub/Sub: who listens to what, and room for messages."""
    with psycopg.connect(dsn) as conn:
        conn.execute(BUS.read_bytes())
        conn.execute("DELETE FROM local.deliveries WHERE delivered_at < now() - interval '7 days'")
        conn.execute("DELETE FROM local.subscriptions")
        with conn.cursor() as cursor:
            cursor.executemany("INSERT INTO local.subscriptions (topic, function) VALUES (%s, %s)", subscriptions)


def leave(home: Path) -> None:
    """Stop using the server of `home`, and wait until it has stopped, unless others use it."""
    home = home.absolute()
    os.close(embedded._join(home))  # noqa: SLF001 - held for the life of the process otherwise
    while embedded.is_held(home / "keeper.lock") and not embedded.is_held(home / "users.lock"):
        Event().wait(LOOKS)
