"""Rounds what is stored for the ranking: every request reads it, so it is kept short."""

from collections.abc import Mapping

DECIMALS = 6


def rounded(value: object) -> object:
    """The same JSON with all numbers rounded to six places."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, Mapping):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value
