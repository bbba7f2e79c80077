"""A plan as a calendar (RFC 5545). Calendars are shared and synced: of an activity only title and time are in it."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.clock import at_wall_time

LONGEST_LINE = 75  # octets, of which a continued line spends one on its leading space
CONTINUES = 0b10  # how an octet of UTF-8 begins that does not begin a character
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
ESCAPED = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})


class Event(NamedTuple):
    uid: str
    date: date
    local_time: time
    minutes: int
    title: str
    sequence: int
    cancelled: bool
    changed_at: datetime


def calendar(name: str, events: Iterable[Event], tz: ZoneInfo) -> str:
    return "".join(map(_folded, _calendar(name, events, tz)))


def _calendar(name: str, events: Iterable[Event], tz: ZoneInfo) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Mend//Plan//EN"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield f"X-WR-CALNAME:{_text(name)}"
    yield "REFRESH-INTERVAL;VALUE=DURATION:PT1H"
    yield "X-PUBLISHED-TTL:PT1H"  # the same for Outlook
    for event in events:
        yield from _event(event, tz)
    yield "END:VCALENDAR"


def _event(event: Event, tz: ZoneInfo) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_instant(event.changed_at)}"
    yield f"DTSTART:{_instant(at_wall_time(event.date, event.local_time, tz))}"
    yield f"DURATION:PT{event.minutes}M"
    yield f"SUMMARY:{_text(event.title)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield "CLASS:PRIVATE"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("", lines).translate(ESCAPED)


def _folded(line: str) -> str:
    """In pieces that end between characters, never within one."""
    octets, pieces, room = line.encode(), [], LONGEST_LINE
    while len(octets) > room:
        end = room
        while octets[end] >> 6 == CONTINUES:
            end -= 1
        pieces.append(octets[:end].decode())
        octets, room = octets[end:], LONGEST_LINE - 1
    return "\r\n ".join([*pieces, octets.decode()]) + "\r\n"
