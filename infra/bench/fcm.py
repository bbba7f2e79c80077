"""A stand-in for FCM, in a process of its own: it answers after 50 ms, refuses now and then, and counts.

Of a hundred tokens one is answered with 429 the first time, and two are not registered any more.
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


class Fcm:
    def __init__(self) -> None:
        self.in_flight = self.most_in_flight = 0
        self.asked_to_wait: set[str] = set()
        self.answered: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                status, document = await self.answer(head, await reader.readexactly(length(head)))
                body = json.dumps(document).encode()
                retry = "Retry-After: 1\r\n" if status.startswith("429") else ""
                top = (
                    f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{retry}Content-Length: {len(body)}\r\n\r\n"
                )
                writer.write(top.encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def answer(self, head: bytes, body: bytes) -> tuple[str, object]:
        if head.startswith(b"GET"):
            most = max(self.answered.values(), default=0)
            return "200 OK", {"answered": len(self.answered), "busy": len(self.asked_to_wait), "most": most,
                              "in_flight": self.most_in_flight}  # fmt: skip
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(ANSWER_SECONDS)
        self.in_flight -= 1
        return self.judge(json.loads(body)["message"]["token"])

    def judge(self, token: str) -> tuple[str, object]:
        number = int(token.rpartition("-")[2]) % 100
        if number == 1 and token not in self.asked_to_wait:
            self.asked_to_wait.add(token)
            return "429 Too Many Requests", BUSY
        self.answered[token] += 1
        return ("404 Not Found", UNREGISTERED) if number in {2, 3} else ("200 OK", SENT)


def length(head: bytes) -> int:
    found = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return int(found.partition(b":")[2])


async def main() -> None:
    server = await asyncio.start_server(Fcm().serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until whoever started it is gone


if __name__ == "__main__":
    uvloop.run(main())
