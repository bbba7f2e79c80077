"""The declared rights also hold for Supabase's REST endpoint, tested with a real PostgREST."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from tests.access.matrix import TABLES, VERBS, allowed, insert, some_row
from tests.conftest import Clone, Issuer, sign_up
from tests.servers import have_postgrest, postgrest

pytestmark = [
    pytest.mark.postgrest,
    pytest.mark.skipif(not have_postgrest(), reason="PostgREST is not installed"),
]


@dataclass
class Rest:
    """The endpoint, a person, and their row in each public table."""

    client: httpx.Client
    database: Clone
    owner: UUID

    def may(self, verb: str, table: str, token: str | None) -> bool:
        headers = {"Prefer": "count=exact"} | ({"Authorization": f"Bearer {token}"} if token else {})
        path = f"/{table.removeprefix('public.')}"
        conn = self.database.kept
        assert conn
        conn.execute("DELETE FROM public.content")
        conn.execute("DELETE FROM auth.users WHERE id = %s", (self.owner,))
        conn.execute("INSERT INTO auth.users (id) VALUES (%s)", (self.owner,))
        row = some_row(conn, table, self.owner)
        if verb != "insert":
            insert(conn, table, row)
        plain = {name: str(value) if isinstance(value, UUID | bytes) else value for name, value in row.items()}
        first = dict([next(iter(plain.items()))])
        method, body = {
            "select": ("GET", None),
            "insert": ("POST", plain),
            "update": ("PATCH", first),
            "delete": ("DELETE", None),
        }[verb]
        response = self.client.request(method, path, json=body, headers=headers)

        assert response.status_code < 500
        return response.is_success and (verb == "insert" or response.headers["content-range"].endswith("/1"))


@pytest.fixture
def rest(database: Clone, issuer: Issuer) -> Iterator[Rest]:
    keys = (issuer.folder / "jwks.json").read_text()
    with postgrest(database.dsn("authenticator"), keys) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield Rest(client, database, sign_up(database))


def test_the_endpoint_hands_out_what_is_declared_and_nothing_else(rest: Rest, issuer: Issuer) -> None:
    """Each verb on each public table, without sign-in, as the owner and as another person."""
    public = [table for (table,) in rest.database.rows(TABLES) if table.startswith("public.")]
    callers = {
        ("anon", "own"): None,
        ("authenticated", "own"): issuer.lasting_token(rest.owner),
        ("authenticated", "foreign"): issuer.lasting_token(sign_up(rest.database)),
    }
    observed = {
        (table, role, whose): {verb for verb in VERBS if rest.may(verb, table, token)}
        for table in public
        for (role, whose), token in callers.items()
    }

    assert public
    assert observed == {(t, role, whose): allowed(t, role, whose) for t, role, whose in observed}


@pytest.mark.parametrize("role", ["mend_app", "mend_user", "mend_service", "postgres", "supabase_admin"])
def test_no_token_makes_the_endpoint_one_of_our_roles(rest: Rest, issuer: Issuer, role: str) -> None:
    """This holds for tokens that the issuer signed."""
    token = issuer.lasting_token(rest.owner, role=role)

    response = rest.client.get("/mood_entries", headers={"Authorization": f"Bearer {token}"})

    assert response.status_code in {401, 403}


def test_our_schema_is_not_there(rest: Rest, issuer: Issuer) -> None:
    """The schema `mend` and its functions are not exposed."""
    signed_in = {"Authorization": f"Bearer {issuer.lasting_token(rest.owner)}"}

    response = rest.client.get("/outbox", headers=signed_in | {"Accept-Profile": "mend"})
    called = rest.client.post("/rpc/hit", headers=signed_in, json={"caller_key": "x", "allowed": 1})

    assert (response.status_code, called.status_code) == (406, 404)
