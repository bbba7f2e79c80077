"""Sends several messages concurrently, and records the outcome of each. It imports nothing that only providers need."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from functions.notify.channels.ports import LeaseExpired, Mail, Outcome, Push, Record
from functions.notify.concurrency import finish_all

T = TypeVar("T", Push, Mail)


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
            except LeaseExpired:
                outcomes[number] = Outcome("later", "lease_expired")
            await record.settle(message, outcomes[number])

    await finish_all(*(work(remaining) for _ in messages[:concurrency]))
    return [outcomes[number] for number in range(len(messages))]
