"""Sends raw requests to an ASGI app, without a client that would normalise them."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

CHUNK = 64 * 1024
Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class RawRequest:
    method: str
    path: bytes
    query: bytes = b""
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    declares_length: bool = True

    def scope(self) -> dict[str, Any]:
        """The ASGI scope, as uvicorn makes it."""
        length = [(b"content-length", str(len(self.body)).encode())] if self.body and self.declares_length else []
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": self.method,
            "path": unquote(self.path.decode("ascii")),
            "raw_path": self.path,
            "root_path": "",
            "query_string": self.query,
            "headers": [(b"host", b"mend.example"), *length, *self.headers],
            "client": ("192.0.2.1", 50_000),
            "server": ("mend.example", 80),
        }


@dataclass
class Reply:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    bytes_read: int = 0
    complete: bool = False

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was answered
        return json.loads(self.body)

    def mentions(self, text: str) -> bool:
        content = " ".join([*self.headers.values(), self.body.decode(errors="replace")])
        return text.lower() in content.lower()


async def send(app: ASGIApp, request: RawRequest, enough: Callable[[Reply], bool] = lambda _: False) -> Reply:
    """The response. The caller disconnects as soon as `enough` is true."""
    reply = Reply()
    chunks = [request.body[at : at + CHUNK] for at in range(0, len(request.body), CHUNK)] or [b""]

    over = asyncio.Event()

    async def receive() -> Message:
        if not chunks:
            await over.wait()
            return {"type": "http.disconnect"}
        chunk = chunks.pop(0)
        reply.bytes_read += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert reply.status == 0, "answered twice"
            reply.status = message["status"]
            reply.headers = _named(message["headers"])
        else:
            reply.body += message.get("body", b"")
            reply.complete = not message.get("more_body")
            if reply.complete or enough(reply):
                over.set()

    await app(request.scope(), receive, answer)
    return reply


def _named(headers: Iterable[Header]) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in headers}
