"""Dates and times as apps and spreadsheets write them."""

import re
from collections.abc import Iterable
from datetime import date, time
from typing import Literal, NamedTuple, TypeAlias

DateOrder: TypeAlias = Literal["day_first", "month_first"]

NOON = 12
MONTHS = range(1, 13)
DAYS_AFTER_12 = range(13, 32)

YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\s*([ap])\.?\s?m\.?)?", re.IGNORECASE)


class DateOrders(NamedTuple):
    """In which order a file has day and month, in dates such as 03/04/2026."""

    named: DateOrder | None = None  # by the person
    usual: DateOrder = "day_first"  # where the person lives, for a file that decides nothing

    def of(self, dates: Iterable[str]) -> DateOrder | None:
        """The order of all these dates, or None if each has its year first."""
        matches = filter(None, (YEAR_LAST.match(text.strip()) for text in dates))
        pairs = [(int(match[1]), int(match[2])) for match in matches]
        return (self.named or _decided_order(pairs) or self.usual) if pairs else None


def usual_order(locale: str | None) -> DateOrder:
    return "month_first" if locale == "en-US" else "day_first"


def _decided_order(pairs: Iterable[tuple[int, int]]) -> DateOrder | None:
    """The only order in which some pair is a day and a month. None if there is no such pair, or one for each order."""
    orders: set[DateOrder] = {
        "day_first" if first in DAYS_AFTER_12 else "month_first"
        for first, second in pairs
        if (first in DAYS_AFTER_12 and second in MONTHS) or (first in MONTHS and second in DAYS_AFTER_12)
    }
    return orders.pop() if len(orders) == 1 else None


def parse_date(text: str, order: DateOrder | None) -> date:
    if match := YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := YEAR_LAST.fullmatch(text):
        day, month, year = map(int, match.group(2, 1, 3) if order == "month_first" else match.groups())
    else:
        raise ValueError("not a date")
    return date(year, month, day)


def parse_time(text: str) -> time:
    match = TIME.fullmatch(text.strip())
    if not match:
        raise ValueError("not a time")
    hour, minute, second = (int(digits or 0) for digits in match.group(1, 2, 3))
    if half := match[4]:
        if hour > NOON:
            raise ValueError("not a time on a 12-hour clock")
        hour = hour % NOON + NOON * (half in "pP")
    return time(hour, minute, second)
