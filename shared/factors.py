"""Factors: what a person names beside a mood. Spellings that differ in letter case or spaces are one factor."""

from collections.abc import Iterable
from unicodedata import normalize


def factor_name(label: str) -> str:
    """The name under which all spellings of a factor are counted."""
    return " ".join(normalize("NFKC", label).casefold().split())


def distinct_factors(labels: Iterable[str]) -> list[str]:
    """The factors without empty ones, each once, in its first spelling."""
    by_name: dict[str, str] = {}
    for label in filter(None, map(str.strip, labels)):
        by_name.setdefault(factor_name(label), label)
    return [*by_name.values()]
