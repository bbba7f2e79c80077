"""Dates and times as apps and spreadsheets write them."""

import re
from collections.abc import Iterable
from datetime import date, time

NOON = 12
MONTHS = range(1, 13)
DAYS_AFTER_12 = range(13, 32)

YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\s*([ap])\.?\s?m\.?)?", re.IGNORECASE)


def is_month_first(dates: Iterable[str]) -> bool:
    """True if some dates can only be month first and none can only be day first. Daylio writes the day first."""
    matches = filter(None, (YEAR_LAST.fullmatch(text.strip()) for text in dates))
    pairs = [(int(match[1]), int(match[2])) for match in matches]
    month_first = any(first in MONTHS and second in DAYS_AFTER_12 for first, second in pairs)
    return month_first and not any(first in DAYS_AFTER_12 and second in MONTHS for first, second in pairs)


def parse_date(text: str, *, month_first: bool) -> date:
    if match := YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := YEAR_LAST.fullmatch(text):
        day, month, year = map(int, match.group(2, 1, 3) if month_first else match.groups())
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
