"""Verifies that content has the format of its media type, from the first byte to the last.

It tells formats apart and refuses appended data. It does not decode content, and does not search for malware.
"""

import re
from collections.abc import Callable, Iterator

PNG = b"\x89PNG\r\n\x1a\n"
ZIP_ENTRY, ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
ZIP_END_SIZE = 22
JPEG_SCAN, JPEG_END = 0xDA, 0xD9
# The marker that ends a JPEG scan. Stuffed zeros, restart markers and fill bytes do not end it.
END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
MARKUP = re.compile(rb"<\s*(!doctype|html|script|svg|\?xml|head|body|iframe)|\A\s*%PDF-", re.IGNORECASE)


def matches(media_type: str, body: bytes) -> bool:
    """Whether `body` is exactly one file of that type. False for types that no category allows."""
    check = CHECKS.get(media_type)
    return check is not None and check(body)


def _is_png(body: bytes) -> bool:
    at, first = len(PNG), True
    if not body.startswith(PNG):
        return False
    while len(body) - at >= 12:  # noqa: PLR2004 - length, name and checksum of a chunk
        name = body[at + 4 : at + 8]
        if first and name != b"IHDR":
            return False
        at, first = at + 12 + int.from_bytes(body[at : at + 4], "big"), False
        if name == b"IEND":
            return at == len(body)
    return False


def _is_jpeg(body: bytes) -> bool:
    """Its end is the end of the file."""
    return body.startswith(b"\xff\xd8\xff") and (JPEG_END, len(body) - 2) in jpeg_segments(body)


def jpeg_segments(body: bytes) -> Iterator[tuple[int, int]]:
    """Marker and position of each segment, up to the end of the picture or what is no segment."""
    at = 2
    while body[at : at + 1] == b"\xff" and at + 1 < len(body):
        marker = body[at + 1]
        yield marker, at
        if marker == JPEG_END:
            return
        at += 2 + int.from_bytes(body[at + 2 : at + 4], "big")
        if marker == JPEG_SCAN:  # compressed data of unknown length follows
            end = END_OF_SCAN.search(body, at)
            at = end.start() if end else len(body)


def _is_webp(body: bytes) -> bool:
    size = int.from_bytes(body[4:8], "little") + 8
    return body[:4] == b"RIFF" and body[8:15] == b"WEBPVP8" and size == len(body)


def _is_csv(body: bytes) -> bool:
    """UTF-8 text that no browser would interpret as HTML or PDF."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and "\0" not in text and MARKUP.search(body) is None


def _is_zip(body: bytes) -> bool:
    """The directory ends where the end record begins, and the end record's comment ends at the end of the file."""
    end = body.rfind(ZIP_END)
    if not body.startswith((ZIP_ENTRY, ZIP_END)) or end < 0 or len(body) < end + ZIP_END_SIZE:
        return False
    size, start, comment = (
        int.from_bytes(body[end + a : end + b], "little") for a, b in ((12, 16), (16, 20), (20, 22))
    )
    return start + size == end and end + ZIP_END_SIZE + comment == len(body)


CHECKS: dict[str, Callable[[bytes], bool]] = {
    "image/png": _is_png,
    "image/jpeg": _is_jpeg,
    "image/webp": _is_webp,
    "text/csv": _is_csv,
    "application/zip": _is_zip,
}
