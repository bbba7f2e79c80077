"""Where the stack of a home runs, for commands beside it: in a file, whose lock the stack holds."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from shared.file_lock import held, is_held

FILE = "stack.address"


@contextmanager
def announced(home: Path, address: str) -> Iterator[None]:
    """Announce an address as long as the block runs. Of several stacks of one home, the first is announced."""
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as lock:
        with suppress(BlockingIOError):
            descriptor = lock.enter_context(held(home / FILE, fcntl.LOCK_EX | fcntl.LOCK_NB))
            os.truncate(descriptor, 0)
            os.write(descriptor, address.encode())
        yield


def address(home: Path) -> str | None:
    """The address of the stack that runs now, or None."""
    file = home / FILE
    return file.read_text(encoding="utf-8") or None if file.exists() and is_held(file) else None
