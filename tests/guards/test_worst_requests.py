"""Every operation has its worst request in the benchmark, so that none can stop the event loop unnoticed."""

from infra.bench.small_requests import SMALL
from infra.bench.worst_requests import WORST
from tests.conftest import APPS

OF_EVERY_FUNCTION = {"GET /health", "GET /openapi.json"}


def test_every_operation_is_measured_or_small() -> None:
    """A new operation needs an entry in `WORST`, or in `SMALL` if its work is bounded by a few rows and kilobytes."""
    operations = {f"{name} {o.method} {o.path}" for name, app in APPS.items() for o in app.operations}
    common = {f"{name} {operation}" for name in APPS for operation in OF_EVERY_FUNCTION}

    assert WORST.keys() | SMALL == operations - common
    assert not WORST.keys() & SMALL
