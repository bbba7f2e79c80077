"""What the replies of everybody have cost in a month (UTC), in millionths of a US dollar."""

from datetime import UTC, date, datetime
from typing import LiteralString

from shared.db import Connection

SPEND: LiteralString = "SELECT mend.spend_on_ai(%(month)s, %(cost_micros)s)"


def day_of(now: datetime) -> date:
    return now.astimezone(UTC).date()


def month_of(now: datetime) -> date:
    return day_of(now).replace(day=1)


async def spend(conn: Connection, month: date, cost_micros: int) -> int:
    """Add to the cost of a month. Returns the sum, in which other replies that begin at this moment are not seen."""
    [(spent,)] = (await conn.run(SPEND, {"month": month, "cost_micros": cost_micros})).rows
    return int(spent)


def queue_correction(conn: Connection, month: date, cost_micros: int) -> None:
    """Queue an addition to the cost of a month, or a subtraction by a negative number."""
    conn.queue(SPEND, {"month": month, "cost_micros": cost_micros})
