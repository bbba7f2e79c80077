"""Pictures as cameras make them, and hostile ones."""

import struct
import zlib
from io import BytesIO

from PIL import Image

from tests.sample_files import HTML, JPEG, PDF, PNG, WEBP, ZIP, chunk

PLACE = b"52.5200 N 13.4050 E, camera 4711"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SIDE_MARKER = 0x0112  # orientation


def photo(format_: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A photo that was taken with the camera on its side: it is shown upright. Its metadata tells the place."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    exif[SIDE_MARKER] = 6
    exif[0x010E] = PLACE.decode()
    output = BytesIO()
    image.save(output, format_, exif=exif)
    return output.getvalue()


def png_of(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A PNG whose header tells any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _jpeg_of(width: int, height: int, frame: int) -> bytes:
    """The sample with another size, as a frame of another kind."""
    at = JPEG.index(b"\xff\xc0")
    return (
        JPEG[:at]
        + b"\xff"
        + bytes([frame])
        + JPEG[at + 2 : at + 5]
        + struct.pack(">HH", height, width)
        + JPEG[at + 9 :]
    )


def _webp_of(width: int, height: int) -> bytes:
    canvas = b"VP8X\x0a\0\0\0" + bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    frame = WEBP[12:]
    return b"RIFF" + (4 + len(canvas) + len(frame)).to_bytes(4, "little") + b"WEBP" + canvas + frame


BOMB = zlib.compress(bytes(20_000_000))  # of the size of a postcard
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp")
NO_PICTURES = {
    "nothing": b"",
    "svg with a script": SVG,
    "svg with a declaration": b'<?xml version="1.0"?>' + SVG,
    "html": HTML,
    "pdf": PDF,
    "zip": ZIP,
    "gif": b"GIF89a\x01\0\x01\0\0\0\0;",
    "tiff": b"II*\0\x08\0\0\0\0\0",
    "program": b"MZ" + bytes(100),
    "elf": b"\x7fELF" + bytes(100),
    "script": b"#!/bin/sh\necho\n",
    "bmp": b"BM" + bytes(60),
    "heic": b"\0\0\0\x18ftypheic" + bytes(20),
}
# Each is sent under each media type.
HOSTILE = {
    **NO_PICTURES,
    "png and zip": PNG + ZIP,
    "png and html": PNG + HTML,
    "png cut off": PNG[:-1],
    "jpeg and zip": JPEG + ZIP,
    "jpeg and php": JPEG + b"<?php system($_GET[0]); ?>",
    "jpeg cut off": JPEG[:-2],
    "webp and html": WEBP + HTML,
    "webp cut off": WEBP[:-3],
    "html and png": HTML + PNG,
    "png that tells 60,000 pixels a side": png_of(60_000, 60_000, BOMB),
    "png of a single line": png_of(2_000_000_000, 1, BOMB),
    "png of 20 megapixels": png_of(5_000, 4_000, BOMB),
    "jpeg that tells 65,000 pixels a side": _jpeg_of(65_000, 65_000, 0xC0),
    "progressive jpeg of 25 megapixels": _jpeg_of(5_000, 5_000, 0xC2),
    "webp that tells 16,000 pixels a side": _webp_of(16_000, 16_000),
}
# Their structure is right, so that only the renderer finds out.
UNDECODABLE = {
    "png without pixels": png_of(10, 10),
    "png with too few pixels": png_of(1000, 1000, zlib.compress(b"\0")),
    "png with noise for pixels": png_of(100, 100, b"noise"),
    "png of no size": png_of(0, 0),
    "webp without a frame": b"RIFF" + (16).to_bytes(4, "little") + b"WEBPVP8 " + (4).to_bytes(4, "little") + bytes(4),
}
