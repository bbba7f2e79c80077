"""The database that commands administer: that of DATABASE_URL, or the local one."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from infra.errors import UserError
from infra.local import embedded, issuer, postgres
from infra.migrate import migrate
from infra.registry import Subscription
from shared.settings import Settings

BUS = Path(__file__).with_name("bus.sql")


def owner_dsn(settings: Settings) -> str:
    """The DSN of the database owner. Starts and migrates the local database; a DATABASE_URL must name the owner."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    server = embedded.start(settings.mend_home)
    embedded.migrate_local(server)
    return server.dsn()


def apply_migrations(settings: Settings) -> list[str]:
    """Apply the migrations that the database lacks; return their file names."""
    if settings.database_url is None:
        return embedded.migrate_local(embedded.start(settings.mend_home))
    dsn = settings.database_url.get_secret_value()
    with psycopg.connect(dsn) as conn:
        (lacks_auth,) = conn.execute("SELECT to_regclass('auth.users') IS NULL").fetchone() or (True,)
        if lacks_auth:  # it is no Supabase project
            conn.execute(postgres.SUPABASE.read_bytes())
    return migrate(dsn)


def person_with_email(settings: Settings, email: str) -> UUID:
    """The id of the person with this address. Raises UserError if there is none."""
    with psycopg.connect(owner_dsn(settings)) as conn:
        row = conn.execute(issuer.EMAIL_OWNER, (email,)).fetchone()
    if row is None:
        raise UserError("No person has this address.", "Check the address, or name the person by id.")
    person: UUID = row[0]
    return person


def reset(settings: Settings) -> None:
    """Delete the local database. Raises UserError if DATABASE_URL is set, or while a process uses the database."""
    if settings.database_url is not None:
        raise UserError("DATABASE_URL is set, and only the local database can be reset.", "Unset DATABASE_URL.")
    embedded.reset(settings.mend_home)


def open_bus(dsn: str, subscriptions: Iterable[Subscription]) -> None:
    """Create the tables that replace Pub/Sub, and store which function listens to which topic."""
    with psycopg.connect(dsn) as conn, conn.cursor() as cursor:
        cursor.execute(BUS.read_bytes())
        cursor.execute("DELETE FROM local.deliveries WHERE delivered_at < now() - interval '7 days'")
        cursor.execute("DELETE FROM local.subscriptions")
        rows = [
            (topic, function, Jsonb({name: each.model_dump(exclude_defaults=True) for name, each in filters.items()}))
            for topic, function, filters in subscriptions
        ]
        cursor.executemany("INSERT INTO local.subscriptions (topic, function, filter) VALUES (%s, %s, %s)", rows)
