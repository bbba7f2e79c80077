"""How providers are told: many things at once, within a deadline, and never twice what may have arrived."""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import httpx

from functions.notify.channels.ports import Outcome
from shared.retrying import retry_after

T = TypeVar("T")

BUSY = {429, 500, 503}  # nothing was done, as providers document it
CONFLICT, SERVER_ERRORS = 409, 500
HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "Mend/1"}
MOST_BYTES = 64 * 1024  # of an answer


@dataclass(frozen=True)
class Patience:
    at_once: int
    seconds: float = 30  # for everything that is told in one call
    request_seconds: float = 10
    tries: int = 5
    first_pause: float = 0.5  # doubles with every try


class Post(NamedTuple):
    body: bytes
    headers: Mapping[str, str]


class Answer(NamedTuple):
    status: int
    headers: httpx.Headers
    body: bytes


class Tried(NamedTuple):
    outcome: Outcome
    may_repeat: bool = False
    wait: float | None = None  # as long as the provider says


class Provider:
    def __init__(
        self, url: str, judge: Callable[[Answer], Outcome], patience: Patience, *, knows_repeats: bool = False
    ) -> None:
        """`judge` is asked of an answer that is final.

        A provider that knows repeats does so by a key in the headers: what may have arrived can be sent again.
        """
        self._url = httpx.URL(url)
        self._judge = judge
        self._patience = patience
        self._knows_repeats = knows_repeats
        self._room = asyncio.Semaphore(patience.at_once)  # for all that tell it something at a time
        self._tls = httpx.create_ssl_context()

    async def tell(self, messages: Sequence[T], write: Callable[[T], Post]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        left = enumerate(map(write, messages))
        ends = _now() + self._patience.seconds
        async with asyncio.TaskGroup() as group:
            for _ in messages[: self._patience.at_once]:
                group.create_task(self._work(left, outcomes, ends))
        return [outcomes[n] for n in range(len(messages))]

    async def _work(self, left: Iterator[tuple[int, Post]], outcomes: dict[int, Outcome], ends: float) -> None:
        """On a connection of its own: one pool of 64 spends 7 ms of every request on looking through them."""
        async with httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False) as line:
            for n, post in left:
                outcomes[n] = await self._deliver(line, post, ends)

    async def _deliver(self, line: httpx.AsyncHTTPTransport, post: Post, ends: float) -> Outcome:
        in_doubt = False
        tried = Tried(Outcome("later", "out of time"))
        for number in range(self._patience.tries):
            wait = pause(self._patience.first_pause, number, tried.wait)
            if _now() + wait >= ends:
                break
            await asyncio.sleep(wait)
            async with self._room:
                tried = await self._try(line, post, ends)
            in_doubt |= tried.outcome.state == "unknown"
            if not tried.may_repeat:
                break
        state, why = tried.outcome
        return Outcome("unknown", why) if in_doubt and state != "sent" else tried.outcome

    async def _try(self, line: httpx.AsyncHTTPTransport, post: Post, ends: float) -> Tried:
        handed_over = False

        async def trace(step: str, _: object) -> None:
            nonlocal handed_over
            handed_over |= step.endswith("send_request_body.started")

        headers = {**HEADERS, **post.headers}
        request = httpx.Request("POST", self._url, headers=headers, content=post.body, extensions={"trace": trace})
        until = min(ends, _now() + self._patience.request_seconds)
        try:
            async with asyncio.timeout_at(until):
                response = await line.handle_async_request(request)
        except (httpx.TransportError, TimeoutError) as error:
            outcome = Outcome("unknown" if handed_over else "later", type(error).__name__)
            return Tried(outcome, may_repeat=self._knows_repeats or not handed_over)
        return self._understand(Answer(response.status_code, response.headers, await _body(response, until)))

    def _understand(self, answer: Answer) -> Tried:
        why = f"status {answer.status}"
        if answer.status in BUSY:
            return Tried(Outcome("later", why), may_repeat=True, wait=retry_after(answer.headers.get("retry-after")))
        # What stands behind a gateway may have taken the message; a conflict is with the same one, sent before.
        if answer.status > SERVER_ERRORS or answer.status == CONFLICT:
            return Tried(Outcome("unknown", why), may_repeat=self._knows_repeats)
        return Tried(self._judge(answer))


async def _body(response: httpx.Response, until: float) -> bytes:
    """As much of it as comes: the status has told already whether the message was taken."""
    body = bytearray()
    with suppress(httpx.TransportError, TimeoutError):
        async with asyncio.timeout_at(until):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    break
    await response.aclose()
    return bytes(body)


def pause(first: float, number: int, wait: float | None) -> float:
    """Nothing before the first try; then at least what was asked for, and never as long as everybody else's."""
    if not number:
        return 0
    chance = random.uniform(0.5, 1)  # noqa: S311 - keeps no secret
    return wait + first * chance if wait is not None else first * 2 ** (number - 1) * chance


def _now() -> float:
    return asyncio.get_running_loop().time()
