"""Replies whose process is killed, and clients of other makes, against a served `companion`."""

import asyncio
import json
import os
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest

from functions.companion.queries import ALIVE
from shared.settings import Settings
from tests.conftest import Client, ClockMover, Clone, Issuer
from tests.faults.postgres_state import show
from tests.faults.serving import Served, served, until
from tests.integration.companion.conftest import HEAD, Begin, calling, events_in, piece, says, send
from tests.integration.companion.conftest import begin as begin  # noqa: PLC0414 - fixtures
from tests.integration.companion.conftest import me as me  # noqa: PLC0414
from tests.integration.companion.conftest import model as model  # noqa: PLC0414
from tests.integration.companion.conftest import settings as settings  # noqa: PLC0414
from tests.integration.companion.test_summaries import HEARD, LONG, SUMMARY, summaries_of, talk
from tests.integration.shared.scripted_host import ScriptedHost

TOOLS = Path(__file__).parents[1] / "tools"
SSE = {"Accept": "text/event-stream"}
TRIALS = int(os.environ.get("TRIALS", "20"))  # noqa: TID251 - `make soak` sets it
SEED = int(os.environ.get("SEED", random.SystemRandom().getrandbits(32)))  # noqa: TID251 - of the random moments
SENTENCES = [f"This is sentence {number}. " for number in range(40)]
PARTS = "SELECT parts FROM public.conversation_messages WHERE answers IS NOT NULL"


@pytest.fixture
def companion(settings: Settings) -> Iterator[Served]:
    """It may spend what 200 replies reserve that no process is left to settle."""
    environ = {**settings.environ, "AI_DAILY_TOKENS": "1000000000"}
    with served("companion", settings.model_copy(update={"environ": environ})) as function:
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


async def read_until_killed(companion: Served, client: httpx.AsyncClient, path: str, id_: str, moment: int) -> str:
    """Send a message, and kill the process when that many lines of the stream have come. Returns the text that came."""
    worker, lines = companion.worker, list[str]()
    body = {"content": "Hello", "id": id_}
    with suppress(httpx.TransportError):
        async with client.stream("POST", path, json=body, headers=SSE) as response:
            assert response.status_code == 200
            async for line in response.aiter_lines():
                if len(lines) == moment:
                    worker.kill()
                lines.append(line)
    with suppress(psutil.NoSuchProcess):  # the stream was shorter, or it is dead
        worker.kill()
    await until(lambda: companion.master.children() not in ([], [worker]))
    await until(companion.answers)
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    return "".join(chunk.get("delta", "") for chunk in chunks)


@pytest.mark.slow
async def test_replies_whose_process_is_killed_at_a_random_moment(  # noqa: PLR0913, PLR0917 - fixtures
    companion: Served, me: Client, begin: Begin, issuer: Issuer, model: ScriptedHost, move_clock: ClockMover
) -> None:
    """Every conversation is readable, no message is lost, and a reply has what was read of it and no text twice."""
    model.scripts = [says(*SENTENCES)]
    chance = random.Random(SEED)  # noqa: S311 - no secret
    read: dict[str, tuple[str, str]] = {}
    async with companion.client(issuer.token(me.person)) as client:
        for _ in range(TRIALS):
            path, id_ = await begin(), str(uuid4())
            moment = chance.randrange(4 * len(SENTENCES))
            read[path] = id_, await read_until_killed(companion, client, path, id_, moment)
    move_clock(2 * ALIVE)

    replies = {path: (await send(me, path, "Hello", id=id_))["reply"] for path, (id_, _) in read.items()}

    show(f"killed {TRIALS} times with SEED={SEED}: {Counter(reply['status'] for reply in replies.values())}")
    for path, (_, text) in read.items():
        reply = replies[path]
        assert reply["content"].startswith(text)
        assert "".join(SENTENCES).startswith(reply["content"])
        assert reply["status"] == "partial" or (reply["status"], reply["content"]) == ("done", "".join(SENTENCES))
        assert [item["role"] for item in (await me.get(path)).json()["items"]] == ["assistant", "user", "assistant"]


async def test_a_process_that_dies_while_it_summarises_loses_no_message(
    companion: Served, me: Client, begin: Begin, issuer: Issuer, model: ScriptedHost
) -> None:
    """Both replies are whole, and what was to be summarised is summarised after the next one."""
    model.scripts = [HEARD, HEARD, [HEAD, "stall"]]
    path = await begin()
    async with companion.client(issuer.token(me.person)) as client:
        for _ in range(2):
            assert (await client.post(path, json={"content": LONG})).status_code == 201
        await model.stalling.wait()
        companion.worker.kill()
    before = (await summaries_of(me, path), [item["status"] for item in (await me.get(path)).json()["items"]])

    model.scripts = [HEARD, says(SUMMARY)]
    await talk(me, path, "And you?")

    assert before == ([], ["done"] * 5)
    assert [summary["text"] for summary in await summaries_of(me, path)] == [SUMMARY]


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


needs_ai = pytest.mark.skipif(
    not (TOOLS / "node_modules/ai").exists() or not shutil.which("node"), reason="needs the package ai"
)


async def chat(companion: Served, path: str, token: str, content: str) -> list[dict[str, Any]]:
    """Send a message with the package `ai`. Returns the parts of the reply that it has read."""
    host, port = companion.address
    environ = {
        "PATH": os.environ["PATH"],  # noqa: TID251 - where node is
        "MESSAGES_URL": f"http://{host}:{port}{path}",
        "TOKEN": token,
        "CONTENT": content,
    }
    process = await asyncio.create_subprocess_exec(
        "node", "ai_chat.mjs", cwd=TOOLS, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    read: dict[str, Any] = json.loads(output)
    assert read["errors"] == []
    parts: list[dict[str, Any]] = read["reply"]["parts"]
    return parts


@needs_ai
@pytest.mark.parametrize("content", ["Hello", "I want to kill myself"])
async def test_a_chat_of_the_package_ai_reads_a_reply(
    companion: Served, me: Client, begin: Begin, issuer: Issuer, content: str
) -> None:
    """Its parser accepts every chunk, and puts text and support together."""
    parts = {part["type"]: part for part in await chat(companion, await begin(), issuer.token(me.person), content)}

    if content == "Hello":
        assert parts["text"]["text"] == "I hear you. What was hard today?"
    else:
        assert parts["text"]["text"].startswith(parts["data-support"]["data"]["message"])


@needs_ai
async def test_a_chat_of_the_package_ai_reads_calls_of_tools(
    settings: Settings, me: Client, begin: Begin, issuer: Issuer, model: ScriptedHost
) -> None:
    """Each as a part of its own between the texts, with its output or why there is none."""
    remember = "remember", {"text": "My sister is called Ada."}
    model.scripts = [calling(remember, ("read_moods", {}), text="I see."), says("What is she like?")]
    environ = {**settings.environ, "AI_CHAT_MODELS": "compatible/qwen3"}

    with served("companion", settings.model_copy(update={"environ": environ})) as companion:
        parts = await chat(companion, await begin(), issuer.token(me.person), "I visited my sister Ada.")

    assert [part["type"] for part in parts[:4]] == ["text", "tool-remember", "tool-read_moods", "text"]
    assert [part["text"] for part in parts if part["type"] == "text"] == ["I see. ", "What is she like?"]
    proposal, read = parts[1:3]
    assert (proposal["state"], proposal["output"]["memory"]["kept"]) == ("output-available", False)
    assert proposal["title"] == "Something to remember"
    assert (read["state"], read["errorText"]) == ("output-error", "The companion may not use this now.")
    assert all(part["providerExecuted"] for part in (proposal, read))
