"""Each function alone in a new process, loaded by the framework: no other function has prepared anything for it."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from infra.registry import ROOT, registry
from shared.clock import utc_now
from shared.events import Event, push_message, tick
from shared.settings import Settings
from tests.conftest import Clone
from tests.google_tokens import AUDIENCE, SENDER, id_token, signature_removed

FUNCTIONS = registry().functions
CANARY = "canary-6f1d"
Output = tuple[list[dict[str, Any]], str]  # the lines, and all that was printed
ONE_REQUEST = """
import asyncio, json, sys
import httpx
from functions_framework import aio
from shared.services import services

target, source, method, path, body, token = sys.argv[1:]
app = aio.create_asgi_app(target, source)

async def send():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://alone") as client:
        response = await client.request(method, path, content=body, headers={"Authorization": f"Bearer {token}"})
    await services().database.close()  # workers of psycopg_pool that are connecting may ignore their cancellation
    return response

print(json.dumps({"severity": "INFO", "message": "answered", "status": asyncio.run(send()).status_code}))
"""


def alone(target: str, request: tuple[str, str, str], environ: dict[str, str]) -> Output:
    """What the process logs for one request, and all that it printed."""
    token = signature_removed(id_token())
    source = str(FUNCTIONS[target].folder / "main.py")
    process = subprocess.run(
        [sys.executable, "-c", ONE_REQUEST, target, source, *request, token],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()], process.stdout + process.stderr


def request_to(target: str) -> tuple[str, str, str]:
    if FUNCTIONS[target].trigger == "http":
        return "GET", "/health", ""
    event = Event(type=FUNCTIONS[target].listens[0], user_id=uuid4(), occurred_at=utc_now())
    return "POST", "/", json.dumps(push_message(event))


@pytest.fixture(scope="module")
def failures() -> dict[str, Output]:
    """Each function's output for a request while its database cannot be found. Each waits, so all run in parallel."""
    environ = {
        "DATABASE_URL": f"host={CANARY}.invalid connect_timeout=1",
        "EVENT_AUTH": "iam",
        "EVENT_AUDIENCE": AUDIENCE,
        "EVENT_SENDER": SENDER,
    }
    with ThreadPoolExecutor(len(FUNCTIONS)) as threads:
        return dict(
            zip(
                FUNCTIONS,
                threads.map(lambda target: alone(target, request_to(target), environ), FUNCTIONS),
                strict=True,
            )
        )


@pytest.mark.parametrize("target", FUNCTIONS)
def test_a_failure_is_logged_without_what_the_error_says(failures: dict[str, Output], target: str) -> None:
    """Mend writes every line. None has the message of an exception, which may contain a row or a host name."""
    lines, printed = failures[target]

    assert lines[-1]["status"] in {500, 503}
    assert {"event_postponed", "unhealthy"} & {line["message"] for line in lines if line["severity"] == "ERROR"}
    assert CANARY not in printed
    assert "Traceback" not in printed


def test_a_job_alone_in_its_process_logs_its_result(database: Clone, settings: Settings) -> None:
    """No other code configures the logs in this process."""
    event = json.dumps(push_message(tick("schedule.ranking", utc_now())))

    lines, _ = alone("ranking_fit", ("POST", "/", event), {"DATABASE_URL": database.dsn()})

    assert [line["message"] for line in lines] == ["ranking_fitted", "answered"]
    assert lines[0].keys() >= {"severity", "event_id", "consumer", "people", "neighbours"}
