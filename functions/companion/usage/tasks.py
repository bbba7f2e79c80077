"""What models do for a person beside replies: a task, such as a review of notes, has the limit of a day to itself."""

from datetime import datetime
from typing import Literal

from functions.companion.models import DayUsage
from functions.companion.settings import CompanionSettings
from functions.companion.usage import budget, queries
from shared.ai.expenses import day_of
from shared.ai.models import cost_micros
from shared.ai.port import Usage
from shared.db import Connection


async def reached_limit(
    conn: Connection, settings: CompanionSettings, task: str, now: datetime
) -> Literal["used_up", "budget"] | None:
    """The limit because of which a task may not be done now, or None."""
    if await queries.load_used(conn, day_of(now), task) >= settings.ai_daily_tokens:
        return "used_up"
    return "budget" if await budget.is_used_up(conn, settings, now) else None


def count(conn: Connection, task: str, model: str, used: Usage, now: datetime) -> None:
    """Count the tokens and the cost of a task, whatever has come of it."""
    cost = cost_micros(model, used.input_tokens, used.output_tokens, used.cached_tokens)
    usage = DayUsage(
        day=day_of(now),
        task=task,
        replies=1,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cost_micros=cost,
    )
    queries.add(conn, usage)
    budget.settle(conn, now, cost)
