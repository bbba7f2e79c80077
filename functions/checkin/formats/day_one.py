"""A Day One JSON export. A tag that names a mood is the mood of its entry; other entries have the mood name ""."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

from functions.checkin.formats.diary import (
    ID_NAMESPACE,
    NO_NUMBERS,
    LineEntry,
    Reader,
    UnknownFormat,
    check_note,
    factors_of,
    first_known,
)
from functions.checkin.formats.mood_names import MoodNames
from shared.clock import zone
from shared.csv_table import MAX_LINES, ImportRefused, TableLine, TooManyLines
from shared.diary_csv import UnreadableCell
from shared.errors import Sentence

PICTURE = re.compile(r"!\[[^\]]*\]\(dayone-moment:[^)]*\)\s*")
NO_MOOD = ""
ENTRIES = re.compile(r'"entries"\s*:\s*\[')
SEPARATOR = re.compile(r"\s*,?\s*")
MAX_ENTRY = 256 * 1024  # characters


class EntryTooLarge(ImportRefused):
    """An entry of your file is larger than 256 KiB, or is not JSON. Remove it, then import the file again."""


def read_lines(data: bytes) -> list[TableLine]:
    """The entries of the file. Raises `UnknownFormat`, `TooManyLines` or `EntryTooLarge`.

    Parses one entry at a time, because the event loop stands still while the `json` module parses.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnknownFormat from None
    beginning = ENTRIES.search(text, 0, MAX_ENTRY)
    if beginning is None:
        raise UnknownFormat
    lines = [
        TableLine(n, e if isinstance(e, dict) else {}) for n, e in enumerate(_entries(text, beginning.end()), start=1)
    ]
    if len(lines) > MAX_LINES:
        raise TooManyLines
    return lines


def _entries(text: str, position: int) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    for _ in range(MAX_LINES + 1):
        separator = SEPARATOR.match(text, position)
        position = separator.end() if separator else position
        if text.startswith("]", position):
            return
        part = text[position : position + MAX_ENTRY]
        try:
            entry, length = decoder.raw_decode(part)
        except (ValueError, RecursionError):
            raise (EntryTooLarge if len(part) == MAX_ENTRY else UnknownFormat) from None
        yield entry
        position += length


def reader(_: Sequence[TableLine], moods: MoodNames) -> Reader:
    def read_line(entry: Mapping[str, Any]) -> LineEntry:
        try:
            when = datetime.fromisoformat(entry["creationDate"])
            when = when.astimezone(zone(str(entry.get("timeZone", "UTC")).replace("\\/", "/")))
            id_ = uuid5(ID_NAMESPACE, f"day one {entry['uuid']}")
            tags = [str(tag) for tag in entry.get("tags", ())]
            text = PICTURE.sub("", entry.get("text", "")).strip()
            text.encode()
        except (ValueError, KeyError, TypeError, OverflowError):
            sentence = Sentence("creationDate, timeZone, uuid, tags or text cannot be read")
            raise UnreadableCell(sentence) from None
        if "\0" in text or any("\0" in tag for tag in tags):
            raise UnreadableCell(Sentence("the entry contains a NUL"))
        mood_name = first_known(tags, moods) or NO_MOOD
        factors = factors_of(tag for tag in tags if tag != mood_name)
        return LineEntry(id_, when, mood_name, None, check_note(text), factors, _steps(entry))

    return read_line


def _steps(entry: Mapping[str, Any]) -> Mapping[str, str]:
    """How many steps the person had made on that day."""
    activity = entry.get("userActivity")
    steps = activity.get("stepCount") if isinstance(activity, dict) else None
    return NO_NUMBERS if steps is None else {"Steps": str(steps)}
