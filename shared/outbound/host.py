"""A host that this process calls: its address, limits, circuit breaker and connections."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import cache, lru_cache
from ssl import SSLContext
from urllib.parse import quote

import httpx

from shared import logs
from shared.outbound.breaker import Breaker, breakers
from shared.outbound.messages import Limits, OutboundRequest, RequestFailed
from shared.settings import LOOPBACK, settings

HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a compressed body could exceed the limit when decompressed
    "User-Agent": "Mend/1",
}


class ForbiddenCall(Exception):
    """OUTBOUND_HOSTS forbids this process to call another machine."""


class Host:
    """What all runs against a host share. `headers` are sent with every request."""

    def __init__(
        self,
        base_url: str,
        limits: Limits,
        headers: Mapping[str, str] | None = None,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        breaker: Breaker | None = None,
    ) -> None:
        url = httpx.URL(base_url)
        if url.scheme != "https" and url.host not in LOOPBACK:
            raise ValueError("Hosts other than this machine are called by https only.")
        self.name = url.host
        self.limits = limits
        self.pause = pause
        self.breaker = breaker or breakers[f"{url.scheme}://{url.netloc.decode()}"]
        self.slots = asyncio.Semaphore(limits.concurrency)
        self.runs = 0  # at this moment
        # Each concurrent request has a transport of its own, because a pool of 64 connections spends 7 ms per request
        # on searching them.
        self._idle: list[httpx.AsyncHTTPTransport] = []
        self._base_url = base_url
        self._headers = {**HEADERS, **(headers or {})}

    def connection(self, stack: AsyncExitStack) -> httpx.AsyncHTTPTransport:
        """A transport for one request until `stack` closes. It follows no redirects, stores no cookies and decompresses
        nothing. Raises `ForbiddenCall`.
        """
        if settings().outbound_hosts == "loopback" and self.name not in LOOPBACK:
            logs.warn("outbound_call_forbidden", host=self.name)
            raise ForbiddenCall
        connection = self._idle.pop() if self._idle else httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)
        stack.callback(self._idle.append, connection)
        return connection

    async def close_connections(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()

    def address(self, request: OutboundRequest, trace: Callable[[str, object], Awaitable[None]]) -> httpx.Request:
        parts = {name: _quoted(str(value)) for name, value in (request.parts or {}).items()}
        return httpx.Request(
            request.method,
            _url(self._base_url + request.route.format_map(parts)),
            params=request.params,
            headers={**self._headers, **(request.headers or {})},
            content=request.body or None,
            extensions={"trace": trace},
        )


def _quoted(part: str) -> str:
    """A segment of a path. Raises `RequestFailed` for segments that would change the path."""
    if part in {"", ".", ".."}:
        raise RequestFailed("invalid path")
    return quote(part, safe="")


@lru_cache(maxsize=64)
def _url(text: str) -> httpx.URL:
    """Cached, because parsing is a tenth of the cost of a request."""
    return httpx.URL(text)


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context(trust_env=False)
