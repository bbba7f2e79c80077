"""Long work leaves processor time to others."""

import asyncio

from shared.pace import half_speed


async def test_paced_work_waits_as_long_as_it_took() -> None:
    """The wait is at least as long as the work."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with half_speed():
        await asyncio.sleep(0.02)
        worked = loop.time() - began

    assert loop.time() - began >= 1.8 * worked  # timers may fire a millisecond early
