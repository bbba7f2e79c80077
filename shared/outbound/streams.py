"""Streamed responses of other hosts, such as server-sent events."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from shared.outbound.messages import RequestFailed, StreamLimits


class ResponseStream:
    """Can be read once. Raises `RequestFailed` if it is cut off, stalls, takes too long or is too large."""

    def __init__(self, response: httpx.Response, limits: StreamLimits) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self._chunks = response.aiter_raw()  # not decompressed, because it could exceed the limit
        self._limits = limits
        self._deadline = asyncio.get_running_loop().time() + limits.seconds

    async def chunks(self) -> AsyncIterator[bytes]:
        left = self._limits.response_bytes
        while (chunk := await self._next()) is not None:
            left -= len(chunk)
            if left < 0:
                raise RequestFailed("too large", unknown=True)
            yield chunk

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines without their ends. The last one may have had no end."""
        parts: list[bytes] = []
        async for chunk in self.chunks():
            first, *others = chunk.split(b"\n")
            parts.append(first)
            for other in others:
                yield b"".join(parts).removesuffix(b"\r")
                parts = [other]
        if rest := b"".join(parts):
            yield rest

    async def _next(self) -> bytes | None:
        idle_deadline = asyncio.get_running_loop().time() + self._limits.idle_seconds
        try:
            async with asyncio.timeout_at(min(self._deadline, idle_deadline)):
                return await anext(self._chunks, None)
        except (httpx.TransportError, TimeoutError) as error:
            raise RequestFailed(type(error).__name__, unknown=True) from None
