"""Entries of the same day in other years, without those that would hurt to see again."""

from datetime import date
from itertools import islice

from functions.insights import figures, queries
from functions.insights.models import Memory, OnThisDay
from functions.insights.queries import DatedEntry
from shared.http import Call
from shared.moods import MOODS
from shared.safety import care, gate

YEARS = 30  # to look back
MAX_ITEMS = 20
MAX_READ = 100
LOW_SHARE = 0.2  # of days: an entry below the rest is not shown
LATEST_DAYS = 365  # from which that is computed


async def load_on_this_day(call: Call) -> OnThisDay:
    """Nothing in a care period. Never an entry with words of danger, or of a low mood."""
    if await care.is_open(call.conn, call.now):
        return OnThisDay(items=[])
    entries = queries.queue_entries_on(call.conn, _same_days(await figures.load_today(call)), MAX_READ)
    low = await queries.load_low_value(call.conn, LOW_SHARE, LATEST_DAYS)
    shown = (entry for entry in entries.rows if low is not None and _may_be_shown(entry, low))
    return OnThisDay(items=[_memory(entry) for entry in islice(shown, MAX_ITEMS)])


def _same_days(today: date) -> list[date]:
    """The same day in earlier years. A leap day exists only in leap years."""
    days = []
    for year in range(today.year - YEARS, today.year):
        try:
            days.append(today.replace(year=year))
        except ValueError:
            continue
    return days


def _may_be_shown(entry: DatedEntry, low: float) -> bool:
    value = MOODS[entry.mood].valence * entry.intensity
    return value >= low and not gate.find_codes_in([entry.note or "", *entry.factors])


def _memory(entry: DatedEntry) -> Memory:
    fields = entry._asdict()
    return Memory(mood_id=fields.pop("id"), **fields)
