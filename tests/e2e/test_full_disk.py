"""`mend run` on a disk that becomes full, and has room again."""

import os
import resource
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import psutil
import pytest

from infra.local.postgres import Server
from infra.registry import ROOT
from shared.file_lock import held
from tests.e2e.test_stack import COMMAND, Stack, environment, in_time, processes_of

SIZE = "size=256m"  # a new database takes 50 MiB


@dataclass
class SmallDisk:
    """A file system in memory. Only root may mount it."""

    home: Path

    def fill(self) -> None:
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


@dataclass
class LimitedFiles:
    """Where no file system can be mounted: a limit of the kernel lets Postgres write no file."""

    home: Path

    def fill(self) -> None:
        self._limit(0)
        kill_postgres(self.home)

    def make_room(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def is_reported(self, errors: str) -> bool:
        return not errors  # there is space on the disk

    def _limit(self, size: int) -> None:
        keeper_of(self.home).rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def is_keeper(process: psutil.Process) -> bool:
    """Whether the process is a keeper. One that has ended meanwhile is none."""
    try:
        return "infra.local.postgres_keeper" in process.cmdline()
    except psutil.Error:
        return False


def keeper_of(home: Path) -> psutil.Process:
    [keeper] = filter(is_keeper, processes_of(home))
    return keeper


def kill_postgres(home: Path) -> None:
    """A full disk stops it sooner or later: as soon as it needs another file for its write-ahead log."""
    for process in processes_of(home):
        if not is_keeper(process):
            with suppress(psutil.NoSuchProcess):
                process.kill()


@contextmanager
def small_disk(home: Path) -> Iterator[SmallDisk]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", SIZE, "tmpfs", home], check=True, capture_output=True)
    try:
        yield SmallDisk(home)
    finally:
        subprocess.run(["umount", home], check=True)


@pytest.fixture(params=["a small disk", "limited files"])
def disk(request: pytest.FixtureRequest) -> Iterator[SmallDisk | LimitedFiles]:
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        home = Path(folder)
        if request.param == "limited files":
            yield LimitedFiles(home)
            wait_for_the_keeper(home)
            return
        try:
            with small_disk(home) as mounted:
                yield mounted
                wait_for_the_keeper(home)
        except (FileNotFoundError, subprocess.CalledProcessError):
            yield LimitedFiles(home)
            wait_for_the_keeper(home)


def wait_for_the_keeper(home: Path) -> None:
    with held(home / "keeper.lock"):
        pass


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """Kill the process if the test fails, so that nothing waits for it."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


def test_a_full_disk_stops_nothing_for_good(disk: SmallDisk | LimitedFiles, tmp_path: Path) -> None:
    """Requests get a 503, and the terminal says why. Once there is room, everything works again without a restart."""
    errors = tmp_path / "errors"
    with (
        errors.open("w") as file,
        subprocess.Popen(
            [*COMMAND, "run"], cwd=ROOT, env=environment(disk.home), stdout=subprocess.PIPE, stderr=file, text=True
        ) as process,
    ):
        stack = Stack(process, disk.home)
        Thread(target=deque, args=(process.stdout, 0), daemon=True).start()  # so that the pipe of its log stays empty
        keeper = keeper_of(disk.home)

        def is_refused() -> bool:
            disk.fill()
            return stack.check_in().status_code == 503 and not Server(disk.home).is_alive()

        with ended(process), stack.client:
            assert stack.check_in().status_code == 201
            assert in_time(is_refused)
            assert in_time(lambda: disk.is_reported(errors.read_text()))
            assert stack.check_in().status_code == 503
            disk.make_room()
            assert in_time(lambda: stack.check_in().status_code == 201)
            assert in_time(lambda: stack.settled(0))
        assert keeper == keeper_of(disk.home)
        assert stack.end() == 0
