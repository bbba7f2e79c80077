"""10,000 pushes, sent by one worker to a stand-in for FCM."""

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
from infra.bar import Bar
from shared.clock import utc_now

PUSHES = 10_000
FCM = Path(__file__).with_name("fcm.py")


class FixedCredential(Base):  # type: ignore[misc]
    """A credential that needs no request."""

    def get_credential(self) -> Credentials:
        return Credentials("bench")  # type: ignore[no-untyped-call]


class FanOutFigures(NamedTuple):
    seconds: float
    processor_seconds: float
    memory_growth: int  # resident bytes
    states: Counter[str]


def measure_fan_out() -> list[Bar]:
    with fcm_server() as url:
        figures = uvloop.run(send_pushes(url))
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
            fcm_counts = json.load(answer)
    note = ", ".join(f"{count} {state}" for state, count in figures.states.most_common())
    note += f"; {figures.processor_seconds / PUSHES * 1e3:.2f} ms of a processor each"
    return [
        Bar("10,000 pushes, FCM answering in 50 ms", PUSHES / figures.seconds, 600, None, note, "/s"),
        Bar(
            "the same: most in flight", fcm_counts["in_flight"], None, 64, f"{fcm_counts['busy']} answered 429 at first"
        ),
        Bar("the same: most often a token was taken", fcm_counts["most"], None, 1, f"{fcm_counts['answered']} tokens"),
        Bar("the same: memory of the worker", figures.memory_growth / 2**20, None, 40, "resident, over before", "MiB"),
    ]


@contextmanager
def fcm_server() -> Iterator[str]:
    with subprocess.Popen([sys.executable, FCM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


async def send_pushes(url: str) -> FanOutFigures:
    until = utc_now() + timedelta(hours=3)
    pushes = [
        Push(f"token-{n}", f"key-{n}", "How are you?", "Two taps are enough.", "mend://check-in", until)
        for n in range(PUSHES)
    ]
    channel = FcmPush("bench", FixedCredential(), api=url)
    worker = psutil.Process()
    memory, started, processor = worker.memory_info().rss, time.perf_counter(), time.process_time()
    outcomes = await channel.send(pushes)
    seconds, processor_seconds = time.perf_counter() - started, time.process_time() - processor
    memory_growth = worker.memory_info().rss - memory
    return FanOutFigures(seconds, processor_seconds, memory_growth, Counter(outcome.state for outcome in outcomes))


if __name__ == "__main__":
    for bar in measure_fan_out():
        print(bar.line, flush=True)
