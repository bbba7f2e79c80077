"""Serves functions as in the cloud: by the command of functions-framework, in processes of their own."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx
import psutil

from infra.registry import registry
from shared.settings import PROJECT_ROOT, Settings
from tests.conftest import clock_setting
from tests.servers import NO_TLS

COMMAND = Path(sys.executable).with_name("functions-framework")
BOOT_SECONDS = 60
END_SECONDS = 60


@dataclass(frozen=True)
class Served:
    """A master process that has imported the function, and its one worker."""

    process: subprocess.Popen[bytes]

    @cached_property
    def master(self) -> psutil.Process:
        return psutil.Process(self.process.pid)

    @property
    def worker(self) -> psutil.Process:
        (worker,) = self.master.children()
        return worker

    @cached_property
    def address(self) -> tuple[str, int]:
        (listening,) = self.master.net_connections("tcp4")
        return "127.0.0.1", listening.laddr.port

    def client(self, token: str = "") -> httpx.AsyncClient:
        host, port = self.address
        return httpx.AsyncClient(
            base_url=f"http://{host}:{port}",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            limits=httpx.Limits(max_connections=None),
            timeout=60,
            verify=NO_TLS,
        )

    def answers(self) -> bool:
        """Whether the worker serves. The framework answers this path itself, without a call of the function."""
        with suppress(OSError, HTTPException), closing(HTTPConnection(*self.address, timeout=5)) as connection:
            connection.request("GET", "/robots.txt")
            return connection.getresponse().status in (404, 405)
        return False


@contextmanager
def served(target: str, settings: Settings) -> Iterator[Served]:
    assert settings.database_url
    environment = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "MEND_HOME": str(settings.mend_home),
        "POOL_SIZE": str(settings.pool_size),
        "REQUEST_SECONDS": str(settings.request_seconds),
        "RATE_LIMIT_PER_MINUTE": str(settings.rate_limit_per_minute),
        "OUTBOUND_HOSTS": "loopback",
        "PYTHONPATH": str(PROJECT_ROOT),
        **clock_setting(),
        **settings.environ,
    }
    source = registry().functions[target].folder / "main.py"
    command = [str(COMMAND), "--target", target, "--source", str(source), "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment) as process:
        try:
            function = Served(process)
            _wait_for(lambda: len(function.master.net_connections("tcp4")) == 1)
            _wait_for(function.answers)
            yield function
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)
            process.kill()


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition, while other tasks of the test go on."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The condition did not hold within {seconds} s.")
        await asyncio.sleep(0.01)


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The function did not answer within {BOOT_SECONDS} s.")
        threading.Event().wait(0.02)
