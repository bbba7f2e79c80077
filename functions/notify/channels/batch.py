"""Sends many messages to one provider, with as many concurrent requests as its limits allow."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from functions.notify.channels.ports import Outcome
from shared.outbound.host import Host
from shared.outbound.messages import OutboundRequest, OutboundResponse, RequestFailed
from shared.outbound.run import Run

T = TypeVar("T")

JSON = {"Content-Type": "application/json"}


async def send_all(
    host: Host,
    messages: Sequence[T],
    request_of: Callable[[T], OutboundRequest],
    outcome_of: Callable[[OutboundResponse], Outcome],
) -> list[Outcome]:
    """One outcome for each message, in their order. `outcome_of` reads the response to the only or last attempt."""
    outcomes: dict[int, Outcome] = {}
    remaining = enumerate(map(request_of, messages))

    async def work(run: Run, remaining: Iterator[tuple[int, OutboundRequest]]) -> None:
        for number, request in remaining:
            outcomes[number] = await _outcome(run, request, outcome_of)

    async with Run(host) as run, asyncio.TaskGroup() as group:
        for _ in messages[: host.limits.concurrency]:
            group.create_task(work(run, remaining))
    return [outcomes[number] for number in range(len(messages))]


async def _outcome(run: Run, request: OutboundRequest, outcome_of: Callable[[OutboundResponse], Outcome]) -> Outcome:
    try:
        response = await run.send(request)
    except RequestFailed as error:
        return Outcome("unknown" if error.unknown else "later", error.reason)
    outcome = outcome_of(response)
    # Where the last attempt is refused, an earlier one may still have been carried out.
    return Outcome("unknown", outcome.reason) if response.in_doubt and outcome.state != "sent" else outcome
