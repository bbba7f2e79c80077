"""Pushes to 10,000 devices, sent by one worker to a stand-in for FCM."""

import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import psutil
import uvloop
from firebase_admin.credentials import Base  # type: ignore[import-untyped]
from google.oauth2.credentials import Credentials

from functions.notify.channels.fcm import FcmPush
from functions.notify.channels.ports import Push
from infra.bench.bar import Bar
from shared.clock import utc_now

PUSHES = 10_000
FCM = Path(__file__).with_name("fcm.py")


class Pass(Base):  # type: ignore[misc]
    """A credential that asks nobody."""

    def get_credential(self) -> Credentials:
        return Credentials("bench")  # type: ignore[no-untyped-call]


class Seen(NamedTuple):
    seconds: float
    busy: float  # seconds of a processor
    grown: int  # bytes resident
    states: Counter[str]


def fan_out() -> list[Bar]:
    with fcm() as url:
        seen = uvloop.run(send(url))
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
            counted = json.load(answer)
    told = ", ".join(f"{count} {state}" for state, count in seen.states.most_common())
    told += f"; {seen.busy / PUSHES * 1e3:.2f} ms of a processor each"
    return [
        Bar("10,000 pushes, FCM answering in 50 ms", PUSHES / seen.seconds, " /s", 600, told, at_least=True),
        Bar("the same: most in flight", counted["in_flight"], "  ", 64, f"{counted['busy']} answered 429 at first"),
        Bar("the same: most often a token was taken", counted["most"], "  ", 1, f"{counted['answered']} tokens"),
        Bar("the same: memory of the worker", seen.grown / 2**20, " MiB", 40, "resident, over before"),
    ]


@contextmanager
def fcm() -> Iterator[str]:
    with subprocess.Popen([sys.executable, FCM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


async def send(url: str) -> Seen:
    until = utc_now() + timedelta(hours=3)
    pushes = [
        Push(f"token-{n}", f"key-{n}", "How are you?", "Two taps are enough.", "mend://check-in", until)
        for n in range(PUSHES)
    ]
    channel = FcmPush("bench", Pass(), api=url)
    me = psutil.Process()
    before, began, busy = me.memory_info().rss, time.perf_counter(), time.process_time()
    outcomes = await channel.send(pushes)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    return Seen(seconds, busy, me.memory_info().rss - before, Counter(outcome.state for outcome in outcomes))


if __name__ == "__main__":
    for bar in fan_out():
        print(bar.line, flush=True)
