"""For operators: how people rate the replies of each model and prompt. Nobody's words are read."""

from typing import LiteralString, NamedTuple

import psycopg
from psycopg.rows import class_row

SMALLEST = 10  # people; smaller groups could point to a person, so they are not told

# A reply without a receipt is of a script: the guide, or the answers to danger. A reply counts for each of its prompts.
RATINGS: LiteralString = """
    SELECT coalesce(m.receipt ->> 'model', 'script') AS model, prompt.name AS prompt,
           coalesce(prompt.version, '') AS version,
           count(DISTINCT m.user_id) FILTER (WHERE m.rating = 'up') AS up,
           count(DISTINCT m.user_id) FILTER (WHERE m.rating = 'down') AS down
    FROM public.conversation_messages AS m
    CROSS JOIN LATERAL (
        SELECT p ->> 'name' AS name, p ->> 'version' AS version FROM jsonb_array_elements(m.receipt -> 'prompts') AS p
        UNION ALL
        SELECT CASE WHEN m.danger IS NULL THEN 'guide' ELSE 'danger' END,
               coalesce(m.danger ->> 'version', m.guide ->> 'version')
        WHERE m.receipt IS NULL
    ) AS prompt
    WHERE m.rating IS NOT NULL
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
"""


class RatingCount(NamedTuple):
    """How many people liked replies of a model with a version of a prompt, and how many did not."""

    model: str
    prompt: str
    version: str
    up: int
    down: int

    @property
    def line(self) -> str:
        counts = (str(n) if n >= SMALLEST or n == 0 else f"<{SMALLEST}" for n in self[3:])
        return ",".join((*self[:3], *counts))


def report(dsn: str) -> list[str]:
    """The counts as lines of CSV."""
    with psycopg.connect(dsn) as conn, conn.cursor(row_factory=class_row(RatingCount)) as cursor:
        counts = cursor.execute(RATINGS).fetchall()
    return [",".join(RatingCount._fields), *(count.line for count in counts)]
