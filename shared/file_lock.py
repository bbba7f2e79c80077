"""File locks (flock). The kernel releases them when their process ends, even by a crash."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(path: Path, operation: int = fcntl.LOCK_EX) -> Iterator[int]:
    """Hold the lock and yield the descriptor of its file. With LOCK_NB, raises BlockingIOError if it is taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, operation)
        yield descriptor
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether any process holds the lock, shared or exclusive."""
    try:
        with held(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True
