"""A database of every release, with data in it, is upgraded to today's code."""

import gzip
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from infra.local.postgres import Server, running
from infra.migrate import MIGRATIONS, migrate
from infra.registry import ROOT
from infra.release import DUMPS, PERSON, restore
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import APPS, Issuer

TODAY = "today"  # a dump of this very code: it keeps the making of dumps and this test at work before a first release
RELEASES = [*sorted(path.name.removesuffix(".sql.gz") for path in DUMPS.glob("*.sql.gz")), TODAY]
MAKE_DUMP = (
    "import sys; from pathlib import Path; from infra.release import dump; Path(sys.argv[1]).write_bytes(dump())"
)
TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema IN ('public', 'mend', 'auth') AND table_type = 'BASE TABLE' ORDER BY 1, 2
"""
USED = {
    "auth.users", "public.mood_entries", "public.devices", "public.notifications", "public.elevation_plans",
    "public.saved_content", "public.user_interactions", "mend.outbox",
}  # fmt: skip

# The words of the catalogue, which `mend seed` writes again, and changed days, which are counted when somebody reads.
RENEWED = {"mend.content_words", "mend.changed_insight_days"}


class Upgraded(NamedTuple):
    server: Server
    rows_before: dict[str, int]


@pytest.fixture(scope="module", params=RELEASES)
def upgraded(request: pytest.FixtureRequest) -> Iterator[Upgraded]:
    """The database of a release, on the Supabase of today, after today's migrations."""
    with tempfile.TemporaryDirectory(prefix="mend-") as folder, running(Path(folder), durable=False) as server:
        restore(server, statements_of(request.param, Path(folder)))
        before = rows(server)
        server.create_database("mend")
        migrate(server.dsn())
        yield Upgraded(server, before)


def statements_of(release: str, folder: Path) -> bytes:
    if release != TODAY:
        return gzip.decompress((DUMPS / f"{release}.sql.gz").read_bytes())
    subprocess.run([sys.executable, "-c", MAKE_DUMP, str(folder / "dump.sql")], cwd=ROOT, check=True)
    return (folder / "dump.sql").read_bytes()


def rows(server: Server) -> dict[str, int]:
    """How many rows each table has."""
    counts = {}
    with psycopg.connect(server.dsn(user="supabase_admin")) as conn:
        for schema, table in conn.execute(TABLES).fetchall():
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            [(counts[f"{schema}.{table}"],)] = conn.execute(count).fetchall()
    return counts


def test_the_dump_has_data_where_people_leave_it(upgraded: Upgraded) -> None:
    """An upgrade of empty tables would prove nothing."""
    assert {table for table in USED if not upgraded.rows_before.get(table)} == set()


def test_an_upgrade_applies_every_migration_and_keeps_every_row(upgraded: Upgraded) -> None:
    """A table that is dropped or split on purpose gets an exception here, with its reason."""
    after = rows(upgraded.server)

    assert migrate(upgraded.server.dsn()) == []
    before = {table: count for table, count in upgraded.rows_before.items() if table not in RENEWED}

    assert {table: count for table, count in before.items() if after.get(table, 0) < count} == {}
    with psycopg.connect(upgraded.server.dsn()) as conn:
        applied = conn.execute("SELECT count(*) FROM supabase_migrations.schema_migrations").fetchone()
    assert applied == (len(list(MIGRATIONS.glob("*.sql"))),)


async def test_the_functions_answer_after_an_upgrade(upgraded: Upgraded, issuer: Issuer) -> None:
    """The person of the dump reads what they left, and goes on."""
    settings = Settings(database_url=SecretStr(upgraded.server.dsn(user="mend_app")), mend_home=issuer.folder)
    services = Services(settings)
    use(services)
    with psycopg.connect(upgraded.server.dsn()) as conn:
        [(person,)] = conn.execute("SELECT id FROM auth.users WHERE email = %s", (PERSON,)).fetchall()

    answers = [
        await ask(url, issuer.token(person))
        for url in (
            "checkin/",
            "checkin/streak",
            "recommend/",
            "recommend/saved",
            "plan/",
            "notify/inbox",
            "notify/preferences",
            "account/profile",
            "insights/factors",
        )
    ]
    stored = await ask("checkin/", issuer.token(person), {"mood": "sad", "intensity": 7})
    await services.database.close()

    assert [answer.status_code for answer in answers] == [200] * 9
    assert len(answers[0].json()["items"]) == 2
    assert len(answers[3].json()["items"]) == 1
    assert answers[8].json()["days"]  # counted from the entries, of which the release had no sums
    assert stored.status_code == 201


async def ask(url: str, token: str, body: object = None) -> httpx.Response:
    function, _, path = url.partition("/")
    transport = httpx.ASGITransport(APPS[function])
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{function}", headers=headers) as client:
        return await client.request("POST" if body else "GET", f"/{path}", json=body)
