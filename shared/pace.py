"""Paces long work of one person, so that it does not take all processor time of its process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def half_speed() -> AsyncIterator[None]:
    """Wait at the end for as long as the work inside took: others have half of the processor."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    yield
    await asyncio.sleep(loop.time() - began)
