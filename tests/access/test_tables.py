"""For every table, role and verb, Postgres allows exactly what `matrix.yaml` says."""

import json
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from tests.access.matrix import ROLES, TABLES, VERBS, Row, allowed, declared, insert, named, some_row
from tests.conftest import Clone, sign_up


class Who(NamedTuple):
    role: str
    claims: str


@pytest.fixture
def admin(database: Clone) -> Iterator[psycopg.Connection]:
    """A superuser's transaction that never commits, with our tables emptied."""
    with database.admin() as conn, conn.transaction(force_rollback=True):
        names = sql.SQL(", ").join(named(table) for (table,) in conn.execute(TABLES).fetchall())
        conn.execute(sql.SQL("TRUNCATE {}").format(names))
        yield conn


@pytest.fixture
def owner(database: Clone) -> UUID:
    return sign_up(database)


def may(conn: psycopg.Connection, who: Who, verb: str, table: str, owner: UUID) -> bool:
    """Whether the role may do that with the only row, which is the owner's."""
    with conn.transaction(force_rollback=True):
        row = some_row(conn, table, owner)
        if verb != "insert":
            insert(conn, table, row)
        conn.execute("SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", who)
        try:
            return attempt(conn, table, verb, row) == 1
        except psycopg.errors.InsufficientPrivilege:
            return False


def attempt(conn: psycopg.Connection, table: str, verb: str, row: Row) -> int:
    if verb == "insert":
        insert(conn, table, row)
        return 1
    column, value = next(iter(row.items()))
    statements = {
        "select": sql.SQL("SELECT 1 FROM {}").format(named(table)),
        "update": sql.SQL("UPDATE {} SET {} = {}").format(named(table), sql.Identifier(column), sql.Literal(value)),
        "delete": sql.SQL("DELETE FROM {}").format(named(table)),
    }
    return conn.execute(statements[verb]).rowcount


def test_every_table_has_its_rights_declared(admin: psycopg.Connection) -> None:
    """Every table has an entry in `matrix.yaml`, and every entry has a table."""
    assert {table for (table,) in admin.execute(TABLES).fetchall()} == declared().keys()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_is_declared_and_nothing_else(admin: psycopg.Connection, owner: UUID, role: str) -> None:
    """Tested for own rows, rows of others, and without a person."""
    viewpoints = {
        "own": json.dumps({"sub": str(owner), "role": "authenticated"}),
        "a stranger's": json.dumps({"sub": str(uuid4()), "role": "authenticated"}),
        "admin": json.dumps({"sub": str(uuid4()), "role": "authenticated", "app_metadata": {"role": "admin"}}),
        "acting for nobody": "",
        "acting for somebody without a name": json.dumps({"role": "authenticated"}),
    }
    observed = {
        (table, whose): {verb for verb in VERBS if may(admin, Who(role, claims), verb, table, owner)}
        for (table,) in admin.execute(TABLES).fetchall()
        for whose, claims in viewpoints.items()
    }

    assert observed == {(table, whose): allowed(table, role, whose) for table, whose in observed}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_can_change_the_owner_of_a_row(admin: psycopg.Connection, owner: UUID, role: str) -> None:
    """A person cannot change the owner of a row."""
    claims = json.dumps({"sub": str(owner), "role": "authenticated"})
    for table, rights in declared().items():
        if "update" not in rights.get(role, {}).get("own", ()):
            continue
        with admin.transaction(force_rollback=True):
            insert(admin, table, some_row(admin, table, owner))
            stranger = uuid4()
            admin.execute("INSERT INTO auth.users (id) VALUES (%s)", (stranger,))
            admin.execute("SELECT set_config('role', %s, true)", (role,))
            admin.execute("SELECT set_config('request.jwt.claims', %s, true)", (claims,))
            give = sql.SQL("UPDATE {} SET user_id = {}").format(named(table), sql.Literal(stranger))

            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                admin.execute(give)
