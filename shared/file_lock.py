"""Locks on files. The kernel releases them when their process ends, in whatever way."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(path: Path, how: int = fcntl.LOCK_EX) -> Iterator[int]:
    """Hold the lock and yield the descriptor of its file. Raises BlockingIOError where `how` has LOCK_NB."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield descriptor
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether anyone holds the lock, shared or not."""
    try:
        with held(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True
