"""The SQL of usage. It runs as the person, whose id is `mend.uid()`."""

from datetime import date
from typing import LiteralString

from functions.companion.models import DayUsage
from shared.db import Connection

USED: LiteralString = """
    SELECT coalesce(sum(input_tokens + output_tokens), 0) FROM mend.ai_usage
    WHERE user_id = mend.uid() AND day = %(day)s AND task = %(task)s
"""
DAYS: LiteralString = """
    SELECT day, task, replies, input_tokens, output_tokens, cost_micros FROM mend.ai_usage
    WHERE user_id = mend.uid() AND day > %(after)s
    ORDER BY day DESC, task
"""
ADD: LiteralString = """
    INSERT INTO mend.ai_usage AS u (user_id, day, task, replies, input_tokens, output_tokens, cost_micros)
    VALUES (mend.uid(), %(day)s, %(task)s, %(replies)s, %(input_tokens)s, %(output_tokens)s, %(cost_micros)s)
    ON CONFLICT (user_id, day, task) DO UPDATE
    SET replies = u.replies + excluded.replies,
        input_tokens = u.input_tokens + excluded.input_tokens,
        output_tokens = u.output_tokens + excluded.output_tokens,
        cost_micros = u.cost_micros + excluded.cost_micros
"""


async def load_used(conn: Connection, day: date, task: str) -> int:
    """The tokens that the person has used on a day for a task."""
    [(used,)] = (await conn.run(USED, {"day": day, "task": task})).rows
    return int(used)


async def load_days(conn: Connection, after: date) -> list[DayUsage]:
    return (await conn.run(DAYS, {"after": after}, DayUsage)).rows


def add(conn: Connection, usage: DayUsage) -> None:
    """Queue an addition to a day. Negative numbers correct an earlier one."""
    conn.queue(ADD, usage.model_dump())
