"""Functions served as in production: by the command line of functions-framework, with one worker."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20


@dataclass(frozen=True)
class BenchRequest:
    path: str
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class ServedFunction:
    process: subprocess.Popen[bytes]
    url: str
    seconds_to_first_answer: float

    @cached_property
    def _worker(self) -> psutil.Process:
        (worker,) = psutil.Process(self.process.pid).children()
        return worker

    @property
    def worker_memory(self) -> int:
        """Resident bytes of the worker."""
        return int(self._worker.memory_info().rss)

    @property
    def worker_seconds(self) -> float:
        """Processor time of the worker."""
        times = self._worker.cpu_times()
        return float(times.user + times.system)

    def send(self, request: BenchRequest) -> tuple[int, bytes]:
        return send(self.url, request)


def send(url: str, request: BenchRequest) -> tuple[int, bytes]:
    sent = urllib.request.Request(  # noqa: S310 - loopback
        url + request.path, request.body, dict(request.headers or {}), method=request.method
    )
    try:
        with urllib.request.urlopen(sent, timeout=60) as response:  # noqa: S310
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@contextmanager
def serve_function(
    target: str, source: str, first: BenchRequest, environ: Mapping[str, str]
) -> Iterator[ServedFunction]:
    """Serve a function, and wait until it answers `first` with success."""
    port = free_port()
    program = Path(sys.executable).with_name("functions-framework")
    command: list[str | Path] = [
        program,
        "--target",
        target,
        "--source",
        ROOT / source,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}  # noqa: TID251
    started = time.perf_counter()
    process = subprocess.Popen(command, env=settings, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _await_success(process, url, first)
        yield ServedFunction(process, url, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _await_success(process: subprocess.Popen[bytes], url: str, first: BenchRequest) -> None:
    deadline = time.perf_counter() + START_SECONDS
    while time.perf_counter() < deadline and process.poll() is None:
        try:
            if send(url, first)[0] < 300:  # noqa: PLR2004 - any success
                return
        except OSError:
            pause(0.002)
    raise RuntimeError(f"{process.args!r} does not answer")


def pause(seconds: float) -> None:
    """Sleep. This program has no event loop that could be blocked."""
    time.sleep(seconds)  # noqa: TID251


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
