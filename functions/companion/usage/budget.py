"""The project's budget of a month (UTC), for the replies and reviews of everybody. A reply is paid for by its estimate
before its model is asked, and corrected when it has ended.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from functions.companion.errors import BudgetUsedUp
from functions.companion.settings import CompanionSettings
from shared import logs
from shared.ai import expenses
from shared.ai.expenses import month_of
from shared.ai.models import cost_micros
from shared.db import Connection
from shared.http import Call

MICROS = 1_000_000  # of a US dollar
NEAR = Decimal("0.8")  # of the budget, from where on every reply logs a warning


def highest_cost(models: tuple[str, ...], input_tokens: int, output_tokens: int) -> int | None:
    """What a reply costs if the most expensive of the models writes it. None if one of them has no price."""
    costs = [cost_micros(name, input_tokens, output_tokens) for name in models]
    known = [cost for cost in costs if cost is not None]
    return max(known) if len(known) == len(costs) else None


async def require_budget(call: Call[Any, Any]) -> None:
    """Raises `BudgetUsedUp` if the budget of the month is reached."""
    if await is_used_up(call.conn, call.services.settings.of(CompanionSettings), call.now):
        wait = _next_month(call.now) - call.now
        raise BudgetUsedUp(headers={"Retry-After": str(round(wait.total_seconds()) + 1)})


async def is_used_up(conn: Connection, settings: CompanionSettings, now: datetime) -> bool:
    """Whether the budget of the month is reached."""
    budget = _budget(settings)
    return budget is not None and await expenses.spend(conn, month_of(now), 0) >= budget


async def reserve(call: Call[Any, Any], now: datetime, cost: int | None) -> bool:
    """Pay for a reply by its estimate. False, and nothing is paid, if that would exceed the budget."""
    if cost is None:
        return True
    month, budget = month_of(now), _budget(call.services.settings.of(CompanionSettings))
    spent = await expenses.spend(call.conn, month, cost)
    if budget is None or spent < NEAR * budget:
        return True
    is_enough = spent <= budget
    logs.warn("ai_budget_near" if is_enough else "ai_budget_reached", month=str(month), share=round(spent / budget, 3))
    if not is_enough:
        expenses.queue_correction(call.conn, month, -cost)
    return is_enough


def settle(conn: Connection, now: datetime, more: int | None) -> None:
    """Correct the estimate of a reply that began at that time."""
    if more:
        expenses.queue_correction(conn, month_of(now), more)


def _budget(settings: CompanionSettings) -> int | None:
    """In millionths of a US dollar."""
    budget = settings.ai_monthly_budget
    return None if budget is None else int(budget * MICROS)


def _next_month(now: datetime) -> datetime:
    month = month_of(now)
    year, following = divmod(12 * month.year + month.month, 12)
    return datetime.combine(date(year, following + 1, 1), time(), UTC)
