"""A plan as a calendar (RFC 5545). Calendars are shared and synced, so an event has only a title and a time. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

LINE_OCTETS = 75  # at most; a continued line spends one of them on its leading space
CONTINUATION = 0b10  # the first two bits of an octet of UTF-8 that does not begin a character
LINE_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")  # Unicode's too: some programs end a line at them
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})


class CalendarEvent(NamedTuple):
    uid: str
    starts_at: datetime
    minutes: int
    title: str
    sequence: int
    cancelled: bool
    changed_at: datetime


def render_calendar(name: str, events: Iterable[CalendarEvent]) -> str:
    """The text of an iCalendar file."""
    return "".join(map(_folded, _calendar_lines(name, events)))


def _calendar_lines(name: str, events: Iterable[CalendarEvent]) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Mend//Plan//EN"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield f"X-WR-CALNAME:{_text(name)}"
    yield "REFRESH-INTERVAL;VALUE=DURATION:PT1H"
    yield "X-PUBLISHED-TTL:PT1H"  # the same for Outlook
    for event in events:
        yield from _event_lines(event)
    yield "END:VCALENDAR"


def _event_lines(event: CalendarEvent) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_instant(event.changed_at)}"
    yield f"DTSTART:{_instant(event.starts_at)}"
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
    return CONTROLS.sub("", LINE_BREAKS.sub("\n", text)).translate(ESCAPES)


def _folded(line: str) -> str:
    """The line with CRLF, folded at 75 octets. A fold never splits a character."""
    octets, pieces, room = line.encode(), [], LINE_OCTETS
    while len(octets) > room:
        end = room
        while octets[end] >> 6 == CONTINUATION:
            end -= 1
        pieces.append(octets[:end].decode())
        octets, room = octets[end:], LINE_OCTETS - 1
    return "\r\n ".join([*pieces, octets.decode()]) + "\r\n"
