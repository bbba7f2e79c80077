"""Messages: what leaves on one channel for one or several notifications, and the rows that record it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import JsonValue

from functions.notify import texts, unsubscribe_links
from functions.notify.channels.ports import Mail, Outcome, Push
from functions.notify.kinds import INBOX, KINDS
from functions.notify.rules.decisions import Decision, DueNotification, Recipient, days_checked_in, expiry
from shared.clock import local_day
from shared.settings import Settings

MAX_ATTEMPTS = 5
FIRST_PAUSE = timedelta(minutes=5)  # each pause is twice as long as the one before
BEST_FIRST = ("sent", "unknown", "later", "failed", "gone")  # the best outcome among a person's devices counts


class Message(NamedTuple):
    """The notifications that are sent to one person at once on one channel."""

    recipient: Recipient
    notifications: Sequence[DueNotification]

    @property
    def lead(self) -> DueNotification:
        return self.notifications[0]

    @property
    def channel(self) -> str:
        return KINDS[self.lead.kind].channel


def text_data(notification: DueNotification, recipient: Recipient) -> Mapping[str, JsonValue]:
    """The values for the variables in the texts. Those of a weekly summary are computed when it is sent."""
    if notification.kind == "weekly_summary":
        return {**notification.data, "days": days_checked_in(notification, recipient)}
    return notification.data


def bundle(recipient: Recipient, decisions: Iterable[Decision]) -> list[Message]:
    """The messages for all notifications that are decided to be sent."""
    groups: dict[object, list[DueNotification]] = {}
    for decision in decisions:
        if decision.state == "leased":
            lead = decision.bundled_with or decision.notification.id
            groups.setdefault(lead, []).append(decision.notification)
    return [Message(recipient, notifications) for notifications in groups.values()]


def decision_row(decision: Decision, recipient: Recipient, now: datetime) -> dict[str, Any]:
    """The columns that a decision changes. A notification enters the inbox here, before its message is sent."""
    notification = decision.notification
    row = {"user_id": recipient.id, "id": notification.id, "channels": {}, **decision._asdict()}
    del row["notification"]
    if decision.state not in {"leased", "sent"}:
        return row
    row |= _push_text(notification, recipient)._asdict()
    row["sent_on"] = local_day(now, recipient.tz, recipient.day_starts_at)
    if "in_app" in recipient.preferences.channels:
        row |= {"sent_at": now, "channels": {"in_app": "sent"}}
    return row


def pushes(message: Message) -> list[Push]:
    """One push for each device. Notifications of one kind read like a single one of that kind."""
    recipient, lead = message.recipient, message.lead
    if len({notification.kind for notification in message.notifications}) > 1:
        text = texts.push("bundle", recipient.locale, {"count": len(message.notifications)})
        link = INBOX
    else:
        text = _push_text(lead, recipient)
        link = KINDS[lead.kind].link
    expires_at = max(expiry(notification, recipient) for notification in message.notifications)
    return [Push(token, str(lead.id), text.title, text.body, link, expires_at) for token in recipient.devices]


def _push_text(notification: DueNotification, recipient: Recipient) -> texts.PushText:
    """The variant changes from day to day."""
    data, variant = text_data(notification, recipient), notification.local_date.toordinal()
    return texts.push(notification.kind, recipient.locale, data, notification.slot, variant)


def mail(message: Message, settings: Settings, now: datetime) -> Mail:
    """News of another address go to the one before: whoever took over the account has changed it."""
    recipient, lead = message.recipient, message.lead
    former = recipient.former_email if lead.data.get("news") == "address_changed" else None
    expires_at = now + unsubscribe_links.LIFETIME
    link = None if lead.kind == "account" else unsubscribe_links.sign(settings, recipient.id, lead.kind, expires_at)
    text = texts.mail(lead.kind, recipient.locale, text_data(lead, recipient), link)
    return Mail(former or recipient.email or "", str(lead.id), text.subject, text.text, text.html, link)


def lease_rows(message: Message) -> list[dict[str, Any]]:
    """The keys of the notifications of a message, with the number of attempts since their lease."""
    person = message.recipient.id
    return [{"user_id": person, "id": each.id, "attempts": each.attempts + 1} for each in message.notifications]


def outcome_rows(message: Message, outcomes: Sequence[Outcome], now: datetime) -> list[dict[str, Any]]:
    """The columns that the outcomes change, for each notification of a message.

    After the outcome `later` the notifications are planned again, with growing pauses, up to `MAX_ATTEMPTS` times.
    """
    best = min(outcomes, key=lambda outcome: BEST_FIRST.index(outcome.state))
    row: dict[str, Any] = {
        "state": "failed" if best.state in {"later", "gone"} else best.state,
        "state_reason": best.reason or (None if best.state == "sent" else best.state),
        "channels": {message.channel: best.state},
    }
    if best.state == "later" and message.lead.attempts + 1 < MAX_ATTEMPTS:
        row |= {"state": "planned", "due_at": now + FIRST_PAUSE * 2**message.lead.attempts}
    return [row | lease for lease in lease_rows(message)]
