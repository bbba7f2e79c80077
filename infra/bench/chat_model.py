"""A stand-in for a model in its own process. It speaks Chat Completions, and needs no time to think.

A reply of `compatible/one` is one sentence. A reply of `compatible/many` is everyday talk, because the gate reads it:
twenty events a second for ten seconds, of which every tenth completes a sentence. A sentence ends with the time at
which it was sent, on the clock of the machine.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path

import uvloop

EVENTS_A_SECOND = 20
EVENTS = 200
EVENTS_A_SENTENCE = 10
EVERYDAY = Path(__file__).parents[1] / "safety/replies/measuring/everyday.tsv"
SENTENCE = re.compile(r"[^.!?]{30,200}(?=[.!?](?:\s|$))")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def event(text: str, finish: str | None = None) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def end() -> str:
    """The end of a sentence, and the beginning of the next one, from which it is known."""
    return f", sent at {time.monotonic():.6f}. So: "


def sentences() -> list[str]:
    rows = [line.split("\t") for line in EVERYDAY.read_text("utf-8").splitlines()]
    return [found.strip() for language, *_, reply in rows if language == "en" for found in SENTENCE.findall(reply)]


def parts(first: int) -> Iterator[str]:
    """The text of a reply, an event each, beginning with one of the sentences."""
    for number in count(first):
        text = SENTENCES[number % len(SENTENCES)]
        length = len(text) // EVENTS_A_SENTENCE + 1
        for start in range(0, EVENTS_A_SENTENCE * length - length, length):
            yield text[start : start + length] or " "
        yield text[EVENTS_A_SENTENCE * length - length :] + end()


SENTENCES = sentences()
replies = count()


async def write(writer: asyncio.StreamWriter) -> None:
    clock = asyncio.get_running_loop()
    began = clock.time()
    for number, part in enumerate(islice(parts(7 * next(replies)), EVENTS)):
        writer.write(event(part))
        await writer.drain()
        await asyncio.sleep(began + (number + 1) / EVENTS_A_SECOND - clock.time())


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A reply, unless the client leaves before its end."""
    with suppress(ConnectionError, RuntimeError):
        await reply(reader, writer)
    writer.close()


async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    model = json.loads(await reader.readexactly(length))["model"]
    writer.write(HEAD)
    if model == "many":
        await write(writer)
    else:
        writer.write(event(f"That is all{end()}"))
    writer.write(event("", "stop") + b"data: [DONE]\n\n")
    await writer.drain()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # ends with the process that started this one


if __name__ == "__main__":
    uvloop.run(main())
