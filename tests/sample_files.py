"""The smallest real files of every type that may be uploaded."""

import io
import struct
import zipfile
import zlib


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _zip() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("moods.csv", "day,mood\n")
    return whole.getvalue()


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
CSV = "day,mood,note\n2026-11-26,calm,Spaziergang über Füße 🧘\n".encode()
ZIP = _zip()

SAMPLES = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/webp": WEBP,
    "text/csv": CSV,
    "application/zip": ZIP,
}
HTML = b"<!doctype html><script>alert(1)</script>"
