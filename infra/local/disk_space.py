"""Says in the terminal that the disk is full. Postgres can only write this to its log, if at all."""

import asyncio
import shutil
import sys
from pathlib import Path

ROOM = 16 * 2**20  # the size of the files that Postgres creates for its write-ahead log
LOOK_SECONDS = 1


async def watch(home: Path) -> None:
    """Print a line when the disk of `home` becomes full, and another when it has room again."""
    was_full = False
    while True:
        is_full = shutil.disk_usage(home).free < ROOM
        if is_full != was_full:
            print(_message(home, is_full=is_full), file=sys.stderr, flush=True)
        was_full = is_full
        await asyncio.sleep(LOOK_SECONDS)


def _message(home: Path, *, is_full: bool) -> str:
    if is_full:
        return f"The disk is full: no space is left for {home}. Requests get a 503 until some is free."
    return f"There is space for {home} again."
