"""A provider's server, and the lines of the log."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from shared.logs import logger
from shared.outbound.breaker import breakers
from tests.integration.content.server import Provider, running_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    breakers.clear()  # a breaker of another test may have the same port
    with running_provider() as server:
        yield server


class LogLines(logging.Handler):
    """Collects the lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.getMessage(), getattr(record, "fields", {})))

    def of(self, name: str) -> list[dict[str, Any]]:
        return [fields for message, fields in self.lines if message == name]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    handler = LogLines()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)
