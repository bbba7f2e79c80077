"""The smallest real files of every type that may be uploaded."""

import io
import struct
import zipfile
import zlib


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + name + data


def _zip() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("moods.csv", "day,mood\n")
    return whole.getvalue()


def _mp4(brand: bytes, *tracks: bytes) -> bytes:
    handlers = b"".join(_box(b"trak", _box(b"mdia", _box(b"hdlr", bytes(8) + track + bytes(13)))) for track in tracks)
    return _box(b"ftyp", brand + bytes(4) + b"isom") + _box(b"mdat", b"sound and sight") + _box(b"moov", handlers)


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND", b"")
)


def png(comment: str) -> bytes:
    """The same picture as a file of its own."""
    at = PNG.index(b"IDAT") - 4
    return PNG[:at] + chunk(b"tEXt", b"Comment\0" + comment.encode()) + PNG[at:]


# One grey pixel: tables, a frame, a scan whose data holds a stuffed byte and a restart marker.
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    + (b"\xff\xdb\x00\x43\x00" + bytes([1] * 64))
    + b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
    + b"\xff\xc4\x00\x14\x00\x01" + bytes(15) + b"\x00"
    + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0\x56"
    + b"\xff\xd9"
)  # fmt: skip
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MP3 = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + (b"\xff\xfb\x90\x00" + bytes(413)) * 3
M4A = _mp4(b"M4A ", b"soun")
MP4 = _mp4(b"isom", b"soun", b"vide")
CSV = "day,mood,note\n2026-11-26,calm,Spaziergang über Füße 🧘\n".encode()
ZIP = _zip()

SAMPLES = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/webp": WEBP,
    "application/pdf": PDF,
    "audio/mpeg": MP3,
    "audio/mp4": M4A,
    "video/mp4": MP4,
    "text/csv": CSV,
    "application/zip": ZIP,
}
HTML = b"<!doctype html><script>alert(1)</script>"
