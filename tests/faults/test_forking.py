"""The framework imports a function in a master and serves it from a forked worker: the master opens no connection."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psutil
import pytest

from infra.local.event_delivery import cloud_event_headers
from infra.registry import registry
from shared.clock import utc_now
from shared.events import Event, push_message
from tests.conftest import Clone
from tests.faults.conftest import Serve, SignIn
from tests.faults.postgres_state import CONNECTED, DRAFT
from tests.faults.serving import until

CALLS: dict[str, dict[str, Any]] = {
    "checkin": {"method": "POST", "url": "/", "json": DRAFT},
    "insights": {"method": "GET", "url": "/factors"},
    "account": {"method": "GET", "url": "/profile"},
    "recommend": {"method": "GET", "url": "/saved"},
    "plan": {"method": "GET", "url": "/"},
    "notify": {"method": "GET", "url": "/preferences"},
    "companion": {"method": "GET", "url": "/conversations"},
    "premium": {"method": "GET", "url": "/entitlements"},
    "relay": {"method": "POST", "url": "/"},
}
# The functions of a folder have one main.py, so one of each kind stands for the others.
TARGETS = {(function.folder, function.trigger): name for name, function in registry().functions.items()}.values()


def a_call(target: str) -> Callable[[], dict[str, Any]]:
    function = registry().functions[target]
    if function.trigger == "http":
        return lambda: CALLS[target]
    return lambda: _delivery(Event(type=function.listens[0], user_id=uuid4(), occurred_at=utc_now()))


def _delivery(event: Event) -> dict[str, Any]:
    message = push_message(event)
    return {"method": "POST", "url": "/", "headers": cloud_event_headers(str(event.id), message), "json": message}


def has_imported(process: psutil.Process) -> bool:
    return any("psycopg_binary" in mapped.path for mapped in process.memory_maps())


@pytest.mark.parametrize("target", TARGETS)
async def test_a_function_opens_its_connections_in_the_worker(
    serve: Serve, database: Clone, sign_in: SignIn, target: str
) -> None:
    """The master imports; the worker connects at its first call. Its connections end with it."""
    call = a_call(target)
    function = serve(target)
    worker = function.worker
    assert has_imported(function.master)
    assert worker.pid != function.master.pid
    assert database.value(CONNECTED) == 0

    async with function.client(sign_in()[1]) as client:
        assert [(await client.request(**call())).is_success for _ in range(2)] == [True, True]
        assert database.value(CONNECTED) > 0
        worker.kill()
        await until(lambda: database.value(CONNECTED) == 0)
        await until(function.answers)
    async with function.client(sign_in()[1]) as client:
        assert (await client.request(**call())).is_success
    assert function.worker != worker
