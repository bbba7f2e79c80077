"""Verifies that content has the format of its media type, from the first byte to the last.

It tells formats apart and refuses appended data. It does not decode content, and does not search for malware.
"""

import re
from collections.abc import Callable, Iterator

PNG = b"\x89PNG\r\n\x1a\n"
ZIP_ENTRY, ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
ZIP_END_SIZE = 22
# Bit rates of MPEG audio layer III in kbit/s, by the index in the header, for version 1 and for versions 2 and 2.5.
RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
SAMPLE_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
JPEG_SCAN, JPEG_END = 0xDA, 0xD9
# The marker that ends a JPEG scan. Stuffed zeros, restart markers and fill bytes do not end it.
END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
VIDEO_TRACK = re.compile(rb"hdlr.{8}vide", re.DOTALL)
AUDIO_TRACK = re.compile(rb"hdlr.{8}soun", re.DOTALL)
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


def _is_pdf(body: bytes) -> bool:
    return body.startswith(b"%PDF-") and body[-64:].rstrip(b"\r\n ").endswith(b"%%EOF")


def _is_mp3(body: bytes) -> bool:
    at = _after_id3(body)
    frames = 0
    while length := _mp3_frame_length(body[at : at + 4]):
        at += length
        frames += 1
    rest = body[at:]
    return frames > 0 and (not rest or (len(rest) == 128 and rest.startswith(b"TAG")))  # noqa: PLR2004 - ID3v1


def _after_id3(body: bytes) -> int:
    if not body.startswith(b"ID3") or len(body) < 10:  # noqa: PLR2004 - its header
        return 0
    size = 0
    for byte in body[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _mp3_frame_length(header: bytes) -> int:
    """The length of the frame with this header, or 0 if it is not a header. The last frame may be incomplete."""
    bits = int.from_bytes(header, "big") if len(header) == 4 else 0  # noqa: PLR2004 - bytes
    version, rate, sampling = bits >> 19 & 3, bits >> 12 & 15, bits >> 10 & 3
    if bits >> 21 != 0x7FF or bits >> 17 & 3 != 1 or version == 1 or not 0 < rate < 15 or sampling == 3:  # noqa: PLR2004
        return 0
    rates, factor = (RATES_1, 144_000) if version == 3 else (RATES_2, 72_000)  # noqa: PLR2004 - version 1
    return factor * rates[rate] // SAMPLE_RATES[version][sampling] + (bits >> 9 & 1)


def _is_video(body: bytes) -> bool:
    return _is_mp4(body) and VIDEO_TRACK.search(body) is not None


def _is_audio(body: bytes) -> bool:
    return _is_mp4(body) and AUDIO_TRACK.search(body) is not None and VIDEO_TRACK.search(body) is None


def _is_mp4(body: bytes) -> bool:
    """A sequence of boxes: `ftyp` is the first, one is `moov`, and the last one ends at the end of the file."""
    at, names = 0, []
    while len(body) - at >= 8:  # noqa: PLR2004 - size and name of a box
        size = int.from_bytes(body[at : at + 4], "big")
        names.append(body[at + 4 : at + 8])
        if size == 1:
            size = int.from_bytes(body[at + 8 : at + 16], "big")
        if size < 8 or not names[-1].isascii():  # noqa: PLR2004
            return False
        at += size
    return at == len(body) and names[:1] == [b"ftyp"] and b"moov" in names


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
    "application/pdf": _is_pdf,
    "audio/mpeg": _is_mp3,
    "audio/mp4": _is_audio,
    "video/mp4": _is_video,
    "text/csv": _is_csv,
    "application/zip": _is_zip,
}
