"""`mend run` on a disk that becomes full, and has room again."""

import resource
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import psutil
import pytest

from infra.local.postgres import Server
from infra.registry import ROOT
from infra.soak.local_stack import (
    COMMAND,
    KEEPER,
    SmallDisk,
    environment,
    kill_postgres,
    processes_of,
    small_disk,
    wait_for_the_keeper,
)
from tests.e2e.test_stack import Stack, in_time

MEBIBYTES = 256  # a new database takes 50 MiB


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


def keeper_of(home: Path) -> psutil.Process:
    [keeper] = [p for p in processes_of(home) if KEEPER in p.info["cmdline"]]
    return keeper


@pytest.fixture(params=["a small disk", "limited files"])
def disk(request: pytest.FixtureRequest) -> Iterator[SmallDisk | LimitedFiles]:
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        home = Path(folder)
        if request.param == "limited files":
            yield LimitedFiles(home)
            wait_for_the_keeper(home)
            return
        try:
            with small_disk(home, MEBIBYTES) as mounted:
                yield mounted
                wait_for_the_keeper(home)
        except (FileNotFoundError, subprocess.CalledProcessError):
            yield LimitedFiles(home)
            wait_for_the_keeper(home)


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
            assert in_time(stack.settled)
        assert keeper == keeper_of(disk.home)
        assert stack.end() == 0
