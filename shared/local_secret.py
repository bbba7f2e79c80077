"""Secrets of a developer's machine: random bytes in files of MEND_HOME, which all its processes read."""

import os
import secrets
from functools import cache
from pathlib import Path

from shared.file_lock import held

SIZE = 32


@cache
def local_secret(home: Path, name: str) -> bytes:
    """The 32 bytes in the file of that name. The first process creates them, under a file lock."""
    home.mkdir(parents=True, exist_ok=True)
    with held(home / name) as descriptor:
        if not (secret := os.read(descriptor, SIZE)):
            secret = secrets.token_bytes(SIZE)
            os.write(descriptor, secret)
    return secret
