"""Queries and changes of Postgres from outside, for fault tests."""

from tests.conftest import Clone

DRAFT = {"mood": "calm", "intensity": 3}

CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'mend_app'"
WAITING = CONNECTED + " AND wait_event_type = 'Lock'"
DISCONNECT = """
    SELECT pg_terminate_backend(pid, 2000)
    FROM pg_stat_activity WHERE datname = current_database() AND usename = 'mend_app'
"""
LOCK_COUNTS = "SELECT FROM mend.entry_counts WHERE user_id = %s FOR UPDATE"  # a check-in changes them


def let_wait(database: Clone) -> None:
    """Give new connections of the functions a lock timeout that is long enough for a busy machine."""
    with database.admin() as admin:
        for setting in ("lock_timeout", "statement_timeout"):
            admin.execute(f"ALTER ROLE mend_app IN DATABASE {database.name} SET {setting} = '60s'".encode())


def show(figure: str) -> None:
    print(figure)  # noqa: T201 - for whoever runs the tests with -s
