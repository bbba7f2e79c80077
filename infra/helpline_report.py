"""Lists the help lines with their sources, so that somebody can dial them before a release."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.safety.helplines import book

WAYS = ("phone", "text", "whatsapp", "url")


def report(*, unseen_only: bool) -> list[str]:
    """A line of text for each help line, or only for those whose own page nobody has seen, and the counts."""
    entries = [*_entries()]
    unseen = [(country, entry) for country, entry in entries if entry["seen_on"] is None]
    listed = unseen if unseen_only else entries
    counts = f"{len(entries)} lines in {len(book()['countries'])} countries; the own page of {len(unseen)} is unseen."
    return [*(_line(country, entry) for country, entry in listed), counts]


def _entries() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for country, entries in book()["countries"].items():
        yield from ((country, entry) for entry in entries)


def _line(country: str, entry: Mapping[str, Any]) -> str:
    ways = ", ".join(f"{way} {entry[way]}" for way in WAYS if way in entry)
    seen = f"seen {entry['seen_on'] or 'never'}"
    return "  ".join((country, entry["kind"], entry["name"], ways, seen, entry["source"]))
