"""A person who talks with the companion, and the server whose model replies."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from functions.account.consents.texts import versions
from shared.ai.models import ModelLimits, model_limits
from shared.consents import Purpose
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, Clone, Issuer
from tests.integration.shared.scripted_host import Script, ScriptedHost, scripted_host

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
CONSENT = "INSERT INTO public.consents (user_id, purpose, granted, version, decided_at) VALUES (%s, %s, %s, %s, now())"


def piece(text: str, finish: str | None = None) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def says(*texts: str) -> Script:
    """A complete reply."""
    return [HEAD, *map(piece, texts), piece("", "stop") + b"data: [DONE]\n\n", "close"]


def calling(*calls: tuple[str, dict[str, Any]], text: str = "") -> Script:
    """A model that calls tools after some words."""
    functions = [{"name": name, "arguments": json.dumps(arguments)} for name, arguments in calls]
    parts = [{"index": n, "id": f"id-{n}", "type": "function", "function": each} for n, each in enumerate(functions)]
    chunk = {"choices": [{"index": 0, "delta": {"tool_calls": parts}, "finish_reason": None}]}
    event = b"data: " + json.dumps(chunk).encode() + b"\n\n"
    return [HEAD, piece(text), event, piece("", "tool_calls") + b"data: [DONE]\n\n", "close"]


@pytest.fixture
def with_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model calls tools."""
    limits = ModelLimits(input_tokens=32_000, output_tokens=800, tools=True)
    monkeypatch.setitem(model_limits(), "compatible/test", limits)


@pytest.fixture
async def model() -> AsyncIterator[ScriptedHost]:
    """An OpenAI-compatible server."""
    async with scripted_host() as server:
        server.scripts = [says("I hear you. ", "What was ", "hard today?")]
        yield server


@pytest.fixture
def settings(database: Clone, issuer: Issuer, model: ScriptedHost) -> Settings:
    return Settings(
        database_url=SecretStr(database.dsn()),
        mend_home=issuer.folder,
        rate_limit_per_minute=100_000,
        pool_size=8,
        environ={"AI_CHAT_MODELS": "compatible/test", "AI_COMPATIBLE_URL": model.url},
    )


def decide(database: Clone, client: Client, purpose: Purpose = "ai", *, granted: bool) -> None:
    with database.admin() as conn:
        conn.execute(CONSENT, (client.person, purpose, granted, versions()[purpose]))


@pytest.fixture
def me(client_for: ClientFactory, database: Clone) -> Client:
    """A person who has consented."""
    client = client_for("companion")
    decide(database, client, granted=True)
    return client


Begin = Callable[..., Awaitable[str]]


@pytest.fixture
def begin(me: Client) -> Begin:
    """Begins a conversation. Returns the path of its messages."""

    async def begin_for(client: Client = me, module: str = "companion") -> str:
        conversation = (await client.post("/conversations", json={"module": module})).json()
        return f"/conversations/{conversation['id']}/messages"

    return begin_for


async def send(client: Client, path: str, content: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Send a message. Returns the response in JSON."""
    response = await client.post(path, json={"content": content, "id": str(uuid4())} | fields)
    assert response.status_code == 201, response.text
    exchange: dict[str, Any] = response.json()
    return exchange


def events_in(text: str) -> list[tuple[str | None, str, dict[str, Any]]]:
    """Server-sent events as id, name and data."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block and not block.startswith(":")]
    fields = [dict(line.split(": ", 1) for line in block) for block in blocks]
    return [(part.get("id"), part["event"], json.loads(part["data"])) for part in fields]
