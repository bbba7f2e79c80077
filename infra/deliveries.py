"""What became of a person's messages, for whoever supports them: never what the messages said."""

from datetime import date, datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Database

LATEST = 50

DELIVERIES: LiteralString = """
    SELECT due_at, kind, local_date, slot, state, why, channels FROM public.notifications
    WHERE user_id = %s ORDER BY due_at DESC LIMIT %s
"""


class Delivery(NamedTuple):
    due_at: datetime
    kind: str
    local_date: date
    slot: str
    state: str
    why: str | None
    channels: dict[str, str]

    @property
    def line(self) -> str:
        on = " ".join(f"{channel}:{outcome}" for channel, outcome in sorted(self.channels.items()))
        when = f"{self.local_date} {self.slot}"
        parts = (self.due_at.isoformat(timespec="minutes"), self.kind, when, self.state, self.why, on)
        return "  ".join(part for part in parts if part)


async def latest(database: Database, person: UUID) -> list[Delivery]:
    async with database.service() as conn:
        return (await conn.run(DELIVERIES, (person, LATEST), Delivery)).rows
