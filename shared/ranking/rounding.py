"""How what is learned is written down: short, since it is read with every list that is made."""

from collections.abc import Mapping

PLACES = 6


def rounded(value: object) -> object:
    """For any JSON: no number with more places than anything could hang on."""
    if isinstance(value, float):
        return round(value, PLACES)
    if isinstance(value, Mapping):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value
