"""A Day One JSON export. A tag that names a mood is the mood of its entry; other entries have the mood name ""."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

from functions.checkin.formats.diary import (
    ID_NAMESPACE,
    MAX_LINES,
    Line,
    LineEntry,
    Moods,
    Reader,
    TooManyLines,
    UnknownFormat,
    check_note,
    factors_of,
    first_known,
)
from functions.checkin.formats.own_csv import UnreadableCell
from shared.clock import zone

PICTURE = re.compile(r"!\[[^\]]*\]\(dayone-moment:[^)]*\)\s*")
NO_MOOD = ""


def read_lines(data: bytes) -> list[Line]:
    """The entries of the file. Raises `UnknownFormat` or `TooManyLines`."""
    try:
        journal = json.loads(data)
        entries = journal["entries"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnknownFormat from None
    if not isinstance(entries, list):
        raise UnknownFormat
    if len(entries) > MAX_LINES:
        raise TooManyLines
    return [Line(number, entry if isinstance(entry, dict) else {}) for number, entry in enumerate(entries, start=1)]


def reader(_: Sequence[Line], moods: Moods) -> Reader:
    def read_line(entry: Mapping[str, Any]) -> LineEntry:
        try:
            when = datetime.fromisoformat(entry["creationDate"])
            when = when.astimezone(zone(str(entry.get("timeZone", "UTC")).replace("\\/", "/")))
            id_ = uuid5(ID_NAMESPACE, f"day one {entry['uuid']}")
            tags = [str(tag) for tag in entry.get("tags", ())]
            text = PICTURE.sub("", entry.get("text", "")).strip()
            text.encode()
        except (ValueError, KeyError, TypeError, OverflowError):
            raise UnreadableCell("creationDate, timeZone, uuid, tags or text cannot be read") from None
        if "\0" in text or any("\0" in tag for tag in tags):
            raise UnreadableCell("the entry contains a NUL")
        mood_name = first_known(tags, moods) or NO_MOOD
        factors = factors_of(tag for tag in tags if tag != mood_name)
        return LineEntry(id_, when, mood_name, None, check_note(text), factors)

    return read_line
