"""How many entries a person can make and import, and how much text a batch can have."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from functions.checkin.errors import BatchTooLong, DayFull, DiaryFull, ImportsFull
from functions.checkin.models import MAX_BATCH_TEXT, CheckInDraft
from functions.checkin.queries import Context

MAX_A_DAY = 200  # as many as a batch can have, so that every offline queue fits into some day
MAX_MADE = 100_000  # ten a day for 27 years
MAX_IMPORTED = 100_000


def check_made(context: Context, new: int, now: datetime) -> None:
    """Check that the person can make so many new entries. Raises `DayFull` or `DiaryFull`.

    A day is a day of UTC. Another one could begin several times: with each change of the time zone in the profile.
    """
    if context.made + new > MAX_MADE:
        raise DiaryFull
    if context.made_today + new > MAX_A_DAY:
        tomorrow = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        seconds = (tomorrow - now) // timedelta(seconds=1) + 1
        raise DayFull(headers={"Retry-After": str(seconds)})


def check_imported(context: Context, new: int) -> None:
    """Check that the person can import so many new entries. Raises `ImportsFull`."""
    if context.imported + new > MAX_IMPORTED:
        raise ImportsFull


def check_text(drafts: Iterable[CheckInDraft]) -> None:
    """Check how much text a batch has. Raises `BatchTooLong`."""
    size = sum(len(draft.note or "") + sum(map(len, draft.factors)) for draft in drafts)
    if size > MAX_BATCH_TEXT:
        message = (
            f"The notes and factors of a batch can have {MAX_BATCH_TEXT:,} characters together; these have {size:,}. "
            "Nothing was stored. Send it in parts."
        )
        raise BatchTooLong(message)
