"""The local Postgres of a folder: started by its first user, stopped after its last."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from infra.errors import UserError
from infra.local import embedded
from infra.local.postgres import ADMIN, Server, running
from shared.db import Database
from shared.errors import Unavailable
from shared.file_lock import held, is_held
from shared.settings import Settings

ROOT = Path(__file__).parents[3]
FILLER_SECONDS, LOOK_SECONDS = 30.0, 0.005
ALICE = "4a1c7c1e-1111-4111-8111-000000000001"
USER = """
import sys
from pathlib import Path
from infra.local.embedded import app_dsn
print(app_dsn(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        yield Path(folder)
        wait_for_the_keeper_to_leave(Path(folder))


@pytest.fixture(scope="module")
def server_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def server(server_home: Path) -> Iterator[Server]:
    with running(server_home, durable=False) as server:
        server.create_database("mend")
        yield server


@contextmanager
def user(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that wants the database, and then lives until it is killed."""
    arguments = [sys.executable, "-c", USER, str(home)]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def wait_for_the_keeper_to_leave(home: Path) -> None:
    with held(home / "keeper.lock"):
        pass


def keeper(home: Path) -> psutil.Process:
    command = ["infra.local.postgres_keeper", str(home)]
    [process] = [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[-2:] == command]
    return process


def filler(keeper: int) -> psutil.Process | None:
    """The process by which initdb fills a new data folder, once there is one."""
    for process in psutil.Process(keeper).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "--single" in process.cmdline():
                return process
    return None


def awaited_filler(keeper: subprocess.Popen[bytes]) -> psutil.Process:
    """The same, looked for until the keeper has ended, as it does once the server has started."""
    end = monotonic() + FILLER_SECONDS
    while keeper.poll() is None and monotonic() < end:
        if child := filler(keeper.pid):
            return child
        with suppress(subprocess.TimeoutExpired):
            keeper.wait(LOOK_SECONDS)
    pytest.fail("initdb was not seen at its work")


def postmaster(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split()[0])


def ask(server: Server, question: str, *, user: str = "postgres", dbname: str = "mend") -> Any:  # noqa: ANN401 - whatever the column holds
    with psycopg.connect(server.dsn(dbname, user)) as conn:
        row = conn.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def test_processes_that_start_together_share_one_server(home: Path) -> None:
    """The first process starts the server, and the others wait for it."""
    with user(home) as first, user(home) as second, user(home) as third:
        dsns = {first_line(first), first_line(second), first_line(third)}

        assert len(dsns) == 1
        assert dsns.pop().startswith("postgresql://mend_app@/mend?host=")
        assert keeper(home).is_running()


def test_the_server_stops_soon_after_its_last_user_was_killed(home: Path) -> None:
    """The kernel releases the lock of a killed process."""
    with user(home) as first, user(home) as last:
        first_line(first)
        first_line(last)
        first.kill()
        first.wait()
        assert ask(Server(home), "SELECT 1") == 1
        last.kill()
        wait_for_the_keeper_to_leave(home)

        assert not Server(home).is_alive()


def test_a_newcomer_starts_the_server_again_with_all_its_data(home: Path) -> None:
    """The server comes and goes with its users; what they stored stays."""
    with user(home) as process:
        first_line(process)
        with psycopg.connect(Server(home).dsn()) as conn:
            conn.execute("CREATE TABLE public.numbers AS SELECT 7 AS number")
    wait_for_the_keeper_to_leave(home)

    with user(home) as process:
        first_line(process)

        assert ask(Server(home), "SELECT number FROM public.numbers") == 7


def test_a_server_outlives_its_killed_keeper_and_gets_a_new_one(home: Path) -> None:
    """Those who use the server notice nothing, and it still stops after the last of them."""
    with user(home) as first:
        first_line(first)
        with psycopg.connect(Server(home).dsn()) as conn, user(home) as second:
            old = keeper(home)
            old.kill()
            old.wait()
            first_line(second)

            assert conn.execute("SELECT 1").fetchone() == (1,)
            assert keeper(home).pid != old.pid
    wait_for_the_keeper_to_leave(home)
    assert not Server(home).is_alive()


def test_the_keeper_starts_a_crashed_server_again(home: Path) -> None:
    """A server that dies under its users is back before they give up."""
    with user(home) as process:
        first_line(process)
        crashed = postmaster(home)
        psutil.Process(crashed).kill()

        with ConnectionPool(Server(home).dsn(), min_size=1, open=True) as pool:
            pool.wait(timeout=20)
            assert postmaster(home) != crashed


def test_a_keeper_told_to_stop_stops_the_server(home: Path) -> None:
    """SIGTERM stops the server even while it is used; the next user starts it again."""
    with user(home) as process:
        first_line(process)
        keeper(home).terminate()
        wait_for_the_keeper_to_leave(home)
        assert not Server(home).is_alive()

        with user(home) as newcomer:
            assert first_line(newcomer)
            assert Server(home).is_alive()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    """The error names the reason that Postgres gives, and nothing is left running."""
    (home / "postgres").mkdir()

    with pytest.raises(UserError, match=rf'Postgres does not start: .*"{home / "postgres"}"') as refusal:
        embedded.start(home)

    assert "mend reset" in refusal.value.remedy
    assert not is_held(home / "keeper.lock")
    assert not Server(home).is_alive()


async def test_a_server_that_cannot_start_is_an_outage(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A function that has no database yet answers 503, and a developer is told why."""
    (home / "postgres").mkdir()

    with pytest.raises(Unavailable):
        await Database(Settings(mend_home=home)).ping()

    assert "Postgres does not start" in capfd.readouterr().err


def test_the_keeper_tries_until_a_crashed_server_starts_again(home: Path) -> None:
    """A start that fails, as on a full disk, is not the last one."""
    with user(home) as process:
        first_line(process)
        settings = home / "postgres" / "postgresql.conf"
        settings.rename(home / "elsewhere")
        crashed = psutil.Process(postmaster(home))
        crashed.kill()
        while "could not access the server configuration" not in (home / "postgres.log").read_text():
            pass

        (home / "elsewhere").rename(settings)

        with ConnectionPool(Server(home).dsn(), min_size=1, open=True) as pool:
            pool.wait(timeout=20)
            assert ask(Server(home), "SELECT 1") == 1


def test_lock_files_left_by_a_crash_are_no_obstacle(home: Path, server: Server) -> None:
    """Their process id may belong to another process: in this test, one of another server."""
    with running(home, durable=False):
        pass

    with psycopg.connect(server.dsn()) as somebody:
        for file in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (home / "postgres" / file).write_text(f"{somebody.info.backend_pid}\n{home / 'postgres'}\n0\n5432\n")
        with running(home, durable=False) as restarted:
            assert restarted.is_alive()


def test_an_interrupted_first_start_is_begun_anew(home: Path) -> None:
    """Half a data folder is never taken for a whole one."""
    (home / "postgres.new").mkdir()
    (home / "postgres.new" / "PG_VERSION").write_text("18\n")

    with running(home, durable=False) as server:
        assert server.is_alive()


def test_an_interrupted_first_start_leaves_no_process_behind(home: Path) -> None:
    """A process of initdb outlives it and goes on writing: the keeper ends after that one."""
    with subprocess.Popen([sys.executable, "-m", "infra.local.postgres_keeper", home], cwd=ROOT) as keeper:
        try:
            child = awaited_filler(keeper)
        finally:
            keeper.terminate()
            keeper.wait()

    assert not child.is_running()


def test_a_restart_ends_every_connection_and_keeps_the_data(home: Path) -> None:
    """What was committed is there after a restart, and old connections are not."""
    with running(home, durable=False) as server:
        server.create_database("mend")
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            conn.execute("CREATE TABLE numbers AS SELECT 7 AS number")
            server.restart()

            with pytest.raises(psycopg.OperationalError):
                conn.execute("SELECT 1")
        assert ask(server, "SELECT number FROM numbers") == 7


def test_a_folder_too_deep_for_a_socket_has_its_socket_elsewhere(home: Path) -> None:
    """The address of a Unix socket is short, while the path of a project may be long."""
    deep = home / ("d" * 120)
    deep.mkdir()

    with running(deep, durable=False) as server:
        with psycopg.connect(server.dsn("postgres", "supabase_admin")) as conn:
            sockets = Path(conn.info.host)

        assert len(str(sockets)) < 80
    assert not sockets.exists()


def test_nobody_can_prepare_the_socket_folder(home: Path) -> None:
    """Its name is random at each start, and only its owner may look into it."""
    deep = home / ("d" * 120)
    deep.mkdir()

    with running(deep, durable=False) as server:
        first, mode = server.socket_folder, server.socket_folder.stat().st_mode
        server.restart()
        second = server.socket_folder

    assert first != second
    assert mode & 0o777 == 0o700
    assert not first.exists()


@pytest.mark.parametrize("planted", ["link", "open folder"])
def test_a_socket_folder_that_somebody_else_put_there_is_not_used(home: Path, tmp_path: Path, planted: str) -> None:
    """After a cleaner of /tmp has deleted ours, its name is known. The next start makes a new one."""
    deep = home / ("d" * 120)
    deep.mkdir()

    with running(deep, durable=False) as server:
        folder = server.socket_folder
        shutil.rmtree(folder)
        if planted == "link":
            folder.symlink_to(tmp_path)
        else:
            folder.mkdir()
            folder.chmod(0o777)
        with pytest.raises(UserError, match="is not a private folder"):
            server.dsn()
        server.start()

        assert server.socket_folder != folder
        assert ask(server, "SELECT 1", user=ADMIN, dbname="postgres") == 1
    if planted == "link":
        folder.unlink()
    assert list(tmp_path.iterdir()) == []


def test_only_a_throw_away_server_may_lose_data(home: Path, server: Server) -> None:
    """Only test servers run without fsync."""
    with user(home) as process:
        first_line(process)

        assert ask(Server(home), "SHOW fsync") == "on"
        assert ask(server, "SHOW fsync") == "off"


def test_a_second_hand_over_leaves_a_database_as_it_is(server: Server) -> None:
    """Every start prepares the database again, so preparing it must be harmless."""
    ask(server, f"INSERT INTO auth.users (id) VALUES ('{ALICE}') RETURNING 1")  # noqa: S608 - no input

    server.create_database("mend")

    assert ask(server, "SELECT count(*) FROM auth.users") == 1


@pytest.mark.parametrize(
    ("settings", "uid", "role"),
    [
        ({}, None, None),
        ({"request.jwt.claims": ""}, None, None),
        ({"request.jwt.claims": "{}"}, None, None),
        ({"request.jwt.claims": json.dumps({"sub": ALICE, "role": "anon"})}, ALICE, "anon"),
        ({"request.jwt.claim.sub": ALICE, "request.jwt.claim.role": "anon"}, ALICE, "anon"),
        ({"request.jwt.claim.sub": "", "request.jwt.claims": json.dumps({"sub": ALICE})}, ALICE, None),
    ],
)
def test_the_database_knows_who_asks(
    server: Server, settings: dict[str, str], uid: str | None, role: str | None
) -> None:
    """The claims name the caller, as on Supabase; an empty setting means no caller."""
    with psycopg.connect(server.dsn()) as conn:
        for name, value in settings.items():
            conn.execute("SELECT set_config(%s, %s, true)", [name, value])
        conn.execute("SET LOCAL ROLE authenticated")

        assert conn.execute("SELECT auth.uid()::text, auth.role()").fetchone() == (uid, role)


def test_the_claims_can_be_read_whole(server: Server) -> None:
    """A policy may look at any claim."""
    with psycopg.connect(server.dsn()) as conn:
        assert conn.execute("SELECT auth.jwt()").fetchone() == (None,)
        conn.execute("SELECT set_config('request.jwt.claims', %s, true)", [json.dumps({"aal": "aal2"})])
        assert conn.execute("SELECT auth.jwt() ->> 'aal'").fetchone() == ("aal2",)


def test_a_new_table_is_open_to_the_rest_roles_until_it_is_revoked(server: Server) -> None:
    """Supabase grants by default: a migration that forgets to revoke must fail here as it would there."""
    with psycopg.connect(server.dsn()) as conn:
        conn.execute("CREATE TABLE public.forgotten ()")
        open_to = "SELECT has_table_privilege(%s, 'public.forgotten', 'INSERT')"

        for role in ("anon", "authenticated", "service_role"):
            assert conn.execute(open_to, [role]).fetchone() == (True,)


def test_migrations_run_without_superuser_powers(server: Server) -> None:
    """What Supabase would refuse to `postgres` is refused here, too."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(server, "ALTER ROLE postgres SUPERUSER")


def test_a_failed_statement_keeps_its_values_out_of_the_log(server_home: Path, server: Server) -> None:
    """The error of a constraint quotes the row, which may hold health data."""
    with psycopg.connect(server.dsn()) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("CREATE TABLE notes (note text CHECK (note = '')); INSERT INTO notes VALUES ('so tired')")

    log = (server_home / "postgres.log").read_text()
    assert "violates check constraint" in log
    assert "so tired" not in log
