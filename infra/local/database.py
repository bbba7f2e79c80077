"""The database that commands administer: the one of DATABASE_URL, or else the local one."""

from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from infra.errors import UserError
from infra.local import embedded, postgres
from infra.migrate import migrate
from infra.registry import Subscription
from shared.settings import Settings

BUS = Path(__file__).with_name("bus.sql")


def owner_dsn(settings: Settings) -> str:
    """The owner's DSN. The local database is started and migrated first; a DATABASE_URL must name its owner."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    server = embedded.start(settings.mend_home)
    embedded.migrate_local(server)
    return server.dsn()


def apply_migrations(settings: Settings) -> list[str]:
    """Apply the migrations that the database lacks; return the names of those files."""
    if settings.database_url is None:
        return embedded.migrate_local(embedded.start(settings.mend_home))
    dsn = settings.database_url.get_secret_value()
    with psycopg.connect(dsn) as conn:
        (is_plain,) = conn.execute("SELECT to_regclass('auth.users') IS NULL").fetchone() or (True,)
        if is_plain:  # not a Supabase project's
            conn.execute(postgres.SUPABASE.read_bytes())
    return migrate(dsn)


def reset(settings: Settings) -> None:
    """Delete the local database. Raises UserError where DATABASE_URL is set, or while anyone uses it."""
    if settings.database_url is not None:
        raise UserError("DATABASE_URL is set, and only the local database can be reset.", "Unset DATABASE_URL.")
    embedded.reset(settings.mend_home)


def open_bus(dsn: str, subscriptions: Iterable[Subscription]) -> None:
    """Create the tables that replace Pub/Sub, and write down which function listens to which topic."""
    with psycopg.connect(dsn) as conn, conn.cursor() as cursor:
        cursor.execute(BUS.read_bytes())
        cursor.execute("DELETE FROM local.deliveries WHERE delivered_at < now() - interval '7 days'")
        cursor.execute("DELETE FROM local.subscriptions")
        rows = [(topic, function, Jsonb(dict(filter_))) for topic, function, filter_ in subscriptions]
        cursor.executemany("INSERT INTO local.subscriptions (topic, function, filter) VALUES (%s, %s, %s)", rows)
