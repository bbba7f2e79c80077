"""Processor time of Python and of Postgres, apart from each other."""

from dataclasses import dataclass
from typing import Self

import psutil

from infra.bench.served_function import ServedFunction
from infra.local.postgres import Server


@dataclass(frozen=True)
class ProcessorTime:
    """In seconds."""

    python: float
    postgres: float

    def __add__(self, other: Self) -> "ProcessorTime":
        return ProcessorTime(self.python + other.python, self.postgres + other.postgres)

    def __sub__(self, other: Self) -> "ProcessorTime":
        return ProcessorTime(self.python - other.python, self.postgres - other.postgres)

    def __mul__(self, times: float) -> "ProcessorTime":
        return ProcessorTime(self.python * times, self.postgres * times)

    def __truediv__(self, parts: float) -> "ProcessorTime":
        return ProcessorTime(self.python / parts, self.postgres / parts)


def processor_time(served: ServedFunction, server: Server, without: int | None = None) -> ProcessorTime:
    """What the worker of a function and all processes of Postgres have used so far, `without` one of these."""
    return ProcessorTime(served.worker_seconds, _postgres_seconds(server, without))


def _postgres_seconds(server: Server, without: int | None) -> float:
    """The main process, its living children, and those that have ended."""
    main = psutil.Process(server.main_pid)
    while True:
        try:
            living = sum(_own_seconds(child) for child in main.children() if child.pid != without)
        except psutil.NoSuchProcess:
            continue  # a child has ended meanwhile
        times = main.cpu_times()
        return living + float(times.user + times.system + times.children_user + times.children_system)


def _own_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
