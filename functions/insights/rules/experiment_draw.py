"""The draw of an experiment: on which days a person does what is tested. Pure, without numpy.

Anyone can repeat it. The seed is secret until the end; its SHA-256 is shown at the start, so that the draw cannot have
been changed afterwards. Days are drawn in blocks of seven. Within a block they are ordered by the SHA-256 of
"seed:day", as hexadecimal text, where the day counts from 0. The first four days of the order are yes-days in the
first, third, fifth … block, and the first three in the others. Of a last block with fewer days, half of them are,
rounded up or down in the same turn.
"""

from hashlib import sha256

BLOCK = 7
FEWEST_DAYS, MOST_DAYS = 14, 56


def commitment(seed: str) -> str:
    """What is shown at the start: the SHA-256 of the seed."""
    return sha256(seed.encode()).hexdigest()


def draw(seed: str, days: int) -> tuple[bool, ...]:
    """For each day of the experiment whether it is a yes-day."""
    yes: set[int] = set()
    for number, first in enumerate(range(0, days, BLOCK)):
        block = sorted(range(first, min(first + BLOCK, days)), key=lambda day: commitment(f"{seed}:{day}"))
        yes.update(block[: (len(block) + 1 - number % 2) // 2])
    return tuple(day in yes for day in range(days))
