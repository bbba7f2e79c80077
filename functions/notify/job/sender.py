"""Sends the notifications that are due.

One transaction decides about a batch and leases what is to be sent. Each message is recorded twice: right before its
provider gets it, and once its outcome is known. After a crash, what was leased only is sent by the next tick. What a
provider may have got is not sent again: a message leaves at most once.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.notify import texts
from functions.notify.channels.ports import MailChannel, PushChannel
from functions.notify.concurrency import finish_all
from functions.notify.job import queries
from functions.notify.job.deliveries import LEASE, Deliveries
from functions.notify.messages import Message, bundle, decision_row, mail, pushes, text_data
from functions.notify.rules.decisions import Decision, DueNotification, Recipient, decide
from shared import logs
from shared.events import emit
from shared.events.types import inbox_changed
from shared.services import Services

BATCH = 100  # notifications of a transaction, beside others of the same people
SENDERS = 12  # a batch ends with its slowest message, which may wait for a provider's Retry-After
SECONDS = 240.0  # of one run. Its leases end before the next tick, which continues


@dataclass(frozen=True)
class Sender:
    parts: Services
    push: PushChannel
    mail: MailChannel

    async def send_due(self, now: datetime) -> None:
        """Send until nothing is due or the time of this run is over."""
        async with self.parts.database.service() as conn:
            unknown = await queries.expire_leases(conn)
        for _ in range(unknown):
            logs.warn("message_unknown", reason="lease_expired")
        deliveries, ends = Deliveries(self.parts.database, now), time.monotonic() + SECONDS
        counts = await finish_all(*(self._send_batches(deliveries, now, ends) for _ in range(SENDERS)))
        logs.event("messages_sent", count=sum(counts))

    async def _send_batches(self, deliveries: Deliveries, now: datetime, ends: float) -> int:
        """Decide about a batch and send it, until none is left. Other connections record what became of messages."""
        count = 0
        while time.monotonic() < ends:
            async with self.parts.database.unhurried:
                messages = await self.parts.database.retry(lambda: self._lease_batch(now))
            if messages is None:
                break
            await self._send(messages, deliveries, now)
            count += len(messages)
        return count

    async def _lease_batch(self, now: datetime) -> list[Message] | None:
        """Decide about the next due notifications. Returns the messages to send, or None if nothing is due.

        The lease begins when this commits. A crash before that has changed nothing.
        """
        async with self.parts.database.service() as conn:
            due = await queries.lock_due(conn, now, BATCH)
            if due is None:
                return None
            decided = [(recipient, _decisions(notifications, recipient, now)) for recipient, notifications in due]
            rows = [
                decision_row(decision, recipient, now) for recipient, decisions in decided for decision in decisions
            ]
            queries.store_decisions(conn, rows, LEASE)
            people = {row["user_id"] for row in rows if row.get("sent_at")}
            emit(conn, [inbox_changed(person, now) for person in people])
        return [message for recipient, decisions in decided for message in bundle(recipient, decisions)]

    async def _send(self, messages: Sequence[Message], deliveries: Deliveries, now: datetime) -> None:
        all_pushes = [push for message in messages if message.channel == "push" for push in pushes(message)]
        mails = [mail(message, self.parts.settings, now) for message in messages if message.channel == "email"]
        deliveries.expect(messages)
        await finish_all(self.push.send(all_pushes, deliveries), self.mail.send(mails, deliveries))


def _decisions(notifications: Sequence[DueNotification], recipient: Recipient, now: datetime) -> list[Decision]:
    without_text = [n for n in notifications if not texts.accepts(n.kind, text_data(n, recipient))]
    dropped = [Decision(notification, "dropped", "no_text") for notification in without_text]
    return dropped + decide([n for n in notifications if n not in without_text], recipient, now)
