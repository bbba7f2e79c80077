"""The SQL of the search. It runs as the person, whose id is `mend.uid()`."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from functions.companion.models import ModuleName
from shared.db import Connection

MOST_WORDS = 10  # of a search
MOST_HITS = 500  # the latest, of each word: so a search costs the same after ten years
BEGINS, ENDS = "\ue000", "\ue001"  # what is found stands between them
# Postgres leaves out of a headline what looks like a tag of HTML, so these stand there for angle brackets. Unlike signs
# for private use, control characters are no part of a word.
OPENS, CLOSES = "\x02", "\x03"
ANGLES = str.maketrans({OPENS: "<", CLOSES: ">"})
HEADLINE = f"StartSel={BEGINS}, StopSel={ENDS}, MaxWords=30, MinWords=12, ShortWord=0"

# A word is looked for as it stands and by its stems, because messages have different languages. A word that few
# messages have counts more, and none is required. Of a conversation, the best message counts.
FIND: LiteralString = """
    WITH wanted AS MATERIALIZED (
        SELECT w.place, mend.term_key(form) AS term
        FROM (
            SELECT word, min(place) AS place FROM mend.words_of(%(words)s) GROUP BY word ORDER BY 2 LIMIT %(most_words)s
        ) AS w
        CROSS JOIN LATERAL unnest(ARRAY[w.word, mend.stem(w.word, 'en'), mend.stem(w.word, 'de')]) AS form
        WHERE form IS NOT NULL
    ), hits AS MATERIALIZED (
        SELECT DISTINCT w.place, t.message_id
        FROM wanted AS w CROSS JOIN LATERAL (
            SELECT message_id FROM mend.message_terms
            WHERE user_id = mend.uid() AND term = w.term ORDER BY written_at DESC LIMIT %(most_hits)s
        ) AS t
    ), ranked AS MATERIALIZED (
        SELECT message_id, round(sum(1 / ln(2 + times)) * 1000000) / 1000000 AS rank
        FROM (SELECT message_id, count(*) OVER (PARTITION BY place) AS times FROM hits) AS counted
        GROUP BY message_id
    ), best AS MATERIALIZED (
        SELECT DISTINCT ON (m.conversation_id) m.conversation_id, m.id AS message_id, r.rank::double precision AS rank
        FROM ranked AS r JOIN public.conversation_messages AS m ON m.user_id = mend.uid() AND m.id = r.message_id
        ORDER BY m.conversation_id, r.rank DESC, m.position DESC
    ), page AS MATERIALIZED (
        SELECT * FROM best
        WHERE (rank, conversation_id) < (%(before_rank)s, %(before_id)s)
        ORDER BY rank DESC, conversation_id DESC
        LIMIT %(limit)s
    )
    SELECT c.id, c.module, c.mode, c.title, c.created_at, c.changed_at, p.message_id, p.rank,
           ts_headline('english', text, any_word.english, %(form)s) AS english,
           ts_headline('german', text, any_word.german, %(form)s) AS german
    FROM page AS p
    CROSS JOIN (
        SELECT replace(plainto_tsquery('english', %(words)s)::text, '&', '|')::tsquery AS english,
               replace(plainto_tsquery('german', %(words)s)::text, '&', '|')::tsquery AS german
    ) AS any_word
    JOIN public.conversations AS c ON c.user_id = mend.uid() AND c.id = p.conversation_id
    JOIN public.conversation_messages AS m ON m.user_id = mend.uid() AND m.id = p.message_id
    CROSS JOIN LATERAL translate(
        CASE m.position WHEN 1 THEN c.title ELSE array_to_string(m.parts, '') END, %(signs)s, %(stand_ins)s
    ) AS text
    ORDER BY p.rank DESC, c.id DESC
"""


class HitRow(NamedTuple):
    id: UUID
    module: ModuleName
    mode: str
    title: str | None
    created_at: datetime
    changed_at: datetime
    message_id: UUID
    rank: float
    english: str
    german: str


async def find(conn: Connection, words: str, before: tuple[float, UUID], limit: int) -> list[HitRow]:
    """The conversations that the words are in, the best first."""
    params = {
        "words": words,
        "most_words": MOST_WORDS,
        "most_hits": MOST_HITS,
        "before_rank": before[0],
        "before_id": before[1],
        "limit": limit,
        "form": HEADLINE,
        "signs": "<>" + BEGINS + ENDS + OPENS + CLOSES,  # those without a stand-in are left out
        "stand_ins": OPENS + CLOSES,
    }
    return (await conn.run(FIND, params, HitRow)).rows
