"""Sends many messages to one provider, with as many concurrent requests as its limits allow."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from functions.notify.channels.ports import Mail, Outcome, Push, Record
from functions.notify.concurrency import finish_all
from shared.outbound.messages import OutboundRequest, OutboundResponse, RequestFailed

if TYPE_CHECKING:
    from shared.outbound.host import Host

T = TypeVar("T", Push, Mail)

JSON = {"Content-Type": "application/json"}


async def send_all(
    host: "Host",
    messages: Sequence[T],
    record: Record,
    request_of: Callable[[T], OutboundRequest],
    outcome_of: Callable[[OutboundResponse], Outcome],
) -> list[Outcome]:
    """One outcome for each message, in their order. `outcome_of` reads the response to the only or last attempt."""
    from shared.outbound.run import Run  # imports httpx, which the local channels do not need

    async with Run(host) as run:

        async def send(message: T) -> Outcome:
            request = replace(request_of(message), before_body=partial(record.hand_over, message))
            return _outcome(await run.send(request), outcome_of)

        return await send_each(messages, record, send, host.limits.concurrency)


async def send_each(
    messages: Sequence[T], record: Record, send: Callable[[T], Awaitable[Outcome]], concurrency: int
) -> list[Outcome]:
    """The outcome of `send` for each message, in their order. Each is recorded as soon as it is known."""
    outcomes: dict[int, Outcome] = {}
    remaining = enumerate(messages)

    async def work(remaining: Iterator[tuple[int, T]]) -> None:
        for number, message in remaining:
            try:
                outcomes[number] = await send(message)
            except RequestFailed as error:
                outcomes[number] = Outcome("unknown" if error.unknown else "later", error.reason)
            await record.settle(message, outcomes[number])

    await finish_all(*(work(remaining) for _ in messages[:concurrency]))
    return [outcomes[number] for number in range(len(messages))]


def _outcome(response: OutboundResponse, outcome_of: Callable[[OutboundResponse], Outcome]) -> Outcome:
    outcome = outcome_of(response)
    # Where the last attempt is refused, an earlier one may still have been carried out.
    return Outcome("unknown", outcome.reason) if response.in_doubt and outcome.state != "sent" else outcome
