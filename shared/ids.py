"""UUIDv7: identifiers that sort by the time they were made (RFC 9562), to a quarter of a microsecond."""

import os
import time
from uuid import UUID

VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
MILLISECOND = 1_000_000  # nanoseconds


def new_id() -> UUID:
    milliseconds, rest = divmod(time.time_ns(), MILLISECOND)
    fraction = (rest << 12) // MILLISECOND
    noise = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(milliseconds << 80) | (fraction << 64) | VERSION_AND_VARIANT | noise)
