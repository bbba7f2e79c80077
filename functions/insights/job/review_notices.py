"""Announces the reviews of a month and of a year, to people who have an entry in that time.

The weekly review is announced by `notify`, on Mondays.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from functions.insights.job.queries import PersonData
from shared import notifications
from shared.db import Connection
from shared.notifications import Reminder

AT = time(10)  # local


def schedule(conn: Connection, people: Sequence[PersonData], now: datetime) -> None:
    """Schedule the next ones. One that is scheduled already stays as it is."""
    for data in people:
        notices = _notices(data, data.clock.today(now))
        notifications.schedule(conn, data.person.user_id, notices, data.clock.zone)


def _notices(data: PersonData, today: date) -> list[Reminder]:
    last_day = data.days[-1].day if data.days else date.min
    notices = []
    if last_day >= today.replace(day=1):
        notices.append(Reminder("monthly_review", first_of_next_month(today), "", AT))
    if last_day >= today.replace(month=1, day=1):
        notices.append(Reminder("yearly_review", date(today.year + 1, 1, 1), "", AT))
    return notices


def first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
