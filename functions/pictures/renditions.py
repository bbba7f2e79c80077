"""Replaces an uploaded picture by its renditions. A process of its own decodes it (renderer.py)."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from shared import logs
from shared.events import Event
from shared.events.types import UploadedPicture
from shared.files import catalogue, renditions
from shared.files.categories import category_of
from shared.files.port import FileNotStored
from shared.files.queries import Rendition
from shared.services import services

RENDERER = Path(__file__).with_name("renderer.py")
NAMES: tuple[Rendition, ...] = ("large", "medium", "small")
REFUSED = 3  # its exit status for a picture that it cannot decode
BROKEN_BY_PICTURE = {REFUSED, -signal.SIGXCPU, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS}
SECONDS = 60.0


class RendererFailed(Exception):
    """The renderer failed for another reason than its picture."""


async def render_picture(event: Event) -> None:
    """Replace a picture by its renditions, or refuse it. Does nothing when it was deleted, or replaced, meanwhile."""
    parts, uploaded = services(), UploadedPicture.from_event(event)
    original = await renditions.load_original(parts.database, event.person, uploaded.file)
    if original is None:
        return
    try:
        content = await parts.files.read(original.category, original.path, category_of(original.category).max_bytes)
    except FileNotStored:
        return
    rendered = await _render(content.body)
    if rendered is None:
        logs.event("picture_refused", file=str(uploaded.file))
        await renditions.refuse(parts.database, parts.files, original)
    elif uploaded.content_id:
        await catalogue.publish(parts.database, parts.files, original, uploaded.content_id, rendered)
    else:
        await renditions.replace(parts.database, parts.files, original, rendered)


async def _render(picture: bytes) -> dict[Rendition, bytes] | None:
    """The renditions, or None for a picture that cannot be decoded. The process gets no secrets."""
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", str(RENDERER)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate(picture)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode in BROKEN_BY_PICTURE:
        return None
    if process.returncode != 0:
        raise RendererFailed
    return dict(zip(NAMES, _pieces(output), strict=True))


def _pieces(output: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(output):
        end = at + 4 + int.from_bytes(output[at : at + 4], "big")
        yield output[at + 4 : end]
        at = end
