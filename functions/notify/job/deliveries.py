"""Records when a provider gets each message, and what became of it. Messages in flight at once share transactions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.notify.channels.ports import LeaseExpired, Mail, Outcome, Push
from functions.notify.concurrency import Grouped
from functions.notify.job import queries
from functions.notify.messages import Message, lease_rows, outcome_rows
from shared import logs
from shared.db import Database

LEASE = timedelta(seconds=50)  # longer than any provider takes: a channel answers within 30 seconds
HAND_OVERS = 8  # of a transaction. After a crash before their bodies are sent, they are `unknown` and lost


@dataclass
class Delivery:
    """A message whose outcomes are not all known yet."""

    message: Message
    outcomes: list[Outcome] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # tokens of devices that no longer have the app

    @property
    def is_complete(self) -> bool:
        """Whether there is an outcome for each device. A mail has one outcome."""
        return len(self.outcomes) == (len(self.message.recipient.devices) if self.message.channel == "push" else 1)


class Deliveries:
    """The record of all messages of a run."""

    def __init__(self, database: Database, now: datetime) -> None:
        self._database = database
        self._now = now
        self._pending: dict[str, Delivery] = {}  # by the key of their pushes or mail
        self._hand_over = Grouped(self._store_hand_overs, HAND_OVERS)
        self._settle = Grouped(self._store_outcomes)

    def expect(self, messages: Iterable[Message]) -> None:
        """Begin the record of leased messages."""
        self._pending |= {str(message.lead.id): Delivery(message) for message in messages}

    async def hand_over(self, message: Push | Mail, /) -> None:
        delivery = self._pending.get(message.key)  # none if another sender of this run has leased and sent it since
        if not delivery or not await self._hand_over(delivery.message):
            raise LeaseExpired

    async def settle(self, message: Push | Mail, outcome: Outcome, /) -> None:
        delivery = self._pending.get(message.key)
        if delivery is None:  # its outcome is the one of the sender that has it now
            return
        if outcome.state == "unknown":
            logs.warn("message_unknown", reason=outcome.reason)
        delivery.outcomes.append(outcome)
        if outcome.state == "gone" and isinstance(message, Push):
            delivery.gone.append(message.token)
        if delivery.is_complete:
            del self._pending[message.key]
            await self._settle(delivery)

    async def _store_hand_overs(self, messages: Sequence[Message]) -> list[bool]:
        """Whether the lease of each message still holds, so that it may be sent."""
        rows = [row for message in messages for row in lease_rows(message)]

        async def store() -> list[bool]:
            async with self._database.service() as conn:
                result = queries.queue_hand_over(conn, rows, LEASE)
            leased = {id_ for (id_,) in result.rows}
            return [message.lead.id in leased for message in messages]

        return await self._database.retry(store)

    async def _store_outcomes(self, deliveries: Sequence[Delivery]) -> list[None]:
        rows = [row for each in deliveries for row in outcome_rows(each.message, each.outcomes, self._now)]
        gone = [token for each in deliveries for token in each.gone]

        async def store() -> None:
            async with self._database.service() as conn:
                queries.store_outcomes(conn, rows, gone)

        await self._database.retry(store)
        return [None] * len(deliveries)
