"""Draws the days of an experiment from a seed. Pure, and without numpy: requests show the draw of today.

Whoever knows the seed can repeat the draw: the days form blocks of a week. Each day of a block gets the SHA-256 of the
seed and its number (from 0, two bytes, big-endian), and the days with the lowest hashes are days to do it: half of the
block. Of an odd block it is one day more if the SHA-256 of the seed, the word "block" and the number of the block is
odd.
"""

from hashlib import sha256

BLOCK = 7


def draw(seed: bytes, days: int) -> tuple[bool, ...]:
    """For each day, whether to do it."""
    chosen: set[int] = set()
    for block, start in enumerate(range(0, days, BLOCK)):
        numbers = range(start, min(start + BLOCK, days))
        ordered = sorted(numbers, key=lambda number: sha256(seed + number.to_bytes(2)).digest())
        extra = sha256(seed + b"block" + block.to_bytes(2)).digest()[-1] & len(numbers) & 1
        chosen.update(ordered[: len(numbers) // 2 + extra])
    return tuple(number in chosen for number in range(days))


def seed_hash(seed: bytes) -> str:
    """Shown before the start, so that the seed cannot be chosen afterwards."""
    return sha256(seed).hexdigest()
