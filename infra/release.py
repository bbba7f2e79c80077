"""`make freeze`: lists the migrations of a release, and dumps a database of that release with data.

`tests/integration/infra/test_upgrade.py` restores the dump and upgrades it with every later version of the code.
"""

import asyncio
import gzip
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
from psycopg import AsyncConnection
from pydantic import SecretStr
from starlette.routing import Mount, Router

from infra.checksums import freeze
from infra.errors import UserError
from infra.local import issuer
from infra.local.apps import load_apps
from infra.local.database import open_bus
from infra.local.dispatcher import deliver_next
from infra.local.event_delivery import FunctionClient
from infra.local.postgres import ADMIN, Server, programs, running
from infra.migrate import migrate
from infra.registry import ROOT, registry
from infra.seed import seed
from shared.services import Services, use
from shared.settings import Settings

DUMPS = ROOT / "tests" / "data" / "releases"
PERSON = "somebody@example.com"
SAFETY_PLAN: dict[str, Any] = {
    "signs": ["I stop answering messages"],
    "alone": [],
    "distractions": [],
    "people": [{"name": "A friend"}],
    "professionals": [],
    "safer_place": [],
}


class SampleCall(NamedTuple):
    method: str
    path: str
    body: dict[str, Any]


# Calls that leave rows in as many tables as possible. Check-ins come first: a plan and a feed start from one.
SAMPLE_CALLS = (
    SampleCall("PATCH", "/account/profile", {"timezone": "Europe/Berlin", "country": "DE", "display_name": "Somebody"}),
    SampleCall("PUT", "/account/safety-plan", SAFETY_PLAN),
    SampleCall("PUT", "/notify/devices/a-token-of-this-device", {"platform": "android"}),
    SampleCall("POST", "/checkin/", {"mood": "sad", "intensity": 7, "note": "A long day.", "factors": ["work"]}),
    SampleCall("POST", "/checkin/", {"mood": "content", "intensity": 4}),
    SampleCall("POST", "/plan/", {"current": "sad", "target": "peaceful", "duration": 7}),
    SampleCall("POST", "/notify/test", {}),
)


def main() -> None:
    release = version("mend")
    try:
        added = freeze(release)
    except UserError as error:
        sys.exit(f"{error}\n{error.remedy}")
    path = DUMPS / f"{release}.sql.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(dump(), mtime=0))
    print(f"{release}: {len(added)} migrations, and {path.relative_to(ROOT)}")


def dump() -> bytes:
    """A database of this code as SQL for an empty server. One person has used every function."""
    with tempfile.TemporaryDirectory(prefix="mend-") as folder, running(Path(folder), durable=False) as server:
        server.create_database("mend")
        migrate(server.dsn())
        seed(server.dsn())
        open_bus(server.dsn(), registry().subscriptions())
        asyncio.run(_use_every_function(server, Path(folder)))
        with psycopg.connect(server.dsn(user=ADMIN), autocommit=True) as conn:
            conn.execute("DROP SCHEMA local CASCADE")  # and its triggers on other tables
        return b"".join(_statements(server))


def restore(server: Server, statements: bytes) -> None:
    """Create the roles and the database of a dump in an empty server. Raises CalledProcessError."""
    target = server.dsn("postgres", ADMIN)
    subprocess.run(
        [programs() / "psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", target],
        input=statements,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _statements(server: Server) -> Iterator[bytes]:
    roles = _output(server, "pg_dumpall", "--roles-only", "--no-role-passwords")
    yield roles.replace(f"CREATE ROLE {ADMIN};\n".encode(), b"")  # an empty server has it already
    yield _output(server, "pg_dump", "--create", dbname="mend")


def _output(server: Server, program: str, *options: str, dbname: str = "postgres") -> bytes:
    target = f"--dbname={server.dsn(dbname, ADMIN)}"
    return subprocess.run([programs() / program, *options, target], stdout=subprocess.PIPE, check=True).stdout


async def _use_every_function(server: Server, home: Path) -> None:
    settings = Settings(database_url=SecretStr(server.dsn(user="mend_app")), mend_home=home)
    services = Services(settings)
    use(services)
    token = issuer.sign_in(settings, server.dsn(), PERSON, admin=False, minutes=60)
    apps = load_apps(registry(), registry().functions)
    transport = httpx.ASGITransport(Router([Mount(f"/{name}", app) for name, app in apps.items()]))
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://mend.local", headers=headers) as client,
        FunctionClient(apps) as functions,
    ):
        for call in SAMPLE_CALLS:
            (await client.request(call.method, call.path, json=call.body)).raise_for_status()
        await _interact(client)
        await _deliver_events(server, functions)
    await services.database.close()


async def _interact(client: httpx.AsyncClient) -> None:
    """Complete the first item of the feed, and save the second."""
    first, second, *_ = (await client.get("/recommend/")).raise_for_status().json()["items"]
    interaction = {"content_id": first["content_id"], "kind": "complete"}
    (await client.post("/recommend/interactions", json=interaction)).raise_for_status()
    (await client.put(f"/recommend/saved/{second['content_id']}")).raise_for_status()


async def _deliver_events(server: Server, functions: FunctionClient) -> None:
    await functions.wake("relay", {})
    async with await AsyncConnection.connect(server.dsn(), autocommit=True) as conn:
        while await deliver_next(conn, functions):
            pass


if __name__ == "__main__":
    main()
