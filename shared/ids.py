"""UUIDv7 (RFC 9562): ids that sort by the time of their creation, to a quarter of a microsecond."""

import os
from uuid import UUID

from shared.clock import unix_nanoseconds

VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
NANOSECONDS_PER_MILLISECOND = 1_000_000


def new_id() -> UUID:
    milliseconds, rest = divmod(unix_nanoseconds(), NANOSECONDS_PER_MILLISECOND)
    fraction = (rest << 12) // NANOSECONDS_PER_MILLISECOND
    noise = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(milliseconds << 80) | (fraction << 64) | VERSION_AND_VARIANT | noise)
