"""A server on this machine that answers as a provider's documentation says, or with the failures that a test needs."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class ReceivedRequest:
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


Responder = Callable[[ReceivedRequest], Reply]


@dataclass
class Provider:
    """Answers each path with its responder. Other paths are not found."""

    url: str
    answers: dict[str, Responder] = field(default_factory=dict)
    requests: list[ReceivedRequest] = field(default_factory=list)

    def answer(self, request: ReceivedRequest) -> Reply:
        self.requests.append(request)
        responder = self.answers.get(request.path)
        return responder(request) if responder else Reply(404, b'{"error": {"status": 404}}')

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


def json_reply(document: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json", **headers})


def always_reply(document: object, status: int = 200) -> Responder:
    return lambda _: json_reply(document, status)


def replies_in_order(*replies: Reply) -> Responder:
    """Each reply once, then the last one again and again."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def running_provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = provider.answer(ReceivedRequest(parts.path, dict(parse_qsl(parts.query)), headers, body))
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(reply.body)
            except (BrokenPipeError, ConnectionResetError):
                return  # the client has closed the connection

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
