"""Providers, and what was logged of them."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from shared.logs import logger
from shared.outbound.breaker import breakers
from tests.integration.content.serving import Provider, serving


@pytest.fixture
def provider() -> Iterator[Provider]:
    breakers.clear()  # a port may have been another test's
    with serving() as started:
        yield started


class Told(logging.Handler):
    """Every line of the log, by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.getMessage(), getattr(record, "fields", {})))

    def of(self, name: str) -> list[dict[str, Any]]:
        return [fields for said, fields in self.lines if said == name]


@pytest.fixture
def told() -> Iterator[Told]:
    handler = Told()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)
