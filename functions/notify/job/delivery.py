"""What is due is judged, marked as begun, sent, and settled: in this order, so that nobody is told twice."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from functions.notify import channels, texts
from functions.notify.channels.ports import Outcome
from functions.notify.job import queries
from functions.notify.messages import Message, decided, mail, messages, pushes, said_of, settled
from functions.notify.rules.decisions import Decision, Intent, Person, judge
from shared import logs
from shared.db import Database
from shared.events import emit
from shared.events.types import inbox_changed
from shared.services import Services

ROWS = 100  # at a time: of so many nobody knows what became of them when their sender dies
SENDERS = 4
LEASE = timedelta(minutes=5)  # a provider is waited for no longer than 30 seconds
SECONDS = 240.0  # then the next tick goes on

Outcomes: TypeAlias = Mapping[UUID, Sequence[Outcome]]  # of each message, by its lead


async def tell_due(parts: Services, now: datetime) -> None:
    """Until nothing is due, or it is time for the next tick."""
    async with parts.database.service() as conn:
        queries.give_up(conn)
    ends = time.monotonic() + SECONDS
    told = await asyncio.gather(*(_keep_telling(parts, now, ends) for _ in range(SENDERS)))
    logs.event("notifications_told", count=sum(told))


async def _keep_telling(parts: Services, now: datetime, ends: float) -> int:
    told = 0
    while time.monotonic() < ends:
        begun = await parts.database.retry(lambda: _begin(parts.database, now))
        if begun is None:
            break
        if begun:
            await _finish(parts, begun, now)
        told += len(begun)
    return told


async def _begin(database: Database, now: datetime) -> list[Message] | None:
    """Once this commits, what it answers is leased. A sender that dies before that has decided nothing."""
    async with database.service() as conn:
        people = await queries.due(conn, now, ROWS)
        if people is None:
            return None
        judged = [(person, _judged(intents, person, now)) for person, intents in people]
        rows = [decided(decision, person, now) for person, decisions in judged for decision in decisions]
        queries.decide(conn, rows, LEASE)
        emit(conn, [inbox_changed(person, now) for person in {row["user_id"] for row in rows if row.get("told_at")}])
    return [message for person, decisions in judged for message in messages(person, decisions)]


def _judged(intents: Sequence[Intent], person: Person, now: datetime) -> list[Decision]:
    wordless = [intent for intent in intents if not texts.accepts(intent.kind, said_of(intent, person))]
    dropped = [Decision(intent, "dropped", "wordless") for intent in wordless]
    return dropped + judge([intent for intent in intents if intent not in wordless], person, now)


async def _finish(parts: Services, begun: Sequence[Message], now: datetime) -> None:
    pushed, mailed = await asyncio.gather(
        _push(parts, [message for message in begun if message.channel == "push"]),
        _mail(parts, [message for message in begun if message.channel == "email"], now),
    )
    outcomes = {**pushed, **mailed}
    results = [row for message in begun for row in settled(message, outcomes[message.lead.id], now)]
    gone = _gone(begun, pushed)

    async def settle() -> None:
        async with parts.database.service() as conn:
            queries.settle(conn, results, gone)

    await parts.database.retry(settle)


async def _push(parts: Services, begun: Sequence[Message]) -> Outcomes:
    made = [(message.lead.id, push) for message in begun for push in pushes(message)]
    outcomes: dict[UUID, list[Outcome]] = {message.lead.id: [] for message in begun}
    if made:
        sent = await channels.push(parts).send([push for _, push in made])
        for (lead, _), outcome in zip(made, sent, strict=True):
            outcomes[lead].append(outcome)
    return outcomes


async def _mail(parts: Services, begun: Sequence[Message], now: datetime) -> Outcomes:
    if not begun:
        return {}
    sent = await channels.mail(parts).send([mail(message, parts.settings, now) for message in begun])
    return {message.lead.id: [outcome] for message, outcome in zip(begun, sent, strict=True)}


def _gone(begun: Sequence[Message], outcomes: Outcomes) -> list[str]:
    """The tokens of devices that no longer have the app."""
    return [
        token
        for message in begun
        for token, outcome in zip(message.person.devices, outcomes.get(message.lead.id, ()), strict=False)
        if outcome.state == "gone"
    ]
