"""Health data and secrets are only in the person's rows: not in logs, events or dead letters."""

import json
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from infra.local.event_delivery import cloud_event_headers
from infra.local.postgres import Server, running
from infra.migrate import migrate
from infra.seed import seed
from shared.events import Event, push_message
from shared.settings import Settings
from tests.conftest import Clone, Issuer, sign_up
from tests.faults.serving import served

CANARY = "kanarienvogel"  # part of every value that must not be found
SAD = {"mood": "sad", "intensity": 7}
EXPORT = (
    "full_date,date,weekday,time,mood,activities,note_title,note\n"
    f'2026-01-02,2 January,Friday,10:00,good,walk | {CANARY} tag,{CANARY} title,"{CANARY} imported"\n'
    f"2026-01-03,3 January,Saturday,11:00,{CANARY} mood,,,\n"
    f"{CANARY} date,,,,rad,,,{CANARY}\n"
)
# The first makes a driver's message quote the row, as some of Postgres' own do.
BREAKS = """
    CREATE FUNCTION mend.quote_the_row() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE 'no' USING DETAIL = NEW::text; END $$;
    CREATE TRIGGER quote_the_row BEFORE INSERT OR UPDATE ON public.mood_entries
        FOR EACH ROW EXECUTE FUNCTION mend.quote_the_row();
    CREATE TRIGGER quote_the_row BEFORE INSERT OR UPDATE ON mend.harm_reports
        FOR EACH ROW EXECUTE FUNCTION mend.quote_the_row();
    CREATE TRIGGER quote_the_row BEFORE INSERT OR UPDATE ON public.safety_plans
        FOR EACH ROW EXECUTE FUNCTION mend.quote_the_row();
    ALTER TABLE public.mood_entries DROP COLUMN source;
    ALTER TABLE public.user_profiles DROP COLUMN interests;
"""
BREAKS_REQUESTS = "ALTER TABLE mend.live_documents_due RENAME COLUMN name TO broken"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def own_server(home: Path) -> Iterator[Server]:
    """A Postgres of its own, which the test crashes and whose log it reads."""
    with running(home, durable=False) as started:
        started.create_database("mend")
        migrate(started.dsn())
        seed(started.dsn())
        yield started


@pytest.fixture
def database(own_server: Server) -> Clone:
    return Clone(own_server, "mend")


@dataclass
class App:
    """A person's app at each function, as the framework's own command serves it."""

    token: str
    checkin: httpx.AsyncClient
    account: httpx.AsyncClient
    notify: httpx.AsyncClient
    events: httpx.AsyncClient


@asynccontextmanager
async def serving(database: Clone, issuer: Issuer) -> AsyncIterator[App]:
    settings = Settings(
        database_url=SecretStr(database.dsn()), mend_home=issuer.folder, rate_limit_per_minute=1000, pool_size=2
    )
    token = issuer.token(sign_up(database), padding=CANARY)
    async with AsyncExitStack() as stack:
        names = ("checkin", "account", "notify", "checkin_events")
        functions = [stack.enter_context(served(name, settings)) for name in names]
        yield App(token, *[await stack.enter_async_context(function.client(token)) for function in functions])


async def good_and_bad(app: App) -> list[int]:
    """Valid and invalid requests."""
    checkin, account, notify = app.checkin, app.account, app.notify
    check_in = SAD | {"note": f"{CANARY} note", "factors": [f"{CANARY} factor"]}
    key = {"Idempotency-Key": f"{CANARY} key"}
    csv = {"Content-Type": "text/csv"}
    entry_id = str(uuid4())
    plan: dict[str, Any] = {"signs": [CANARY], "alone": [], "distractions": [], "professionals": [], "safer_place": []}
    plan |= {"people": [{"name": CANARY, "phone": CANARY}]}
    any_plan = {"If-Match": f'*, "{CANARY}"'}
    form = {"file": ("diary.csv", EXPORT), "mapping": ("", json.dumps({f"{CANARY} mood": "okay"}))}
    requests: list[tuple[httpx.AsyncClient, str, str, dict[str, Any]]] = [
        (checkin, "POST", "/", {"json": check_in}),
        (checkin, "POST", "/", {"json": check_in, "headers": key}),
        (checkin, "POST", "/", {"json": check_in, "headers": key}),
        (checkin, "POST", "/", {"json": check_in | {"intensity": 1}, "headers": key}),
        (checkin, "POST", "/", {"json": check_in | {"id": entry_id}}),
        (checkin, "POST", "/", {"json": check_in | {"id": entry_id, "note": f"{CANARY} again"}}),
        (checkin, "PATCH", f"/{entry_id}", {"json": {"note": f"{CANARY} changed"}}),
        (checkin, "POST", "/", {"json": check_in | {CANARY: 1}}),
        (checkin, "POST", "/", {"json": check_in | {"mood": CANARY}}),
        (checkin, "POST", "/", {"json": check_in | {"note": f"{CANARY}\0"}}),
        (checkin, "POST", "/", {"json": check_in | {"note": CANARY * 1000}}),
        (checkin, "POST", "/", {"content": f"{{{CANARY}", "headers": {"Content-Type": "application/json"}}),
        (checkin, "POST", "/", {"content": CANARY, "headers": {"Content-Type": CANARY}}),
        (checkin, "POST", "/batch", {"json": {"entries": [check_in, check_in | {"mood": CANARY}, CANARY]}}),
        (checkin, "POST", "/import", {"content": EXPORT, "headers": csv}),
        (checkin, "POST", "/import?dry_run=true", {"content": EXPORT, "headers": csv}),
        (checkin, "POST", "/import", {"files": form}),
        (checkin, "POST", "/import", {"files": form | {"mapping": ("", CANARY)}}),
        (checkin, "POST", "/import", {"content": f"{CANARY}\xff".encode("latin-1"), "headers": csv}),
        (checkin, "POST", "/import", {"content": CANARY.encode("utf-16"), "headers": csv}),
        (checkin, "GET", "/", {"params": {"cursor": CANARY, CANARY: CANARY}}),
        (checkin, "GET", "/", {"params": {"from": CANARY}}),
        (checkin, "GET", f"/{CANARY}", {}),
        (checkin, "GET", "/", {"headers": {"Authorization": f"Bearer {CANARY}.{CANARY}.{CANARY}"}}),
        (checkin, "GET", "/", {"headers": {"Authorization": CANARY}}),
        (checkin, "GET", "/", {"headers": {"X-Request-Id": f"{CANARY} {CANARY}", "X-Forwarded-For": CANARY}}),
        (checkin, "GET", "/export.csv", {}),
        (checkin, "GET", "/factors", {}),
        (account, "PATCH", "/profile", {"json": {"display_name": f"{CANARY} name", "interests": ["music"]}}),
        (account, "PATCH", "/profile", {"json": {"timezone": CANARY, "country": CANARY}}),
        (account, "PATCH", "/profile", {"json": {"interests": [CANARY]}}),
        (account, "GET", "/profile", {}),
        (account, "PUT", "/safety-plan", {"json": plan, "headers": any_plan}),
        (account, "PUT", "/safety-plan", {"json": plan}),
        (account, "PUT", "/safety-plan", {"json": plan | {"alone": [CANARY]}}),
        (account, "PUT", "/safety-plan", {"json": plan | {"alone": [CANARY] * 11}}),
        (account, "PUT", "/safety-plan", {"json": plan | {CANARY: CANARY}}),
        (account, "GET", "/safety-plan", {}),
        (account, "GET", "/safety-plan.html", {"headers": {"Accept-Language": CANARY}}),
        (account, "DELETE", "/safety-plan", {"headers": any_plan}),
        (account, "POST", "/harm-reports", {"json": {"words": CANARY, "grade": "explicit", "consent": True}}),
        (account, "POST", "/harm-reports", {"json": {"words": CANARY, "grade": CANARY, "consent": CANARY}}),
        (notify, "PUT", f"/devices/{CANARY}-token", {"json": {"platform": "ios"}}),
        (notify, "PUT", f"/devices/{CANARY}-token", {"json": {"platform": CANARY}}),
        (notify, "PUT", f"/devices/{CANARY}%20", {"json": {"platform": "ios"}}),
        (notify, "POST", "/test", {}),
        (notify, "DELETE", f"/devices/{CANARY}-token", {}),
        (notify, "PUT", "/preferences", {"json": {CANARY: CANARY, "check_in_times": [CANARY]}}),
        (notify, "POST", f"/unsubscribe/{CANARY * 8}", {}),
        (notify, "GET", "/inbox", {"params": {"cursor": CANARY}}),
    ]
    statuses = []
    for client, method, path, parts in requests:
        with suppress(httpx.TransportError):
            statuses.append((await client.request(method, path, **parts)).status_code)
    return statuses


def garbage(client: httpx.AsyncClient) -> None:
    """Bytes that are not HTTP."""
    for raw in (
        f"{CANARY}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{CANARY}\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: {CANARY}\0\r\n\r\n",
    ):
        with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as connection:
            connection.sendall(raw.encode())
            connection.recv(1000)


def kill_the_backends(database: Clone) -> None:
    """Kills a backend as the kernel does when memory runs out. Postgres logs it and restarts."""
    pids = database.rows("SELECT pid FROM pg_stat_activity WHERE usename = 'mend_app'")
    assert pids
    for (pid,) in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def park_an_event(events: httpx.AsyncClient, database: Clone) -> None:
    """Deliver what the outbox holds until its consumer gives up."""
    [row] = database.rows(
        "SELECT id, type, user_id, occurred_at, data FROM mend.outbox WHERE type = 'mood.recorded' LIMIT 1"
    )
    event = Event(**dict(zip(("id", "type", "user_id", "occurred_at", "data"), row, strict=True)))
    message = push_message(event)
    await events.post("/", json=message, headers=cloud_event_headers(str(event.id), message))
    with database.admin() as conn:
        conn.execute("UPDATE mend.delivery_failures SET first_failed_at = first_failed_at - interval '1 day'")
    await events.post("/", json=message, headers=cloud_event_headers(str(event.id), message))


async def test_no_personal_data_is_in_logs_or_events(
    database: Clone, issuer: Issuer, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No value of valid or invalid requests, or of crashes of functions and Postgres, is in a log or event."""
    async with serving(database, issuer) as app:
        calm = await good_and_bad(app)
        garbage(app.checkin)
        kill_the_backends(database)
        shaken = await good_and_bad(app)
        with database.admin() as conn:
            conn.execute(BREAKS)
        broken = await good_and_bad(app)
        with database.admin() as conn:
            conn.execute(BREAKS_REQUESTS)
        await park_an_event(app.events, database)

    output = "".join(capfd.readouterr())
    postgres = (home / "postgres.log").read_text()
    tables = {
        table: str(database.rows(f"SELECT t::text FROM mend.{table} AS t"))  # noqa: S608 - of constants
        for table in ("outbox", "dead_letters", "delivery_failures", "event_claims", "rate_limits")
    }

    # What was to happen did happen, so that there was something to find.
    assert {200, 201, 400, 401, 404, 409, 415, 422} <= {*calm}
    assert not {500, 503} & {*calm}
    assert {200, 201} <= {*shaken}
    assert 500 in broken
    assert '"message":"crash"' in output
    assert "terminated by signal 9" in postgres
    assert tables["outbox"] != "[]" != tables["dead_letters"]

    secrets = (CANARY, app.token, app.token.rpartition(".")[2])
    lines = "\n".join([output, postgres, *tables.values()]).splitlines()
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
