"""A recipient and notifications for tests of the rules."""

from dataclasses import replace
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

from functions.notify.rules.decisions import DeliveryPreferences, DueNotification, Recipient
from shared.clock import zone

DAY = date(2026, 3, 10)
EVENING = time(20)
# Reachable on every channel, with every kind switched on.
RECIPIENT = Recipient(
    id=UUID(int=1),
    tz=zone("Europe/Berlin"),
    day_starts_at=time(0),
    locale="en",
    streaks_enabled=True,
    preferences=DeliveryPreferences(
        channels=frozenset({"push", "email", "in_app"}),
        kinds=frozenset({"check_in", "plan", "insight", "weekly_summary", "streak"}),
        quiet_hours=(time(22), time(7)),
        max_per_day=4,
    ),
    silent_until=None,
    consents=True,
    checked_in=frozenset(),
    sent_counts={},
    devices=("token-of-a-phone",),
    email="somebody@example.org",
)


def a_notification(
    kind: str = "check_in",
    local_date: date = DAY,
    local_time: time = EVENING,
    **fields: Any,  # noqa: ANN401
) -> DueNotification:
    values: dict[str, Any] = {"slot": "", "source_id": None, "data": {}, "attempts": 0, "is_open": True, **fields}
    return DueNotification(uuid4(), kind, local_date, local_time, **values)


def recipient_with(**preferences: Any) -> Recipient:  # noqa: ANN401
    return replace(RECIPIENT, preferences=replace(RECIPIENT.preferences, **preferences))
