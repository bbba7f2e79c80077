"""Tells people whose account nobody uses that it will be erased, and erases it if they do not come back."""

import tomllib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, Field, JsonValue

from functions.account.erasure import queries
from shared.db import Connection, Database
from shared.events import Event, emit
from shared.events.types import notification_requested, user_erased
from shared.services import services

RULES = Path(__file__).with_name("unused_accounts.toml")
Days = Annotated[int, Field(gt=0)]


class UnusedRule(BaseModel):
    """When accounts of one kind are erased that nobody uses, and how many days before that their people are told."""

    anonymous: bool
    erased_after_days: Days
    told_days: Days

    def erased_before(self, now: datetime) -> datetime:
        """Accounts that were last used before this time are erased."""
        return now - timedelta(days=self.erased_after_days)

    @property
    def notice(self) -> timedelta:
        return timedelta(days=self.told_days)


@cache
def rules() -> list[UnusedRule]:
    rows = tomllib.loads(RULES.read_text(encoding="utf-8"))["rules"]
    return [UnusedRule.model_validate(row) for row in rows]


async def look_after(event: Event) -> None:
    """Erase the accounts whose time is over, then tell the people of the next ones. Only who was told is erased."""
    database = services().database
    for rule in rules():
        await _in_batches(database, partial(_erase, rule, event.occurred_at))
        await _in_batches(database, partial(_tell, rule, event.occurred_at))


async def _in_batches(database: Database, work: Callable[[Connection], Awaitable[int]]) -> None:
    async def attempt() -> int:
        async with database.service() as conn:
            return await work(conn)

    while await database.retry(attempt) == queries.BATCH:
        pass


async def _erase(rule: UnusedRule, now: datetime, conn: Connection) -> int:
    people = await queries.unused_accounts(
        conn, anonymous=rule.anonymous, used_before=rule.erased_before(now), told_before=now - rule.notice
    )
    for person in people:
        receipt_id = await queries.begin_erasure(conn, person, uuid4(), "unused", now)
        emit(conn, [user_erased(None, now, receipt_id=receipt_id)])
    return len(people)


async def _tell(rule: UnusedRule, now: datetime, conn: Connection) -> int:
    people = await queries.unused_accounts(
        conn, anonymous=rule.anonymous, used_before=rule.erased_before(now) + rule.notice, told_before=None
    )
    data: dict[str, JsonValue] = {"days": rule.told_days}
    emit(conn, [notification_requested(person, now, kind="account", slot="unused", data=data) for person in people])
    queries.note_told(conn, people, now)
    return len(people)
