"""The Postgres of a folder, started for any process that has no DATABASE_URL (the entry point `mend.database`).

The kernel counts who uses it: a process holds a shared lock on `users.lock` until it ends, in whatever way.
A keeper (`infra.local.keeper`) holds `keeper.lock`, and stops the server when nobody holds `users.lock`. Starts and
stops, and every look at who holds what, happen under `start.lock`.
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
from shared.file_lock import held, is_held

if TYPE_CHECKING:
    from infra.local.postgres import Server  # with psycopg, which `infra.cli` does not wait for

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
LEAVE_SECONDS = 9.5
LOOK_SECONDS = 0.05

_users: dict[Path, int] = {}  # descriptors of `users.lock`; forked children inherit them
_keepers: list[subprocess.Popen[str]] = []
_joining = Lock()
_left = Event()


def app_dsn(home: Path) -> str:
    """Start and migrate the Postgres of `home`; return the DSN of `mend_app`. It stays up while this process lives."""
    try:
        server = start(home)
        migrate_local(server)
    except UserError as error:  # logs name an error's kind alone, and whoever started a single function sees no more
        print(f"{error}\n{error.remedy}", file=sys.stderr, flush=True)
        raise
    return server.dsn(user="mend_app")


def start(home: Path) -> "Server":
    """Find or start the Postgres of `home` and become one of its users. Raises UserError where that fails."""
    from infra.local.postgres import Server

    home = home.absolute()
    keeper = _join(home)
    if keeper is not None:
        _wait_for(keeper, home)
    return Server(home)


def migrate_local(server: "Server") -> list[str]:
    """Apply what the local database lacks; return the names of those files."""
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
    """Stop using every Postgres, for good, and wait until each has stopped that nobody else uses.

    One that takes longer than `seconds` stops by itself.
    """
    with _joining:
        if not _left.is_set():
            _left.set()
            for descriptor in _users.values():
                os.close(descriptor)
    for keeper in _keepers:
        if keeper.poll() is None:
            keeper.terminate()  # it is still starting
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (_starting() or any(map(_stopping, _users))):
        Event().wait(LOOK_SECONDS)


def reset(home: Path) -> None:
    """Delete the database of `home`. Raises UserError while anyone uses it."""
    from infra.local.postgres import Server

    home = home.absolute()
    if not home.exists():
        return
    while _stopping(home):
        Event().wait(LOOK_SECONDS)
    with held(home / "start.lock"):
        if is_held(home / "users.lock"):
            raise UserError(f"The database in {home} is in use.", "End `mend run`, and whatever else uses it, first.")
        Server(home).stop()  # a killed keeper leaves it behind
        discarded = home / "postgres.new"  # a start that finds one deletes it
        shutil.rmtree(discarded, ignore_errors=True)
        if (home / "postgres").exists():
            (home / "postgres").rename(discarded)
            shutil.rmtree(discarded)
        (home / "postgres.log").unlink(missing_ok=True)


def _join(home: Path) -> subprocess.Popen[str] | None:
    """Become a user of `home`; return the keeper that is starting it, unless it runs already."""
    with _joining:
        if _left.is_set():
            raise UserError("This process is stopping.", "Start it again.")
        home.mkdir(parents=True, exist_ok=True)
        if home not in _users:
            descriptor = os.open(home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            _users[home] = descriptor
    with held(home / "start.lock"):  # waits for a start or a stop
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
            [sys.executable, "-m", "infra.local.keeper", str(home)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )


def _wait_for(keeper: subprocess.Popen[str], home: Path) -> None:
    """Wait until the server answers. A keeper that fails prints why, and what to do about it."""
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
    """Whether the server still runs although nobody uses it."""
    try:
        with held(home / "start.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            return is_held(home / "keeper.lock") and not is_held(home / "users.lock")
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False  # the folder was deleted


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
