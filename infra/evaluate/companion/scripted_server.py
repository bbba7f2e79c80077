"""A server on this machine that speaks Chat Completions and replies by `models.yaml`; and servers of any app."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

GERMAN = "without any, in de"  # what the instructions say to somebody who speaks German


def scripted_model(name: str) -> ASGIApp:
    """A model of `models.yaml`. How long a conversation is decides which reply comes."""
    replies = yaml.safe_load(Path(__file__).with_name("models.yaml").read_text(encoding="utf-8"))[name]

    async def complete(request: Request) -> Response:
        messages = (await request.json())["messages"]
        texts = replies["de" if GERMAN in messages[0]["content"] else "en"]
        said = sum(message["role"] == "user" for message in messages)
        return Response(_events(texts[(said - 1) % len(texts)]), media_type="text/event-stream")

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


def _events(text: str) -> str:
    chunks = [({"content": text}, None), ({}, "stop")]
    data = [{"choices": [{"index": 0, "delta": delta, "finish_reason": end}]} for delta, end in chunks]
    return "".join(f"data: {line}\n\n" for line in (*map(json.dumps, data), "[DONE]"))


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an app on a free port of this machine. Yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield "http://127.0.0.1:{1}".format(*listener.getsockname())
    finally:
        server.should_exit = True
        await task
