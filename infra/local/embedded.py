"""The local Postgres of a folder, for every process without a DATABASE_URL (entry point `mend.database`).

File locks of the kernel count its users. A process that uses the server holds a shared lock on `users.lock` until it
ends, even by a crash. The keeper process (`infra.local.postgres_keeper`) holds `keeper.lock`, and stops the server when
no process holds `users.lock`. A process holds `start.lock` while it starts or stops the server or checks these locks.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING

from infra.errors import UserError
from shared.errors import Unavailable
from shared.file_lock import held, is_held

if TYPE_CHECKING:
    from infra.local.postgres import Server  # it imports psycopg, which would delay `infra.cli`

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
LEAVE_SECONDS = 9.5
LOOK_SECONDS = 0.05

_users: dict[Path, int] = {}  # descriptors of `users.lock` by home; forked children inherit them
_keepers: list[subprocess.Popen[str]] = []
_joining = Lock()
_left = Event()


def app_dsn(home: Path) -> str:
    """Start and migrate the Postgres of `home`; return the DSN of `mend_app`. It runs on after this process ends.

    Raises `Unavailable`, because what stops it here may be over at the next request: a crash, a full disk.
    """
    try:
        server = start(home)
        migrate_local(server)
    except UserError as error:  # the log has only the kind of an error, which is too little for a developer
        if not _left.is_set():  # else the process is stopping, as it was told to
            print(f"{error}\n{error.remedy}", file=sys.stderr, flush=True)
        raise Unavailable from error
    return server.dsn(user="mend_app")


def start(home: Path) -> "Server":
    """Start the Postgres of `home` unless it runs, and register this process as a user of it. Raises UserError."""
    from infra.local.postgres import Server

    home = home.absolute()
    keeper = _join(home)
    if keeper is not None:
        _wait_for(keeper, home)
    return Server(home)


def migrate_local(server: "Server") -> list[str]:
    """Apply the migrations that the local database lacks; return their file names."""
    from psycopg import OperationalError

    from infra.migrate import MigrationError, migrate

    try:
        return migrate(server.dsn())
    except MigrationError as error:
        raise UserError(
            f"The local database does not fit this code. {error}",
            f"{error.remedy} Or delete the local database: mend reset",
        ) from error
    except OperationalError as error:
        raise UserError(f"The local Postgres does not answer: {_first_line(error)}", server.advice) from error


def leave(seconds: float = LEAVE_SECONDS) -> None:
    """Stop using every local Postgres for good, and wait until those without other users have stopped.

    After `seconds` it returns; a server that is still stopping goes on without this process.
    """
    with _joining:
        if not _left.is_set():
            _left.set()
            for descriptor in _users.values():
                os.close(descriptor)
    for keeper in _keepers:
        if keeper.poll() is None:
            keeper.terminate()  # the server is still starting
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (_starting() or any(map(_stopping, _users))):
        Event().wait(LOOK_SECONDS)


def reset(home: Path) -> None:
    """Delete the database of `home`. Raises UserError while a process uses it."""
    from infra.local.postgres import Server

    home = home.absolute()
    if not home.exists():
        return
    while _stopping(home):
        Event().wait(LOOK_SECONDS)
    with held(home / "start.lock"):
        if is_held(home / "users.lock"):
            raise UserError(f"The database in {home} is in use.", "End `mend run`, and whatever else uses it, first.")
        Server(home).stop()  # it may run without its keeper, if that was killed
        discarded = home / "postgres.new"  # the next start deletes this folder
        shutil.rmtree(discarded, ignore_errors=True)
        if (home / "postgres").exists():
            (home / "postgres").rename(discarded)
            shutil.rmtree(discarded)
        (home / "postgres.log").unlink(missing_ok=True)


def _join(home: Path) -> subprocess.Popen[str] | None:
    """Register as a user of `home`. Returns the keeper that now starts the server, or None if one runs already."""
    with _joining:
        if _left.is_set():
            raise UserError("This process is stopping.", "Start it again.")
        home.mkdir(parents=True, exist_ok=True)
        if home not in _users:
            descriptor = os.open(home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            _users[home] = descriptor
    with held(home / "start.lock"):  # waits for a start or a stop that is under way
        if is_held(home / "keeper.lock"):
            return None
    with _joining:
        if _left.is_set():
            raise UserError("This process is stopping.", "Start it again.")
        keeper = _spawn_keeper(home)
        _keepers.append(keeper)
    return keeper


def _spawn_keeper(home: Path) -> subprocess.Popen[str]:
    with (home / "postgres.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "infra.local.postgres_keeper", str(home)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )


def _wait_for(keeper: subprocess.Popen[str], home: Path) -> None:
    """Wait until the server answers. A keeper that fails prints the reason and the remedy."""
    try:
        failure, _ = keeper.communicate(timeout=START_SECONDS)
    except subprocess.TimeoutExpired:
        keeper.terminate()
        failure = f"Postgres in {home} has not started within {START_SECONDS} seconds."
    if keeper.returncode != 0:
        problem, _, remedy = failure.strip().partition("\n")
        problem = problem or "The keeper of the local Postgres failed."
        raise UserError(problem, remedy or f"Its log: {home / 'postgres.log'}")


def _starting() -> bool:
    return any(keeper.poll() is None for keeper in _keepers)


def _stopping(home: Path) -> bool:
    """Whether the server still runs, but has no user."""
    try:
        with held(home / "start.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            return is_held(home / "keeper.lock") and not is_held(home / "users.lock")
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False  # the folder was deleted


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
