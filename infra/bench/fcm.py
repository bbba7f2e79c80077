"""A stand-in for FCM in its own process. It answers after 50 ms, and counts requests.

Of a hundred tokens, one gets a 429 at the first attempt, and two are no longer registered. `GET /` returns counts, and
`GET /tokens` the tokens of all requests.
"""

import asyncio
import json
import sys
from collections import Counter

import uvloop

ANSWER_SECONDS = 0.05
BUSY = {"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}}
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
UNREGISTERED = {
    "error": {
        "code": 404,
        "message": "Requested entity was not found.",
        "status": "NOT_FOUND",
        "details": [{"@type": FCM_ERROR, "errorCode": "UNREGISTERED"}],
    }
}
SENT = {"name": "projects/bench/messages/1"}


class FakeFcm:
    def __init__(self) -> None:
        self.in_flight = self.most_in_flight = 0
        self.throttled: set[str] = set()
        self.answered: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.connections = self.without_body = 0  # the latter: requests that broke off after their head

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.without_body += 1
                body = await reader.readexactly(content_length(head))
                self.without_body -= 1
                status, document = await self.answer(reader, head, body)
                response = json.dumps(document).encode()
                retry = "Retry-After: 1\r\n" if status.startswith("429") else ""
                headers = f"Content-Type: application/json\r\n{retry}Content-Length: {len(response)}"
                writer.write(f"HTTP/1.1 {status}\r\n{headers}\r\n\r\n".encode() + response)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        self.connections -= 1

    async def answer(self, reader: asyncio.StreamReader, head: bytes, body: bytes) -> tuple[str, object]:
        if head.startswith(b"GET /tokens "):
            return "200 OK", {"received": self.received, "answered": self.answered}
        if head.startswith(b"GET"):
            most_answers = max(self.answered.values(), default=0)
            return "200 OK", {"answered": len(self.answered), "busy": len(self.throttled), "most": most_answers,
                              "in_flight": self.most_in_flight, "connections": self.connections,
                              "without_body": self.without_body}  # fmt: skip
        token = json.loads(body)["message"]["token"]
        self.received[token] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(ANSWER_SECONDS)
        self.in_flight -= 1
        if reader.at_eof():
            raise ConnectionResetError  # the client is gone
        return self.response_to(token)

    def response_to(self, token: str) -> tuple[str, object]:
        number = int(token.rpartition("-")[2]) % 100
        if number == 1 and token not in self.throttled:
            self.throttled.add(token)
            return "429 Too Many Requests", BUSY
        self.answered[token] += 1
        return ("404 Not Found", UNREGISTERED) if number in {2, 3} else ("200 OK", SENT)


def content_length(head: bytes) -> int:
    header = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return int(header.partition(b":")[2])


async def main() -> None:
    server = await asyncio.start_server(FakeFcm().serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # ends with the process that started this one


if __name__ == "__main__":
    uvloop.run(main())
