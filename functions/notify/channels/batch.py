"""Sends many messages to one provider, with as many concurrent requests as its limits allow."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from functions.notify.channels.ports import Mail, Outcome, Push, Record
from functions.notify.channels.recorder import send_each
from shared.outbound.host import Host
from shared.outbound.messages import OutboundRequest, OutboundResponse, RequestFailed
from shared.outbound.run import Run

T = TypeVar("T", Push, Mail)

JSON = {"Content-Type": "application/json"}


async def send_all(
    host: Host,
    messages: Sequence[T],
    record: Record,
    request_of: Callable[[T], OutboundRequest],
    outcome_of: Callable[[OutboundResponse], Outcome],
) -> list[Outcome]:
    """One outcome for each message, in their order. `outcome_of` reads the response to the only or last attempt."""
    async with Run(host) as run:

        async def send(message: T) -> Outcome:
            request = replace(request_of(message), before_body=partial(record.hand_over, message))
            try:
                return _outcome(await run.send(request), outcome_of)
            except RequestFailed as error:
                return Outcome("unknown" if error.unknown else "later", error.reason)

        return await send_each(messages, record, send, host.limits.concurrency)


def _outcome(response: OutboundResponse, outcome_of: Callable[[OutboundResponse], Outcome]) -> Outcome:
    outcome = outcome_of(response)
    # Where the last attempt is refused, an earlier one may still have been carried out.
    return Outcome("unknown", outcome.reason) if response.in_doubt and outcome.state != "sent" else outcome
