"""Factors: what a person names beside a mood. Spellings that differ in letter case or spaces are one factor."""

from collections.abc import Iterable
from unicodedata import normalize

from shared.visible import is_visible

DOTTED_I = "i\u0307"  # the lower case of the Turkish capital letter, which people write as i


def factor_name(label: str) -> str:
    """The name under which all spellings of a factor are counted."""
    return " ".join(normalize("NFKC", label).casefold().replace(DOTTED_I, "i").split())


def distinct_factors(labels: Iterable[str]) -> list[str]:
    """The factors without those that show nothing, each once, in its first spelling."""
    by_name: dict[str, str] = {}
    for label in filter(is_visible, map(str.strip, labels)):
        by_name.setdefault(factor_name(label), label)
    return [*by_name.values()]
