"""Replies whose process is killed, and clients of other makes, against a served `companion`."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.companion.queries import ALIVE
from shared.settings import Settings
from tests.conftest import Client, ClockMover, Clone, Issuer
from tests.faults.serving import Served, served, until
from tests.integration.companion.conftest import HEAD, Begin, events_in, piece
from tests.integration.companion.conftest import begin as begin  # noqa: PLC0414 - fixtures
from tests.integration.companion.conftest import me as me  # noqa: PLC0414
from tests.integration.companion.conftest import model as model  # noqa: PLC0414
from tests.integration.companion.conftest import settings as settings  # noqa: PLC0414
from tests.integration.shared.scripted_host import ScriptedHost

TOOLS = Path(__file__).parents[1] / "tools"
SSE = {"Accept": "text/event-stream"}
PARTS = "SELECT parts FROM public.conversation_messages WHERE answers IS NOT NULL"


@pytest.fixture
def companion(settings: Settings) -> Iterator[Served]:
    with served("companion", settings) as function:
        yield function


@pytest.mark.slow
async def test_a_killed_reply_is_read_elsewhere_as_partial(  # noqa: PLR0913, PLR0917 - fixtures
    companion: Served,
    me: Client,
    begin: Begin,
    issuer: Issuer,
    model: ScriptedHost,
    database: Clone,
    move_clock: ClockMover,
) -> None:
    """What was stored is there, no text twice. The next message is answered."""
    model.scripts = [[HEAD, piece("One. "), piece("Two. Three"), "stall"]]
    path = await begin()
    async with (
        companion.client(issuer.token(me.person)) as client,
        client.stream("POST", path, json={"content": "Hello"}, headers=SSE) as response,
    ):
        assert response.status_code == 200
        await until(lambda: database.rows(PARTS) == [(["One. ", "Two. "],)])
        companion.worker.kill()

    move_clock(2 * ALIVE)
    items = (await me.get(path)).json()["items"]
    events = events_in((await me.get(f"{path}/{items[0]['id']}/stream", headers={"Last-Event-ID": "1"})).text)

    assert [(item["role"], item["content"], item["status"]) for item in items[:2]] == [
        ("assistant", "One. Two. ", "partial"),
        ("user", "Hello", "done"),
    ]
    assert [data["delta"] for _, _, data in events if data["type"] == "text-delta"] == ["Two. "]
    assert events[-1][2]["type"] == "error"


async def test_a_reply_is_followed_and_cancelled_in_another_process(
    companion: Served, me: Client, begin: Begin, issuer: Issuer, model: ScriptedHost
) -> None:
    """The one that writes it sees the cancellation in the row, and ends the provider's request."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    async with (
        companion.client(issuer.token(me.person)) as client,
        client.stream("POST", path, json={"content": "Hello"}, headers=SSE) as response,
    ):
        await model.stalling.wait()
        reply = (await me.get(path)).json()["items"][0]["id"]
        await me.post(f"{path}/{reply}/cancel")
        events = events_in((await me.get(f"{path}/{reply}/stream")).text)
        own = events_in("".join([text async for text in response.aiter_text()]))

    assert own[-1][2] == events[-1][2] == {"type": "abort"}
    await model.left.wait()


@pytest.mark.skipif(not (TOOLS / "node_modules/ai").exists() or not shutil.which("node"), reason="needs the package ai")
@pytest.mark.parametrize("content", ["Hello", "I want to kill myself"])
async def test_a_chat_of_the_package_ai_reads_a_reply(
    companion: Served, me: Client, begin: Begin, issuer: Issuer, content: str
) -> None:
    """Its parser accepts every chunk, and puts text and support together."""
    host, port = companion.address
    environ = {
        "PATH": os.environ["PATH"],  # noqa: TID251 - where node is
        "MESSAGES_URL": f"http://{host}:{port}{await begin()}",
        "TOKEN": issuer.token(me.person),
        "CONTENT": content,
    }
    chat = await asyncio.create_subprocess_exec(
        "node", "ai_chat.mjs", cwd=TOOLS, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, problems = await chat.communicate()

    assert chat.returncode == 0, problems.decode()
    read: dict[str, Any] = json.loads(output)
    parts = {part["type"]: part for part in read["reply"]["parts"]}
    assert read["errors"] == []
    if content == "Hello":
        assert parts["text"]["text"] == "I hear you. What was hard today?"
    else:
        assert parts["text"]["text"].startswith(parts["data-support"]["data"]["message"])
