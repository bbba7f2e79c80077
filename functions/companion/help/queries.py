"""The SQL of the search in help articles. It reads no table: the articles are parameters."""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from shared.db import Connection

# Words are compared by their stems, in the language of each article. A word that few articles have counts more. One
# counts twice that is also in the title or among the words to search for. None is required.
FIND: LiteralString = """
    WITH passages AS MATERIALIZED (
        SELECT p.number, p.article, p.config,
               setweight(to_tsvector(p.config::regconfig, p.title), 'A') || to_tsvector(p.config::regconfig, p.text)
                   AS terms
        FROM unnest(%(articles)s::integer[], %(configs)s::text[], %(titles)s::text[], %(texts)s::text[])
            WITH ORDINALITY AS p (article, config, title, text, number)
    ), asked AS MATERIALIZED (
        SELECT c.config, w.lexeme
        FROM (SELECT config, count(DISTINCT article) AS articles FROM passages GROUP BY config) AS c
        CROSS JOIN LATERAL unnest(to_tsvector(c.config::regconfig, %(words)s)) AS w
    ), hits AS MATERIALIZED (
        SELECT p.number, p.article, p.config, t.lexeme,
               CASE WHEN 'A' = ANY (t.weights) THEN 1 ELSE 0 END + CASE WHEN 'D' = ANY (t.weights) THEN 1 ELSE 0 END
                   AS weight
        FROM passages AS p CROSS JOIN LATERAL unnest(p.terms) AS t JOIN asked AS a USING (config, lexeme)
    ), rarity AS MATERIALIZED (
        SELECT config, lexeme, ln(1 + %(total)s::float / count(DISTINCT article)) AS worth
        FROM hits GROUP BY config, lexeme
    )
    SELECT (h.number - 1)::integer AS number, sum(h.weight * r.worth) AS score
    FROM hits AS h JOIN rarity AS r USING (config, lexeme)
    GROUP BY h.number
    ORDER BY score DESC, h.number
    LIMIT %(limit)s
"""


class Indexed(NamedTuple):
    """A passage with the number of its article, and the title and the words of that."""

    article: int
    config: str
    title: str
    text: str


class Hit(NamedTuple):
    number: int  # of the passage, from 0 on
    score: float


async def find(conn: Connection, passages: Sequence[Indexed], total: int, words: str, limit: int) -> list[Hit]:
    """The passages that have some of the words, the best first, of so many articles in a language."""
    columns = {f"{name}s": [getattr(passage, name) for passage in passages] for name in Indexed._fields}
    return (await conn.run(FIND, {**columns, "total": total, "words": words, "limit": limit}, Hit)).rows
