"""A server on this machine that answers as a provider's documentation says, or as badly as a test wants."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return self.query[name]


class Reply(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}


Answering = Callable[[Asked], Reply]


@dataclass
class Provider:
    """Answers each path as it is told; whatever it has no answer for is not found."""

    url: str
    answers: dict[str, Answering] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        answering = self.answers.get(asked.path)
        return answering(asked) if answering else Reply(404, b'{"error": {"status": 404}}')

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


def says(document: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json", **headers})


def always(document: object, status: int = 200) -> Answering:
    return lambda _: says(document, status)


def one_by_one(*replies: Reply) -> Answering:
    """Each once, and the last one from then on."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def serving() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = provider.answer(Asked(parts.path, dict(parse_qsl(parts.query)), headers, body))
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(reply.body)
            except (BrokenPipeError, ConnectionResetError):
                return  # the client had enough

        do_POST = do_GET  # noqa: N815 - as the base class names it

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
