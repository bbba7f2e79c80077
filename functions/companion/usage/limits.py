"""The limit of a day. A reply is reserved before its model is asked, and settled when it has ended."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, TypeAlias

from starlette.responses import Response

from functions.companion.errors import RepliesUsedUp
from functions.companion.models import AiUsage, DayUsage, ReplyReceipt
from functions.companion.settings import CompanionSettings
from functions.companion.usage import budget, queries
from shared.ai.expenses import day_of
from shared.db import Connection
from shared.http import Call, Operation, model_response

Rest: TypeAlias = Literal["enough", "near", "used_up", "budget"]

CHAT = "chat"  # the task
SHOWN = timedelta(days=31)
NEAR = 0.8  # of the limit, from where on a notice tells it


async def require_rest(call: Call[Any, Any]) -> None:
    """Raises `RepliesUsedUp` if the person has reached the limit of the day, and `BudgetUsedUp`."""
    if await queries.load_used(call.conn, day_of(call.now), CHAT) >= _limit(call):
        tomorrow = datetime.combine(day_of(call.now) + timedelta(days=1), time(), UTC)
        raise RepliesUsedUp(headers={"Retry-After": str(round((tomorrow - call.now).total_seconds()) + 1)})
    await budget.require_budget(call)


async def reserve(call: Call[Any, Any], now: datetime, receipt: ReplyReceipt, *, replies: int) -> Rest:
    """Count a reply, or a further round of one, by its estimate, unless a limit is reached.

    Replies of a person at the same time wait here.
    """
    estimate = receipt.input_tokens + receipt.output_tokens
    _add(call.conn, now, replies, receipt.input_tokens, receipt.output_tokens, receipt.cost_micros)
    used = await queries.load_used(call.conn, day_of(now), CHAT)
    is_used_up = used - estimate >= _limit(call)
    if not is_used_up and await budget.reserve(call, now, receipt.cost_micros):
        return "near" if used >= NEAR * _limit(call) else "enough"
    _add(call.conn, now, -replies, -receipt.input_tokens, -receipt.output_tokens, _difference(0, receipt.cost_micros))
    return "used_up" if is_used_up else "budget"


def settle(conn: Connection, now: datetime, reserved: ReplyReceipt, receipt: ReplyReceipt) -> None:
    """Correct the estimate by what the provider has counted."""
    more_input = receipt.input_tokens - reserved.input_tokens
    more_output = receipt.output_tokens - reserved.output_tokens
    more_cost = _difference(receipt.cost_micros, reserved.cost_micros)
    _add(conn, now, 0, more_input, more_output, more_cost)
    budget.settle(conn, now, more_cost)


def _difference(cost: int | None, reserved: int | None) -> int | None:
    return None if cost is None or reserved is None else cost - reserved


def _add(  # noqa: PLR0913, PLR0917 - one row
    conn: Connection, now: datetime, replies: int, input_tokens: int, output_tokens: int, cost_micros: int | None
) -> None:
    usage = DayUsage(
        day=day_of(now),
        task=CHAT,
        replies=replies,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_micros=cost_micros,
    )
    queries.add(conn, usage)


def _limit(call: Call[Any, Any]) -> int:
    return call.services.settings.of(CompanionSettings).ai_daily_tokens


async def get_usage(call: Call) -> Response:
    """How many tokens your replies took and what they cost, by task, and the limit of a day."""
    days = await queries.load_days(call.conn, day_of(call.now) - SHOWN)
    return model_response(AiUsage(daily_limit=_limit(call), days=days))


OPERATIONS = (Operation("GET", "/usage", get_usage, {200: AiUsage}),)
