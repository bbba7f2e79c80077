"""How providers are asked: within a deadline and a number of requests, trying again politely, believing nothing."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Self, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from functions.content.errors import BadAnswer, SourceDown
from shared.retrying import retry_after

PASSING = {408, 425, 429, 500, 502, 503, 504}
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # what is not packed cannot swell beyond the limit when unpacked
    "User-Agent": "Mend/1 (content import)",
}


class Answer(BaseModel):
    """Only what we use of an answer, and only of the type that is documented."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)


Name = Annotated[str, Field(pattern=r"\S")]  # what is missing may be there as an empty one

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Limits:
    """Of one run against one provider; repeated requests count as well."""

    requests: int
    seconds: float = 120
    request_seconds: float = 10
    tries: int = 3
    first_pause: float = 0.5  # doubles with every try, and is cut short at random
    most_bytes: int = 2 * 1024 * 1024


class Fetching:
    """A provider's API for the length of a run. Addresses are ours: no answer is followed anywhere."""

    def __init__(
        self,
        base_url: str,
        limits: Limits,
        headers: Mapping[str, str] | None = None,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, headers={**HEADERS, **(headers or {})}, timeout=limits.request_seconds
        )
        self._limits = limits
        self._pause = pause
        self._left = limits.requests
        self._ends = asyncio.get_running_loop().time() + limits.seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, kind: type[A], path: str, **params: str | int) -> A:
        return await self.ask(kind, "GET", path, params=params)

    async def ask(self, kind: type[A], method: str, path: str, **sent: Any) -> A:  # noqa: ANN401 - as httpx takes it
        body = await self._body(method, path, sent)
        try:
            return kind.model_validate_json(body)
        except ValidationError as error:
            raise BadAnswer(fault(error)) from None

    async def _body(self, method: str, path: str, sent: Mapping[str, Any]) -> bytes:
        for tried in range(1, self._limits.tries + 1):
            wait = None
            try:
                status, headers, body = await self._try(method, path, sent)
            except (httpx.TransportError, TimeoutError) as error:
                reason = type(error).__name__
            else:
                if status == HTTPStatus.OK:
                    return body
                reason = f"status {status}"
                if status == HTTPStatus.UNAUTHORIZED:
                    raise SourceDown(reason)
                if status not in PASSING:
                    raise BadAnswer(reason)
                wait = retry_after(headers.get("retry-after"))
            if tried < self._limits.tries:
                await self._rest(wait, tried, reason)
        if reason == f"status {HTTPStatus.TOO_MANY_REQUESTS}":
            raise SourceDown(reason)
        raise BadAnswer(reason)

    async def _try(self, method: str, path: str, sent: Mapping[str, Any]) -> tuple[int, httpx.Headers, bytes]:
        remaining = self._ends - asyncio.get_running_loop().time()
        if self._left <= 0 or remaining <= 0:
            raise SourceDown("the requests of a run are spent" if remaining > 0 else "the time of a run is over")
        self._left -= 1
        async with (
            asyncio.timeout(min(self._limits.request_seconds, remaining)),
            self._client.stream(method, path, **sent) as response,
        ):
            return response.status_code, response.headers, await self._read(response)

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._limits.most_bytes:
                raise BadAnswer("too large")
        return bytes(body)

    async def _rest(self, wait: float | None, tried: int, reason: str) -> None:
        """As long as the provider says; if it does not, a while that differs each time."""
        if wait is None:
            wait = self._limits.first_pause * 2 ** (tried - 1) * random.uniform(0.5, 1)  # noqa: S311 - keeps no secret
        if asyncio.get_running_loop().time() + wait >= self._ends:
            raise SourceDown(f"{reason}, to be tried again after the run")
        await self._pause(wait)


async def paged(ask: Callable[[int], Awaitable[list[JsonValue]]], page: int, most: int) -> AsyncIterator[JsonValue]:
    """What page after page holds, counted by us: a provider's own counts and links to the next one are not followed."""
    before: list[JsonValue] = []
    for start in range(0, most, page):
        items = await ask(start)
        if items == before:  # nothing, or the same page again
            return
        for item in items:
            yield item
        before = items


def fault(error: ValidationError) -> str:
    """Where an answer is wrong and how, without what it says."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['type']}".removeprefix(": ")
