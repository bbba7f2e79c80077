"""`mend run` and the commands beside it, as a developer uses them: in processes of their own."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Moment
from threading import Thread
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from infra.local.postgres import Server
from infra.local.postgres import running as postgres
from infra.migrate import migrate
from infra.registry import ROOT, registry
from infra.soak.local_stack import COMMAND, environment, processes_of, wait_for_the_keeper
from infra.soak.signals import interrupt
from tests.conftest import Clone

TOKEN = re.compile(r"Bearer ([\w.-]+)")
SAD = {"mood": "sad", "intensity": 7}
ADA = "ada@example.com"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
CONSOLE_FILES = ("/_docs.js", "/_docs.css", "/_swagger-ui-bundle.js", "/_swagger-ui.css")
PATIENCE_SECONDS = 60

HOSTS = ("127.0.0.1:8080", "localhost", "evil.example", "")


def mend(home: Path, *arguments: str, port: int = 0, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(home, port) | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass
class Stack:
    process: subprocess.Popen[str]
    home: Path
    curl: str = ""
    client: httpx.Client = field(default_factory=httpx.Client)

    def __post_init__(self) -> None:
        assert self.process.stdout
        self.curl = next(line for line in self.process.stdout if line.startswith("curl"))
        Thread(target=deque, args=(self.process.stdout, 0), daemon=True).start()  # a full pipe would stop the stack
        self.client.base_url = httpx.URL(self.curl.split()[2].removesuffix("/checkin/"))
        [token] = TOKEN.findall(self.curl)
        self.client.headers["Authorization"] = f"Bearer {token}"

    def check_in(self) -> httpx.Response:
        return self.client.post("/checkin", json=SAD)

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.client.get("/_state").json()
        return state

    def latest(self) -> str:
        """The id of the latest event, and an empty one if there is none."""
        events = self.state()["events"]
        return str(events[0]["id"]) if events else ""

    def settled(self, after: str = "") -> bool:
        """Whether there are events after the one with this id, and all that the page shows are handled."""
        events = self.state()["events"]
        return self.latest() > after and {event["state"] for event in events} == {"handled"}

    def execute(self, statement: str, *params: object) -> list[Any]:
        with psycopg.connect(Server(self.home).dsn()) as conn:
            cursor = conn.execute(statement.encode(), params)
            return cursor.fetchall() if cursor.description else []

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE_SECONDS)


@contextmanager
def running(home: Path) -> Iterator[Stack]:
    with subprocess.Popen(
        [*COMMAND, "run"], cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            stack = Stack(process, home)
            with stack.client:
                yield stack
        finally:
            process.kill()


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        yield Path(folder)
        wait_for_the_keeper(Path(folder))


@pytest.fixture(scope="module")
def newer_home() -> Iterator[Path]:
    """With a database to which a later version of the code was applied."""
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        with postgres(Path(folder), durable=False) as server:
            server.create_database("mend")
            migrate(server.dsn())
            with psycopg.connect(server.dsn()) as conn:
                conn.execute("INSERT INTO supabase_migrations.schema_migrations (version) VALUES ('29990101000000')")
        yield Path(folder)
        wait_for_the_keeper(Path(folder))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="mend-") as folder, running(Path(folder)) as started:
        yield started
        started.end()


def in_time(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        Moment().wait(0.02)
    return True


def last_line(ended: subprocess.CompletedProcess[str]) -> str:
    return ended.stdout.splitlines()[-1]


def test_the_printed_curl_checks_in_as_it_stands(stack: Stack) -> None:
    """A newcomer pastes one line, and gets recommendations."""
    answer = subprocess.run(shlex.split(stack.curl), capture_output=True, check=True)

    assert len(json.loads(answer.stdout)["recommendations"]) == 5


def test_links_lead_to_where_it_listens(stack: Stack) -> None:
    """Links have the port of the stack: the address of a calendar works unchanged."""
    plan = stack.client.post("/plan/", json={"current": "sad", "target": "peaceful"}).json()
    link = stack.client.post(f"/plan/{plan['plan_id']}/calendar-link").json()["url"]

    assert httpx.get(link).text.startswith("BEGIN:VCALENDAR")


def test_an_event_reaches_whoever_listens(stack: Stack) -> None:
    """From the outbox through the relay to the event functions, within some seconds."""
    before = stack.latest()

    assert stack.check_in().status_code == 201
    assert in_time(lambda: stack.settled(before))


def test_an_event_that_cannot_be_read_is_parked_and_shown(stack: Stack) -> None:
    """The page and the command line list it. A replay reports that it was parked again."""
    message = json.dumps({"message": {"data": "not base64"}, "subscription": "local/mood-recorded"})
    add = "INSERT INTO local.deliveries (event_id, function, message) VALUES (gen_random_uuid(), %s, %s)"

    stack.execute(add, "checkin_events", message)
    assert in_time(lambda: stack.state()["parked"] != [])
    [parked] = stack.state()["parked"]
    assert parked["consumer"] == "checkin_events"
    assert parked["reason"] == "the envelope cannot be read"
    assert parked["id"] in mend(stack.home, "events", "list", "--parked").stdout

    replayed = mend(stack.home, "events", "replay", parked["id"])
    assert (replayed.returncode, last_line(replayed)) == (1, f"checkin_events: parked: {parked['reason']}")
    stack.execute("DELETE FROM mend.dead_letters")


def test_a_parked_event_is_replayed_once_it_can_be_handled(stack: Stack) -> None:
    """The claim that came with the parking is lifted, and the event handled; it is parked no more."""
    before = stack.latest()
    stack.check_in()
    assert in_time(lambda: stack.settled(before))
    park = """
        INSERT INTO mend.dead_letters (consumer, event_id, envelope, reason, attempts)
        SELECT 'recommend_events', id, to_jsonb(o) - 'published_at', 'it was not a good day', 5
        FROM mend.outbox AS o WHERE type = 'mood.recorded' ORDER BY id DESC LIMIT 1 RETURNING event_id
    """
    [(event,)] = stack.execute(park)
    claimed = "SELECT claimed_at FROM mend.event_claims WHERE consumer = 'recommend_events' AND event_id = %s"
    [(first_claim,)] = stack.execute(claimed, event)

    replayed = mend(stack.home, "events", "replay", "--all")

    assert (replayed.returncode, last_line(replayed)) == (0, "recommend_events: done")
    assert stack.execute(claimed, event)[0][0] > first_claim
    assert stack.state()["parked"] == []
    assert last_line(mend(stack.home, "events", "replay", "--all")) == "No such event is parked."


def test_an_event_waits_for_no_function_that_is_not_deployed(stack: Stack) -> None:
    """`safety_review` reads notes, and needs a setting."""
    before = stack.latest()

    stack.client.post("/checkin", json={**SAD, "note": "slept badly"})

    assert in_time(lambda: stack.settled(before))


def test_a_delivery_that_fails_is_repeated_until_it_succeeds(stack: Stack) -> None:
    """First after about a second; the page says where it fails meanwhile."""
    before = stack.latest()
    stack.execute("ALTER TABLE mend.live_documents_due RENAME TO mislaid")
    try:
        stack.check_in()
        assert in_time(lambda: re.search("failing in .*recommend_events", str(stack.state()["events"])) is not None)
    finally:
        stack.execute("ALTER TABLE mend.mislaid RENAME TO live_documents_due")
    assert in_time(lambda: stack.settled(before))
    assert stack.execute("SELECT max(attempts) FROM local.deliveries")[0][0] >= 1


def test_a_job_runs_as_if_it_were_that_time(stack: Stack) -> None:
    """Retention as of a later year deletes what is too old by then."""
    key = """
        INSERT INTO mend.idempotency_keys (user_id, key, fingerprint, status, media_type, body, created_at)
        SELECT id, 'a key', '', 200, 'application/json', '', now() - interval '30 hours' FROM auth.users
    """
    stack.execute(key)
    keys = "SELECT count(*) > 0 FROM mend.idempotency_keys WHERE key = 'a key'"

    job = mend(stack.home, "job", "retention", "--at", "2099-01-01T03:20:00Z", "--yes")

    assert (job.returncode, last_line(job)) == (0, "relay_retention: done")
    assert stack.execute(keys) == [(False,)]


def test_a_job_as_of_a_time_ahead_is_confirmed_first(stack: Stack) -> None:
    """Retention as of next year would delete what has to stay until then."""
    key = """
        INSERT INTO mend.idempotency_keys (user_id, key, fingerprint, status, media_type, body)
        SELECT id, 'a key to keep', '', 200, 'application/json', '' FROM auth.users
    """
    stack.execute(key)

    job = mend(stack.home, "job", "retention", "--at", "2099-01-01T03:20:00Z")

    assert job.returncode == 1
    assert job.stdout.endswith("Events that the job publishes are parked. Go on? [y/N] Nothing was run.\n")
    assert stack.execute("SELECT count(*) > 0 FROM mend.idempotency_keys") == [(True,)]


def test_deliveries_are_listed_by_id_or_by_address(stack: Stack) -> None:
    """Support knows a person by the address in a mail. An unknown address is an error."""
    mend(stack.home, "token", "Me@Example.com")
    [(person,)] = stack.execute("SELECT id FROM auth.users WHERE email = 'me@example.com'")
    notification = """
        INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)
        VALUES (%s, gen_random_uuid(), 'check_in', '2026-11-26', '20:00', '20:00', '2026-11-26T20:00Z')
    """
    stack.execute(notification, person)

    by_id = mend(stack.home, "deliveries", str(person))
    by_address = mend(stack.home, "deliveries", "ME@example.com")
    unknown = mend(stack.home, "deliveries", "nobody@example.com")

    assert "check_in  2026-11-26 20:00" in by_id.stdout
    assert by_address.stdout == by_id.stdout
    assert (unknown.returncode, unknown.stderr.splitlines()[0]) == (1, "mend: No person has this address.")


def test_an_empty_list_says_so(stack: Stack) -> None:
    """A command that printed nothing would look broken. Nobody is welcomed at an address that is not confirmed."""
    stack.execute("INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'nobody-wrote-to-me@example.com')")
    deliveries = mend(stack.home, "deliveries", "nobody-wrote-to-me@example.com")
    actions = mend(stack.home, "admin-actions")
    stack.execute("DELETE FROM mend.dead_letters")
    parked = mend(stack.home, "events", "list", "--parked")

    assert deliveries.stdout == "This person has no notifications.\n"
    assert actions.stdout == "No admin has changed anything.\n"
    assert parked.stdout == "No event is parked.\n"


def test_a_path_of_no_function_is_answered_with_those_there_are(stack: Stack) -> None:
    """The problem has the form of every other one."""
    answer = stack.client.get("/checkins/today")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert all(name in answer.json()["detail"] for name in registry().http)


def test_an_unknown_job_is_answered_with_those_there_are(stack: Stack) -> None:
    job = mend(stack.home, "job", "nightly")

    assert job.returncode == 2
    assert all(name in job.stderr for name in registry().schedules)


def test_a_token_is_accepted_and_names_the_same_person_every_time(stack: Stack) -> None:
    """Upper and lower case in the address do not matter: both tokens give access to the same history."""
    mine = mend(stack.home, "token", "Me@Example.com").stdout.strip()
    again = mend(stack.home, "token", "me@example.com", "--admin", "--minutes", "5").stdout.strip()

    posted = stack.client.post("/checkin", json=SAD, headers={"Authorization": f"Bearer {mine}"})
    listed = stack.client.get("/checkin", headers={"Authorization": f"Bearer {again}"})

    assert [item["mood_id"] for item in listed.json()["items"]] == [posted.json()["mood_id"]]


def test_the_keys_are_served_where_supabase_serves_them(stack: Stack) -> None:
    """And the private one is for its owner's eyes."""
    [key] = stack.client.get("/auth/v1/.well-known/jwks.json").json()["keys"]

    assert (key["kty"], key["alg"], "d" in key) == ("EC", "ES256", False)
    assert (stack.home / "issuer.pem").stat().st_mode & 0o777 == 0o600


def test_stored_messages_are_shown_under_the_names_of_this_machine_only(stack: Stack) -> None:
    """A domain of somebody else that leads to 127.0.0.1 cannot read them in the developer's browser."""
    hosts = {host: stack.client.get("/_state", headers={"Host": host}).status_code for host in HOSTS}

    assert hosts == {"127.0.0.1:8080": 200, "localhost": 200, "evil.example": 400, "": 400}


def test_the_pages_are_served_with_a_strict_policy(stack: Stack) -> None:
    for page in ("/", "/_index.js", "/_style.css", "/_state", "/openapi.json", "/docs", *CONSOLE_FILES):
        answer = stack.client.get(page)

        assert answer.status_code == 200, page
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")


def test_a_wrong_method_at_the_root_is_a_problem(stack: Stack) -> None:
    """As everywhere else."""
    refused = stack.client.delete("/docs")

    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert {*refused.headers["Allow"].split(", ")} == {"GET", "HEAD"}


def test_the_console_signs_in_as_anybody(stack: Stack) -> None:
    """Its token is valid, and an admin's one has the rights of an admin."""
    [person, admin] = [
        stack.client.post("/_token", json={"email": ADA, "admin": admin}, headers=SAME_ORIGIN).json()["token"]
        for admin in (False, True)
    ]
    answers = [
        stack.client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code
        for path, token in (("/checkin", person), ("/insights/metrics", person), ("/insights/metrics", admin))
    ]

    assert answers == [200, 403, 200]


def test_only_the_console_may_sign_in_as_anybody(stack: Stack) -> None:
    """Other pages of this machine may call the API, but with tokens of their own."""
    answers = [
        stack.client.post("/_token", json={"email": ADA}, headers=headers)
        for headers in ({}, {"Sec-Fetch-Site": "same-site"}, {**SAME_ORIGIN, "Host": "evil.example"})
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 400]


def test_one_document_describes_every_function(stack: Stack) -> None:
    """Its references lead somewhere, and its operations have names of their own."""
    document = stack.client.get("/openapi.json").json()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))

    assert {path.split("/")[1] for path in document["paths"]} == set(registry().http)
    assert references <= document["components"]["schemas"].keys()
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_openapi_needs_no_database(home: Path) -> None:
    printed = mend(home, "openapi", "checkin")

    assert json.loads(printed.stdout)["paths"].keys() >= {"/checkin", "/checkin/moods"}
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_running(home: Path, how: signal.Signals) -> None:
    """Ctrl-C ends the stack and its Postgres before the prompt is back."""
    with running(home) as stack:
        stack.check_in()

        assert stack.end(how) == 0
        assert processes_of(home) == []


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [0, 1, 2.5])
def test_a_signal_ends_a_start_at_any_moment(home: Path, after: float, number: signal.Signals, ignored: bool) -> None:  # noqa: FBT001 - a case
    """Also where it was inherited as ignored: one line is printed, and nothing stays behind. `make soak` tries more."""
    ending = interrupt(home, after, number, ignored=ignored)

    assert ending.faults == []


def test_a_second_signal_does_not_cut_the_end_short(home: Path) -> None:
    """Ctrl-C pressed again does not prevent a clean end."""
    ending = interrupt(home, 2.5, signal.SIGINT, ignored=False, times=3)

    assert ending.faults == []


def test_what_was_stored_survives_a_restart(home: Path) -> None:
    """The data, and the keys with which tokens were signed."""
    with running(home) as first:
        stored = first.check_in().json()["mood_id"]
        authorization = first.client.headers["Authorization"]
        first.end()

    with running(home) as second:
        second.client.headers["Authorization"] = authorization
        history = second.client.get("/checkin").json()
        second.end()

    assert [item["mood_id"] for item in history["items"]] == [stored]


def test_events_flow_again_after_a_crash_of_postgres(home: Path) -> None:
    """The keeper starts it again, and everyone finds a new connection."""
    with running(home) as stack:
        stack.check_in()
        assert in_time(stack.settled)
        before = stack.latest()
        crashed = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
        psutil.Process(crashed).kill()

        assert in_time(lambda: stack.check_in().status_code == 201)
        assert in_time(lambda: stack.settled(before))
        stack.end()


def test_a_port_that_is_taken_is_named(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = mend(home, "run", port=port)

    assert ended.returncode == 1
    assert ended.stderr == f"mend: Port {port}: address already in use.\nChoose another one: PORT={port + 1}\n"
    assert list(home.iterdir()) == []


def test_a_database_that_does_not_start_says_why(home: Path) -> None:
    """The reason is the one that Postgres gives."""
    (home / "postgres").mkdir()

    ended = mend(home, "run")

    assert ended.returncode == 1
    assert re.match(rf'mend: Postgres does not start: .*"{home / "postgres"}"', ended.stderr)
    assert ended.stderr.endswith(f"Its log: {home / 'postgres.log'}. If the local data may go: mend reset\n")
    assert processes_of(home) == []


@pytest.mark.parametrize(
    "command", [("run",), ("token", "me@example.com"), ("migrate",), ("seed",), ("events", "list")]
)
def test_a_database_of_another_version_says_so_and_what_mends_it(newer_home: Path, command: tuple[str, ...]) -> None:
    """Every command names the version that the files lack, and `mend reset`."""
    ended = mend(newer_home, *command)

    problem, remedy = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert problem.endswith("29990101000000: applied to this database, but not among the files")
    assert remedy.endswith("Or delete the local database: mend reset")


def test_a_reset_deletes_the_local_database_and_nothing_else(home: Path) -> None:
    """After a confirmation, and not while the stack uses it. Tokens stay valid, since keys stay."""
    with running(home) as stack:
        stack.check_in()
        refused = mend(home, "reset", "--yes")
        stack.end()
    key = (home / "issuer.pem").read_bytes()
    unconfirmed = mend(home, "reset")
    still_exists = (home / "postgres").exists()

    confirmed = mend(home, "reset", "--yes")

    assert (refused.returncode, refused.stderr.splitlines()[0]) == (1, f"mend: The database in {home} is in use.")
    assert (unconfirmed.returncode, still_exists) == (1, True)
    assert (confirmed.returncode, (home / "postgres").exists()) == (0, False)
    assert (home / "issuer.pem").read_bytes() == key
    assert last_line(mend(home, "migrate")).endswith(".sql")


def test_a_database_of_ones_own_is_never_reset(home: Path) -> None:
    ended = mend(home, "reset", "--yes", DATABASE_URL="postgresql://mend_app@127.0.0.1:1/mend")

    assert ended.returncode == 1
    assert ended.stderr.startswith("mend: DATABASE_URL is set, and only the local database can be reset.")


def test_the_demo_says_what_to_try_at_the_address_of_the_stack(stack: Stack) -> None:
    """Its token reads a year of entries, and a job started by hand uses the same address."""
    demo = mend(stack.home, "demo", "demo@example.org")

    token = re.findall(r"TOKEN=(\S+)", demo.stdout)[0]
    entries = stack.client.get("/checkin", params={"limit": 200}, headers={"Authorization": f"Bearer {token}"})
    assert (demo.returncode, demo.stderr) == (0, "")
    assert len(entries.json()["items"]) == 200
    assert f"curl -s '{str(stack.client.base_url).rstrip('/')}/recommend/'" in demo.stdout


def test_the_doctor_finds_nothing_wrong_beside_a_running_stack(stack: Stack) -> None:
    examined = mend(stack.home, "doctor")

    assert examined.returncode == 0, examined.stdout
    assert f"running at {str(stack.client.base_url).rstrip('/')}" in examined.stdout


def test_the_doctor_names_a_fault_and_what_mends_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    examined = mend(tmp_path / "file", "doctor", port=8080)

    assert examined.returncode == 1
    assert re.search(r"FAULT  MEND_HOME \S+: is a file\n +Choose a folder", examined.stdout)


def test_a_stack_that_was_killed_is_not_announced(home: Path) -> None:
    """The file with its address stays, but the lock is gone."""
    with running(home) as killed:
        address = str(killed.client.base_url)
        killed.process.kill()
        killed.process.wait()
    examined = mend(home, "doctor")

    assert (home / "stack.address").read_text() == address.rstrip("/")
    assert "running at" not in examined.stdout


def test_pages_of_the_network_may_call_and_others_not(stack: Stack) -> None:
    """An app under development is at another port of this machine, or of its network."""
    origins = ("http://localhost:5173", "http://192.168.1.7:3000", "https://evil.example")

    answers = [stack.client.get("/checkin/moods", headers={"Origin": origin}) for origin in origins]

    assert [answer.headers.get("Access-Control-Allow-Origin") for answer in answers] == [*origins[:2], None]


def test_a_host_that_is_no_address_of_this_machine_is_named(home: Path) -> None:
    ended = mend(home, "run", HOST="192.0.2.1")

    assert ended.returncode == 1
    assert ended.stderr == "mend: HOST 192.0.2.1 is no address of this machine.\nUnset HOST, or set it to 0.0.0.0\n"


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for command in (("run",), ("token", "me@example.com"), ("events", "list")):
        ended = mend(tmp_path / "file", *command)

        assert ended.returncode == 1
        assert ended.stderr.startswith(f"mend: {tmp_path / 'file'}: file exists.\nChoose a folder")


def test_an_unreachable_database_is_reported_in_two_lines(home: Path) -> None:
    """No pool's log and no traceback around them."""
    ended = mend(home, "events", "list", DATABASE_URL="postgresql://mend_app@127.0.0.1:1/mend")

    assert ended.returncode == 1
    assert ended.stderr.startswith("mend: Postgres does not answer.\nCheck that Postgres runs")
    assert len(ended.stderr.splitlines()) == 2


def test_an_unreachable_file_store_is_not_called_postgres(home: Path) -> None:
    """`mend buckets` uses no database."""
    ended = mend(home, "buckets", SUPABASE_URL="http://127.0.0.1:1", SUPABASE_SERVICE_KEY="key")

    assert ended.returncode == 1
    assert ended.stderr == (
        "mend: The file store cannot be reached. Try again shortly.\n"
        "Check its address and key in the settings (docs/settings.md).\n"
    )


def test_a_command_that_works_as_the_functions_do_asks_for_their_role(home: Path, database: Clone) -> None:
    """The owner of the database may not become `mend_service`."""
    ended = mend(home, "events", "list", DATABASE_URL=database.dsn("postgres"))

    assert ended.returncode == 1
    assert ended.stderr == (
        'mend: permission denied to set role "mend_service"\n'
        "DATABASE_URL must name mend_app, and not the owner of the database.\n"
    )


def test_a_closed_pipe_is_no_error(home: Path) -> None:
    """As in `mend openapi | head -1`."""
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(
        [*COMMAND, "openapi"], cwd=ROOT, env=environment(home), stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)

    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.parametrize(
    "arguments", [("nobody",), ("me@example.com", "--minutes", "9" * 30), ("me@x", "--minutes", "0")]
)
def test_a_token_that_cannot_be_is_refused(home: Path, arguments: tuple[str, ...]) -> None:
    """For no address, or for longer than time lasts."""
    ended = mend(home, "token", *arguments)

    assert ended.returncode == 2
    assert "mend token: error: argument" in ended.stderr
    assert list(home.iterdir()) == []


def test_wrong_settings_are_named(home: Path) -> None:
    ended = mend(home, "run", port=70_000)

    assert ended.returncode == 1
    assert ended.stderr.startswith("mend: PORT: ")


def test_one_function_alone_starts_the_local_database(home: Path) -> None:
    """The framework, without the command line and without a DATABASE_URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    source = ["--source", "functions/checkin/main.py", "--target", "checkin"]
    served = [sys.executable, "-m", "functions_framework", *source, "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(served, cwd=ROOT, env=environment(home)) as process, httpx.Client(timeout=30) as client:
        try:
            assert in_time(lambda: answers(client, f"http://127.0.0.1:{port}/health"))
        finally:
            process.terminate()


def answers(client: httpx.Client, url: str) -> bool:
    with suppress(httpx.TransportError):
        return client.get(url).is_success
    return False


def test_pictures_have_the_address_of_the_stack(stack: Stack) -> None:
    """It listens on a port of its own."""
    token = stack.client.post("/_token", json={"email": ADA}, headers=SAME_ORIGIN).json()["token"]

    answer = stack.client.post("/checkin", json=SAD, headers={"Authorization": f"Bearer {token}"}).json()

    pictures = {item["image_url"].partition("/recommend/pictures/")[0] for item in answer["recommendations"]}
    assert pictures == {str(stack.client.base_url).rstrip("/")}
