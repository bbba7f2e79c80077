"""Sends spans to Cloud Trace, from a thread of its own. No request waits for it: what does not fit is lost.

While an instance of Cloud Run has no request, its processor sleeps, and so does this thread. It goes on with the next
request. What an instance holds when it ends is lost.
"""

import json
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared import logs
from shared.traces import Span

CLOUD_TRACE = "https://cloudtrace.googleapis.com"
TOKEN = (
    "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105 - a URL
    "?scopes=https://www.googleapis.com/auth/trace.append"
)
MOST_WAITING = 2000
MOST_AT_ONCE = 500
GATHER_SECONDS = 2.0  # a project may send 4,800 requests in a minute
PAUSE_SECONDS = 30.0  # after a failure
ANSWER_SECONDS = 5.0
EARLIER = 60.0  # seconds before its end, a token is replaced
NAME_BYTES = 128
VALUE_BYTES = 256
UNKNOWN_ERROR = 2  # a code of gRPC


class SpanExporter:
    """`url` is that of a stand-in, which needs no token."""

    def __init__(self, project: str, url: str | None = None) -> None:
        self._project = project
        self._url = url
        self._waiting: deque[Span] = deque()
        self._some_wait = threading.Event()
        self._lost = 0
        self._thread: threading.Thread | None = None
        self._token = ""
        self._token_until = 0.0

    def add(self, span: Span) -> None:
        """Never waits. The thread starts with the first span, because the framework forks after import."""
        if len(self._waiting) >= MOST_WAITING:
            self._lost += 1
            return
        self._waiting.append(span)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
            self._thread.start()
        self._some_wait.set()

    def _run(self) -> None:
        while True:
            self._some_wait.wait()
            self._some_wait.clear()
            time.sleep(GATHER_SECONDS)  # noqa: TID251 - of this thread
            while batch := self._next_batch():
                try:
                    self._send(batch)
                except Exception as error:  # noqa: BLE001 - nothing may end the thread
                    logs.warn("spans_lost", count=len(batch), reason=type(error).__name__)
                    time.sleep(PAUSE_SECONDS)  # noqa: TID251 - the same
            if lost := self._lost:
                self._lost -= lost
                logs.warn("spans_lost", count=lost, reason="too many wait")

    def _next_batch(self) -> list[Span]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]

    def _send(self, spans: Sequence[Span]) -> None:
        body = json.dumps({"spans": [described(span, self._project) for span in spans]}).encode()
        headers = {"Content-Type": "application/json"}
        if self._url is None:
            headers["Authorization"] = f"Bearer {self._fresh_token()}"
        address = f"{self._url or CLOUD_TRACE}/v2/projects/{self._project}/traces:batchWrite"
        _answer(urllib.request.Request(address, body, headers))  # noqa: S310 - ours, or a setting

    def _fresh_token(self) -> str:
        """A token of the function's service account."""
        if time.monotonic() >= self._token_until:
            asked_at = time.monotonic()
            answer = json.loads(_answer(urllib.request.Request(TOKEN, headers={"Metadata-Flavor": "Google"})))
            self._token, self._token_until = answer["access_token"], asked_at + answer["expires_in"] - EARLIER
        return self._token


def described(span: Span, project: str) -> dict[str, Any]:
    """A span as Cloud Trace documents it."""
    attributes = {
        name: {"intValue": str(value)} if isinstance(value, int) else {"stringValue": _cut(value, VALUE_BYTES)}
        for name, value in span.attributes.items()
    }
    return {
        "name": f"projects/{project}/traces/{span.trace.id}/spans/{span.trace.span}",
        "spanId": span.trace.span,
        "parentSpanId": span.parent,
        "displayName": _cut(span.name, NAME_BYTES),
        "spanKind": span.kind,
        "startTime": _time(span.began),
        "endTime": _time(span.ended),
        "attributes": {"attributeMap": attributes},
        **({"status": {"code": UNKNOWN_ERROR}} if span.failed else {}),
    }


def _cut(text: str, length: int) -> dict[str, str]:
    return {"value": text.encode()[:length].decode(errors="ignore")}


def _time(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def _answer(request: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:  # noqa: S310 - the caller's
        return bytes(response.read())
