"""A year in pixels: each day with its mean mood and its most frequent one."""

from datetime import date

from functions.insights import figures, queries
from functions.insights.models import CalendarQuery, YearCalendar, YearDay
from shared.http import Call


async def load_calendar(call: Call[None, CalendarQuery]) -> YearCalendar:
    today = await figures.load_today(call)
    year = call.query.year or today.year
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = await queries.load_year_days(call.conn, first, last)
    return YearCalendar(
        year=year,
        days=[
            YearDay.model_construct(
                date=day.day,
                mean=round(day.mean, figures.DIGITS),
                entries=day.entries,
                mood=max(sorted(day.moods), key=day.moods.__getitem__),
            )
            for day in days
        ],
        coverage=figures.coverage({day.day: day.mean for day in days}, first, min(last, today)),
    )
