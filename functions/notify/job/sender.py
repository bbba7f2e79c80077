"""Sends the notifications that are due.

Each batch takes three steps: one transaction decides and leases its notifications, then their messages are sent, then a
second transaction stores the outcomes. A crash between the transactions leaves `sending` rows, which are not sent
again: a message leaves at most once.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from functions.notify import texts
from functions.notify.channels import selection
from functions.notify.channels.ports import Outcome
from functions.notify.job import queries
from functions.notify.messages import Message, bundle, decision_row, mail, outcome_rows, pushes, text_data
from functions.notify.rules.decisions import Decision, DueNotification, Recipient, decide
from shared import logs
from shared.db import Database
from shared.events import emit
from shared.events.types import inbox_changed
from shared.services import Services

BATCH = 100  # notifications of a transaction, beside others of the same people; a crash leaves them `unknown`
SENDERS = 4
LEASE = timedelta(minutes=5)  # longer than any provider takes: a channel answers within 30 seconds
SECONDS = 240.0  # of one run; the next tick continues

OutcomesByLead: TypeAlias = Mapping[UUID, Sequence[Outcome]]  # of each message, by the id of its lead


async def send_due(parts: Services, now: datetime) -> None:
    """Send until nothing is due or the time of this run is over."""
    async with parts.database.service() as conn:
        queries.expire_leases(conn)
    ends = time.monotonic() + SECONDS
    counts = await asyncio.gather(*(_send_batches(parts, now, ends) for _ in range(SENDERS)))
    logs.event("messages_sent", count=sum(counts))


async def _send_batches(parts: Services, now: datetime, ends: float) -> int:
    count = 0
    while time.monotonic() < ends:
        messages = await parts.database.retry(lambda: _lease_batch(parts.database, now))
        if messages is None:
            break
        if messages:
            await _send(parts, messages, now)
        count += len(messages)
    return count


async def _lease_batch(database: Database, now: datetime) -> list[Message] | None:
    """Decide about the next due notifications. Returns the messages to send, or None if nothing is due.

    The lease begins when this commits. A crash before that has changed nothing.
    """
    async with database.service() as conn:
        due = await queries.lock_due(conn, now, BATCH)
        if due is None:
            return None
        decided = [(recipient, _decisions(notifications, recipient, now)) for recipient, notifications in due]
        rows = [decision_row(decision, recipient, now) for recipient, decisions in decided for decision in decisions]
        queries.store_decisions(conn, rows, LEASE)
        emit(conn, [inbox_changed(person, now) for person in {row["user_id"] for row in rows if row.get("sent_at")}])
    return [message for recipient, decisions in decided for message in bundle(recipient, decisions)]


def _decisions(notifications: Sequence[DueNotification], recipient: Recipient, now: datetime) -> list[Decision]:
    without_text = [n for n in notifications if not texts.accepts(n.kind, text_data(n, recipient))]
    dropped = [Decision(notification, "dropped", "no_text") for notification in without_text]
    return dropped + decide([n for n in notifications if n not in without_text], recipient, now)


async def _send(parts: Services, messages: Sequence[Message], now: datetime) -> None:
    push_outcomes, mail_outcomes = await asyncio.gather(
        _send_pushes(parts, [message for message in messages if message.channel == "push"]),
        _send_mails(parts, [message for message in messages if message.channel == "email"], now),
    )
    outcomes = {**push_outcomes, **mail_outcomes}
    rows = [row for message in messages for row in outcome_rows(message, outcomes[message.lead.id], now)]
    gone = _gone_tokens(messages, push_outcomes)

    async def store() -> None:
        async with parts.database.service() as conn:
            queries.store_outcomes(conn, rows, gone)

    await parts.database.retry(store)


async def _send_pushes(parts: Services, messages: Sequence[Message]) -> OutcomesByLead:
    leads_and_pushes = [(message.lead.id, push) for message in messages for push in pushes(message)]
    by_lead: dict[UUID, list[Outcome]] = {message.lead.id: [] for message in messages}
    if leads_and_pushes:
        outcomes = await selection.push(parts).send([push for _, push in leads_and_pushes])
        for (lead, _), outcome in zip(leads_and_pushes, outcomes, strict=True):
            by_lead[lead].append(outcome)
    return by_lead


async def _send_mails(parts: Services, messages: Sequence[Message], now: datetime) -> OutcomesByLead:
    if not messages:
        return {}
    outcomes = await selection.mail(parts).send([mail(message, parts.settings, now) for message in messages])
    return {message.lead.id: [outcome] for message, outcome in zip(messages, outcomes, strict=True)}


def _gone_tokens(messages: Sequence[Message], outcomes: OutcomesByLead) -> list[str]:
    """The tokens of devices that no longer have the app."""
    return [
        token
        for message in messages
        for token, outcome in zip(message.recipient.devices, outcomes.get(message.lead.id, ()), strict=False)
        if outcome.state == "gone"
    ]
