"""`mend run` in a process of its own, the processes beside it, and a disk that becomes full."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from shared.file_lock import held
from shared.settings import settings

COMMAND = [sys.executable, "-c", "from infra.cli import main; main()"]
KEEPER = "infra.local.postgres_keeper"


def environment(home: Path, port: int = 0) -> dict[str, str]:
    """The variables of a command with data in `home`, and with the clock of this process."""
    clock_offset = str(settings().clock_offset)
    return {"PATH": os.defpath, "MEND_HOME": str(home), "PORT": str(port), "CLOCK_OFFSET": clock_offset}


def processes_of(home: Path) -> list[psutil.Process]:
    """The processes whose command names the folder: the keeper, and the main process of Postgres."""
    processes = psutil.process_iter(["name", "cmdline"])
    return [process for process in processes if str(home) in " ".join(process.info["cmdline"] or [])]


def postgres_of(home: Path) -> list[psutil.Process]:
    return [process for process in processes_of(home) if KEEPER not in process.info["cmdline"]]


def kill_postgres(home: Path) -> None:
    for process in postgres_of(home):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def wait_for_the_keeper(home: Path) -> None:
    """Wait until the keeper of the last command has ended."""
    with held(home / "keeper.lock"):
        pass


@dataclass
class SmallDisk:
    """A file system in memory."""

    home: Path

    def fill(self) -> None:
        """Fill it and kill Postgres, which stops anyway once it needs another file for its write-ahead log."""
        with suppress(OSError):
            file = os.open(self.home / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            try:
                while True:
                    os.write(file, bytes(4096))
            finally:
                os.close(file)
        kill_postgres(self.home)

    def make_room(self) -> None:
        (self.home / "ballast").unlink()

    def is_reported(self, errors: str) -> bool:
        return errors.startswith(f"The disk is full: no space is left for {self.home}.")


@contextmanager
def small_disk(home: Path, mebibytes: int) -> Iterator[SmallDisk]:
    """Mount it as `home`. Raises CalledProcessError or FileNotFoundError where that is not allowed: only root may."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(home)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield SmallDisk(home)
    finally:
        subprocess.run(["umount", home], check=True)
