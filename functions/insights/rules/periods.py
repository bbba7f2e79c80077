"""The first and last days of weeks, months and years. A week begins on Monday. Pure."""

from datetime import date, timedelta
from typing import Literal, TypeAlias

Period: TypeAlias = Literal["week", "month", "year"]

_DAY = timedelta(days=1)


def first_day(period: Period, day: date) -> date:
    """The first day of the week, month or year around a day."""
    match period:
        case "week":
            return day - day.weekday() * _DAY
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)


def last_day(period: Period, first: date) -> date:
    """The last day of the week, month or year that begins on a day."""
    longest = {"week": 7, "month": 31, "year": 366}[period]
    return first_day(period, first + longest * _DAY) - _DAY
