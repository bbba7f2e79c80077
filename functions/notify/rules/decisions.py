"""Decides whether a due notification is sent, held or dropped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from functions.notify.kinds import KINDS
from shared.clock import at_wall_time, day_bounds, local_day

DAY = timedelta(days=1)
GRACE = timedelta(minutes=15)  # the tick for a notification of the last minutes of a day comes after midnight

NotificationState: TypeAlias = Literal["planned", "held", "leased", "sent", "dropped"]


@dataclass(frozen=True, slots=True)
class DueNotification:
    id: UUID
    kind: str
    local_date: date
    local_time: time
    slot: str
    source_id: UUID | None
    data: Mapping[str, JsonValue]
    attempts: int
    is_open: bool  # not read yet; for a plan: its slot still has an activity to do


@dataclass(frozen=True, slots=True)
class DeliveryPreferences:
    channels: frozenset[str]
    kinds: frozenset[str]
    quiet_hours: tuple[time, time] | None
    max_per_day: int


@dataclass(frozen=True, slots=True)
class Recipient:
    id: UUID
    tz: ZoneInfo
    day_starts_at: time
    locale: str
    streaks_enabled: bool
    preferences: DeliveryPreferences
    silent_until: datetime | None
    consents: bool  # to messages
    checked_in: frozenset[date]
    sent_counts: Mapping[date, int]  # messages on each local day
    devices: tuple[str, ...]
    email: str | None
    former_email: str | None = None  # the address before that one

    def can_be_reached(self, kind: str) -> bool:
        """Whether the channel of this kind is on and has an address. Account mail ignores the preferences."""
        channel = KINDS[kind].channel
        is_on = kind == "account" or channel in self.preferences.channels
        return is_on and bool(self.devices if channel == "push" else self.email)


class Decision(NamedTuple):
    notification: DueNotification
    state: NotificationState
    state_reason: str | None = None
    due_at: datetime | None = None  # for planned and held: when to decide again
    bundled_with: UUID | None = None  # the notification that leads the message


def decide(notifications: Iterable[DueNotification], recipient: Recipient, now: datetime) -> list[Decision]:
    """A decision for each due notification of one person. Those for one channel leave as one message."""
    decisions = [_decide_alone(notification, recipient, now) for notification in notifications]
    sendable = [decision.notification for decision in decisions if decision.state == "leased"]
    groups: dict[object, list[DueNotification]] = {}
    for notification in sorted(sendable, key=lambda notification: KINDS[notification.kind].rank):
        is_account = notification.kind == "account"
        groups.setdefault(notification.id if is_account else KINDS[notification.kind].channel, []).append(notification)
    today = local_day(now, recipient.tz, recipient.day_starts_at)
    remaining = recipient.preferences.max_per_day - recipient.sent_counts.get(today, 0)
    bundled: list[Decision] = []
    for group in groups.values():
        bundled += _decide_bundle(group, recipient, remaining=remaining)
        remaining -= group[0].kind != "account"
    return [decision for decision in decisions if decision.state != "leased"] + bundled


def _decide_bundle(group: Sequence[DueNotification], recipient: Recipient, *, remaining: int) -> list[Decision]:
    lead, *others = group
    if remaining <= 0 and lead.kind != "account":
        return [Decision(notification, "dropped", "daily_limit") for notification in group]
    if recipient.can_be_reached(lead.kind):
        return [Decision(lead, "leased"), *(Decision(other, "leased", bundled_with=lead.id) for other in others)]
    if "in_app" in recipient.preferences.channels:
        return [Decision(lead, "sent"), *(Decision(other, "sent", bundled_with=lead.id) for other in others)]
    return [Decision(notification, "dropped", "unreachable") for notification in group]


def _decide_alone(notification: DueNotification, recipient: Recipient, now: datetime) -> Decision:
    planned_at = at_wall_time(notification.local_date, notification.local_time, recipient.tz)
    if planned_at > now:
        return Decision(notification, "planned", due_at=planned_at)
    expires_at = expiry(notification, recipient)
    if now >= max(expires_at, planned_at + GRACE):
        return Decision(notification, "dropped", "expired")
    if reason := _drop_reason(notification, recipient, now):
        return Decision(notification, "dropped", reason)
    quiet_until = _quiet_until(recipient, now) if notification.kind != "account" else None
    if quiet_until is None:
        return Decision(notification, "leased")
    if quiet_until < expires_at:
        return Decision(notification, "held", "quiet_hours", quiet_until)
    return Decision(notification, "dropped", "quiet_hours")


def expiry(notification: DueNotification, recipient: Recipient) -> datetime:
    """When the notification becomes useless: after the last local day, or the hours, for which its kind is valid."""
    kind = KINDS[notification.kind]
    last_day = _day_of(notification, recipient) + DAY * (kind.valid_days - 1)
    end = day_bounds(last_day, recipient.tz, recipient.day_starts_at)[1]
    if kind.valid_hours is None:
        return end
    planned_at = at_wall_time(notification.local_date, notification.local_time, recipient.tz)
    return min(end, planned_at + timedelta(hours=kind.valid_hours))


def days_checked_in(notification: DueNotification, recipient: Recipient) -> int:
    """The number of days with a check-in in the week that ended with the night before the weekly summary."""
    return len(recipient.checked_in & {notification.local_date - DAY * back for back in range(1, 8)})


def _drop_reason(notification: DueNotification, recipient: Recipient, now: datetime) -> str | None:
    kind = notification.kind
    if kind == "account":
        return None
    if reason := _silence_reason(recipient, now):
        return reason
    if kind not in recipient.preferences.kinds or (kind == "streak" and not recipient.streaks_enabled):
        return "switched_off"
    has_checked_in = kind == "check_in" and _day_of(notification, recipient) in recipient.checked_in
    if not notification.is_open or has_checked_in:
        return "done"
    if kind == "weekly_summary" and not days_checked_in(notification, recipient):
        return "no_entries"
    return None


def _silence_reason(recipient: Recipient, now: datetime) -> str | None:
    if not recipient.consents:
        return "no_consent"
    return "care_period" if recipient.silent_until and now < recipient.silent_until else None


def _day_of(notification: DueNotification, recipient: Recipient) -> date:
    planned_at = at_wall_time(notification.local_date, notification.local_time, recipient.tz)
    return local_day(planned_at, recipient.tz, recipient.day_starts_at)


def _quiet_until(recipient: Recipient, now: datetime) -> datetime | None:
    """The end of the quiet hours that contain `now`, if any.

    Compares instants, not local times: when the clock repeats the hour in which they end, they end the first time.
    """
    if recipient.preferences.quiet_hours is None:
        return None
    begins, ends = recipient.preferences.quiet_hours
    today = now.astimezone(recipient.tz).date()
    for day in (today - DAY, today):
        until = at_wall_time(day if begins < ends else day + DAY, ends, recipient.tz)
        if at_wall_time(day, begins, recipient.tz) <= now < until:
            return until
    return None
