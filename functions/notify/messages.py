"""What goes out: intents that fell together as one message, in words, and what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import JsonValue

from functions.notify import texts, unsubscribe_links
from functions.notify.channels.ports import Mail, Outcome, Push
from functions.notify.kinds import INBOX, KINDS
from functions.notify.rules.decisions import Decision, Intent, Person, days_checked_in, useful_until
from shared.clock import local_day
from shared.settings import Settings

MOST_TRIES = 5
FIRST_PAUSE = timedelta(minutes=5)  # each is twice as long as the one before
WORST_LAST = ("sent", "unknown", "later", "failed", "gone")  # of several devices the best outcome tells


class Message(NamedTuple):
    """What is sent at once to one person on one channel."""

    person: Person
    intents: Sequence[Intent]

    @property
    def lead(self) -> Intent:
        return self.intents[0]

    @property
    def channel(self) -> str:
        return KINDS[self.lead.kind].outward


def said_of(intent: Intent, person: Person) -> Mapping[str, JsonValue]:
    """What its wording needs; of a week, what is known only when it is over."""
    if intent.kind == "weekly_summary":
        return {**intent.data, "days": days_checked_in(intent, person)}
    return intent.data


def messages(person: Person, decisions: Iterable[Decision]) -> list[Message]:
    groups: dict[object, list[Intent]] = {}
    for decision in decisions:
        if decision.state == "sending":
            groups.setdefault(decision.told_with or decision.intent.id, []).append(decision.intent)
    return [Message(person, intents) for intents in groups.values()]


def decided(decision: Decision, person: Person, now: datetime) -> dict[str, Any]:
    """A decision as it is recorded. What is told stands in the inbox from then on, if the person has one."""
    intent = decision.intent
    row = {"user_id": person.id, "id": intent.id, "channels": {}, **decision._asdict()}
    del row["intent"]
    if decision.state not in {"sending", "sent"}:
        return row
    row |= texts.push(intent.kind, person.locale, said_of(intent, person))._asdict()
    row["told_on"] = local_day(now, person.tz, person.day_starts_at)
    if "in_app" in person.wishes.channels:
        row |= {"told_at": now, "channels": {"in_app": "sent"}}
    return row


def pushes(message: Message) -> list[Push]:
    person, lead = message.person, message.lead
    if len({intent.kind for intent in message.intents}) > 1:
        told, link = texts.push("bundle", person.locale, {"count": len(message.intents)}), INBOX
    else:  # to be asked twice at once is to be asked
        told, link = texts.push(lead.kind, person.locale, said_of(lead, person)), KINDS[lead.kind].link
    until = max(useful_until(intent, person) for intent in message.intents)
    return [Push(token, str(lead.id), told.title, told.body, link, until) for token in person.devices]


def mail(message: Message, settings: Settings, now: datetime) -> Mail:
    person, lead = message.person, message.lead
    ends = now + unsubscribe_links.LIFETIME
    link = None if lead.kind == "account" else unsubscribe_links.link(settings, person.id, lead.kind, ends)
    told = texts.mail(lead.kind, person.locale, said_of(lead, person), link)
    return Mail(person.email or "", str(lead.id), told.subject, told.text, told.html, link)


def settled(message: Message, outcomes: Sequence[Outcome], now: datetime) -> list[dict[str, Any]]:
    """What is recorded of all that was in a message. That nothing was sent of it is no reason to give up at once."""
    best = min(outcomes, key=lambda outcome: WORST_LAST.index(outcome.state))
    row: dict[str, Any] = {
        "user_id": message.person.id,
        "state": "failed" if best.state in {"later", "gone"} else best.state,
        "why": best.why or (None if best.state == "sent" else best.state),
        "channels": {message.channel: best.state},
    }
    if best.state == "later" and message.lead.tries + 1 < MOST_TRIES:
        row |= {"state": "planned", "due_at": now + FIRST_PAUSE * 2**message.lead.tries}
    return [{**row, "id": intent.id} for intent in message.intents]
