"""People and intents for tests of the rules: whatever is not said is as for a new person with everything at hand."""

from dataclasses import replace
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

from functions.notify.rules.decisions import Intent, Person, Wishes
from shared.clock import zone

DAY = date(2026, 3, 10)
EVENING = time(20)
NEW = Person(
    id=UUID(int=1),
    tz=zone("Europe/Berlin"),
    day_starts_at=time(0),
    locale="en",
    streaks_enabled=True,
    wishes=Wishes(
        channels=frozenset({"push", "email", "in_app"}),
        kinds=frozenset({"check_in", "plan", "insight", "weekly_summary", "streak"}),
        quiet=(time(22), time(7)),
        max_per_day=4,
    ),
    silent_until=None,
    checked_in=frozenset(),
    told={},
    devices=("token-of-a-phone",),
    email="somebody@example.org",
)


def intent(kind: str = "check_in", local_date: date = DAY, local_time: time = EVENING, **fields: Any) -> Intent:  # noqa: ANN401
    said: dict[str, Any] = {"slot": "", "source_id": None, "data": {}, "tries": 0, "is_open": True, **fields}
    return Intent(uuid4(), kind, local_date, local_time, **said)


def who_wants(**wishes: Any) -> Person:  # noqa: ANN401
    return replace(NEW, wishes=replace(NEW.wishes, **wishes))
