"""How much memory it takes to decode a picture, read from its header. So no decompression bomb is ever decoded."""

from shared.files.content_type import JPEG_SCAN, jpeg_segments

# Bytes for each pixel, measured with Pillow (functions/pictures/renderer.py).
BYTES_OF_PNG = 8
BYTES_OF_WEBP = 17
BYTES_OF_JPEG = 1  # it is decoded line by line, at a fraction of its size
BYTES_OF_JPEG_IN_SCANS = 6  # its coefficients are all held until the last scan
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
FRAMES_IN_ONE_SCAN = {0xC0, 0xC1}


def decoding_memory(media_type: str, body: bytes) -> int:
    """Bytes that decoding `body` takes. `content_type.matches` holds for it, and it is a PNG, a JPEG or a WebP."""
    if media_type == "image/png":
        return BYTES_OF_PNG * _big(body[16:20]) * _big(body[20:24])
    if media_type == "image/webp":
        return BYTES_OF_WEBP * _webp_pixels(body)
    return _jpeg_memory(body)


def _webp_pixels(body: bytes) -> int:
    """The pixels of the canvas, or of the only frame: 14 bits a side in both codecs."""
    if body[12:16] == b"VP8X":
        return (_little(body[24:27]) + 1) * (_little(body[27:30]) + 1)
    if body[12:16] == b"VP8L":
        sides = _little(body[21:25])
        return ((sides & 0x3FFF) + 1) * ((sides >> 14 & 0x3FFF) + 1)
    return (_little(body[26:28]) & 0x3FFF) * (_little(body[28:30]) & 0x3FFF)


def _jpeg_memory(body: bytes) -> int:
    """That of the largest frame: a hostile file may have several."""
    pixels, scans, in_one_scan = 0, 0, True
    for marker, at in jpeg_segments(body):
        scans += marker == JPEG_SCAN
        if marker in FRAMES:
            pixels = max(pixels, _big(body[at + 5 : at + 7]) * _big(body[at + 7 : at + 9]))
            in_one_scan &= marker in FRAMES_IN_ONE_SCAN
    return pixels * (BYTES_OF_JPEG if in_one_scan and scans == 1 else BYTES_OF_JPEG_IN_SCANS)


def _big(number: bytes) -> int:
    return int.from_bytes(number, "big")


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")
