"""`mend doctor`: checks what `mend run` needs, and says for each fault what mends it."""

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import psycopg

from infra.errors import UserError
from infra.local import database, running_stack
from infra.local.stack import StackSettings
from infra.registry import ROOT

MIN_PYTHON = (3, 11)
ROOM = 512 * 2**20


class Diagnosis(NamedTuple):
    name: str
    fault: str = ""
    remedy: str = ""

    @property
    def lines(self) -> str:
        if not self.fault:
            return f"ok     {self.name}"
        return f"FAULT  {self.name}: {self.fault}\n       {self.remedy}"


def examine(settings: StackSettings) -> Iterator[Diagnosis]:
    """The findings, one by one: the last ones start Postgres, which takes seconds."""
    yield _python()
    yield _packages(ROOT / "requirements/local.txt")
    yield _home(settings.mend_home)
    yield _disk(settings.mend_home)
    yield _port(settings)
    yield _postgres(settings)


def _python() -> Diagnosis:
    name = f"Python {sys.version.split()[0]}"
    if sys.version_info >= MIN_PYTHON:
        return Diagnosis(name)
    return Diagnosis(name, "Mend needs 3.11 or later", "make clean && make PYTHON=python3.12 run")


def _packages(locked: Path) -> Diagnosis:
    """Whether the installed packages are those of the lock file. Those for some systems only are not checked."""
    lines = locked.read_text(encoding="utf-8").splitlines()
    pins = [line.split()[0].partition("==") for line in lines if "==" in line and ";" not in line]
    wrong = [name for name, _, pinned in pins if _installed(name.partition("[")[0]) != pinned]
    if not wrong:
        return Diagnosis("packages")
    return Diagnosis(
        "packages", f"other versions than locked: {', '.join(wrong[:5])}", "rm .venv/installed && make run"
    )


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _home(home: Path) -> Diagnosis:
    name = f"MEND_HOME {home.absolute()}"
    existing = next(folder for folder in (home.absolute(), *home.absolute().parents) if folder.exists())
    if not existing.is_dir():
        return Diagnosis(name, "is a file", "Choose a folder: MEND_HOME=...")
    if not os.access(existing, os.W_OK | os.X_OK):
        return Diagnosis(name, "cannot be written to", "Choose another folder: MEND_HOME=...")
    return Diagnosis(name)


def _disk(home: Path) -> Diagnosis:
    existing = next(folder for folder in (home.absolute(), *home.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    name = f"disk with {free // 2**20} MiB free"
    return Diagnosis(name) if free >= ROOM else Diagnosis(name, "that is little", "Free some disk space.")


def _port(settings: StackSettings) -> Diagnosis:
    if address := running_stack.address(settings.mend_home):
        return Diagnosis(f"running at {address}")
    name = f"port {settings.port}"
    try:
        socket.create_server((settings.host, settings.port)).close()
    except OSError:
        return Diagnosis(name, "another program uses it", f"Choose another one: PORT={settings.port + 1}")
    return Diagnosis(name)


def _postgres(settings: StackSettings) -> Diagnosis:
    name = "Postgres and its migrations"
    try:
        with psycopg.connect(database.owner_dsn(settings), connect_timeout=5) as conn:
            conn.execute("SELECT 1 FROM mend.outbox LIMIT 1")
    except UserError as error:
        return Diagnosis(name, str(error), error.remedy)
    except psycopg.errors.UndefinedTable:
        return Diagnosis(name, "migrations are missing", "mend migrate")
    except (psycopg.Error, OSError) as error:
        return Diagnosis(name, str(error).partition("\n")[0], "Diagnosis DATABASE_URL, and whether Postgres runs.")
    return Diagnosis(name)
