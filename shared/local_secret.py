"""Secrets of a developer's machine: each is a file in MEND_HOME, the same for all its processes."""

import os
import secrets
from functools import cache
from pathlib import Path

from shared.file_lock import held

SIZE = 32


@cache
def local_secret(home: Path, name: str) -> bytes:
    """The 32 random bytes in the file of that name. The first process that asks makes them, under a file lock."""
    home.mkdir(parents=True, exist_ok=True)
    with held(home / name) as descriptor:
        if not (secret := os.read(descriptor, SIZE)):
            secret = secrets.token_bytes(SIZE)
            os.write(descriptor, secret)
    return secret
