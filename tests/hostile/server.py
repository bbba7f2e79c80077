"""A function in a process of its own, served by the framework's command."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil

from infra.registry import ROOT, registry
from shared.settings import Settings

COMMAND = Path(sys.executable).with_name("functions-framework")
START_SECONDS = 60
END_SECONDS = 15


@dataclass(frozen=True)
class Served:
    port: int
    process: psutil.Process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def resident_bytes(self) -> int:
        """The resident memory of the worker, which is a child of the listening process."""
        return max(int(process.memory_info().rss) for process in [self.process, *self.process.children(recursive=True)])


@contextmanager
def serving(function: str, settings: Settings, source: Path | None = None) -> Iterator[Served]:
    port = _free_port()
    source = source or ROOT / registry().functions[function].source / "main.py"
    assert settings.database_url
    environ = {
        **os.environ,  # noqa: TID251 - the command wants its PATH
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "MEND_HOME": str(settings.mend_home),
        "POOL_SIZE": str(settings.pool_size),
        "RATE_LIMIT_PER_MINUTE": str(settings.rate_limit_per_minute),
        "RELAY_SECRET": settings.environ.get("RELAY_SECRET", ""),
    }
    command: list[str | Path] = [
        COMMAND,
        "--target",
        function,
        "--source",
        source,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield Served(port, psutil.Process(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                connection.close()
                return
        with suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"The function ended before it was ready, with {process.wait(0.05)}.")
    raise TimeoutError(f"The function was not ready within {START_SECONDS} s.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
