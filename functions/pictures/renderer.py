"""Renders a picture in three sizes, without its metadata. Runs as a process of its own, with little memory and time.

It reads the picture from standard input. To standard output it writes each rendition as WebP, after its length in four
bytes. A hostile picture can harm this process only. It imports nothing of ours, so that it needs little memory.
"""

import resource
import sys
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

MEMORY = 200 * 2**20  # of addresses
SECONDS = 20  # of processor time
SIDES = (1280, 512, 128)  # of the square that each rendition fits into; a picture is never enlarged
FORMATS = ("JPEG", "PNG", "WEBP")
REFUSED = 3  # the exit status for a picture that cannot be decoded


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        renditions = render(sys.stdin.buffer.read())
    except Exception:  # noqa: BLE001 - Pillow raises many types for broken pictures, and MemoryError at the limit
        return REFUSED
    for rendition in renditions:
        sys.stdout.buffer.write(len(rendition).to_bytes(4, "big") + rendition)
    return 0


def render(content: bytes) -> list[bytes]:
    """The renditions, largest first."""
    image: Image.Image = Image.open(BytesIO(content), formats=FORMATS)
    largest = (SIDES[0], SIDES[0])
    image.draft("RGB", largest)  # decodes a JPEG at a half, a quarter or an eighth of its size
    image.thumbnail(largest, reducing_gap=2)
    ImageOps.exif_transpose(image, in_place=True)
    image = _in_srgb(image)
    return [_rendition(image, side) for side in SIDES]


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture in the colours of screens. A profile that cannot be used is ignored."""
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError):
            pass
    return image.convert(mode)


def _rendition(image: Image.Image, side: int) -> bytes:
    image.thumbnail((side, side))
    output = BytesIO()
    image.save(output, "WEBP", quality=82, exif=b"", icc_profile=b"", xmp=b"")
    return output.getvalue()


if __name__ == "__main__":
    sys.exit(main())
