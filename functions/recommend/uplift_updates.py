"""What lifts a person, learned from their moods and from what they completed, as soon as an event tells of either."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from shared.clock import zone
from shared.db import Connection
from shared.moods import MOODS
from shared.ranking import KnowledgeReader
from shared.ranking.beliefs import beliefs_from
from shared.ranking.lessons import LONGEST_WINDOW, Completion, MoodPoint, mood_value
from shared.ranking.uplift import PersonSums, learn_history

MOST_ENTRIES = 2_000  # learned from anew at once; what lies further back has been lived past
MOST_COMPLETED = 10_000
HOUR_SECONDS = 3_600
EVER = datetime(1900, 1, 1, tzinfo=UTC)

ONE_AT_A_TIME: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended('uplift ' || %s, 0))"

LEARNED: LiteralString = """
    SELECT uplift, learned_to, entries, population FROM mend.learned WHERE user_id = %s AND uplift IS NOT NULL
"""

# With how many there are in all, as of the same moment: none may come unnoticed in between.
ENTRIES: LiteralString = """
    SELECT occurred_at, mood, intensity, timezone, (SELECT count(*) FROM public.mood_entries WHERE user_id = %(person)s)
    FROM public.mood_entries
    WHERE user_id = %(person)s AND occurred_at >= %(since)s
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(most)s
"""

COMPLETED: LiteralString = """
    SELECT i.occurred_at, i.content_id, c.kind, c.effect
    FROM public.user_interactions AS i JOIN public.content AS c ON c.id = i.content_id
    WHERE i.user_id = %(person)s AND i.kind = 'complete' AND i.occurred_at >= %(since)s
    ORDER BY i.occurred_at DESC, i.id DESC
    LIMIT %(most_completed)s
"""

KEEP: LiteralString = """
    INSERT INTO mend.learned AS l (user_id, uplift, beliefs, learned_to, entries, population)
    VALUES (%(person)s, %(uplift)s, %(beliefs)s, %(to)s, %(entries)s, %(population)s)
    ON CONFLICT (user_id) DO UPDATE
        SET uplift = excluded.uplift, beliefs = excluded.beliefs, learned_to = excluded.learned_to,
            entries = excluded.entries, population = excluded.population, updated_at = now()
"""

FORGET: LiteralString = """
    UPDATE mend.learned SET uplift = NULL, beliefs = NULL, learned_to = NULL, entries = NULL WHERE user_id = %s
"""


class Learned(NamedTuple):
    uplift: PersonSums
    to: datetime
    entries: int  # that were learned from,
    population: int | None


async def learn(conn: Connection, person: UUID, knowledge: KnowledgeReader, *, anew: bool) -> None:
    """From the entries since the last time; from all of them where any of those before have changed.

    Also when the tables of everyone have been fitted anew: what was learned by the old ones does not add up with them.
    """
    conn.post(ONE_AT_A_TIME, (str(person),))
    everyone = knowledge.ask_of_everyone(conn)
    row = await (await conn.execute(LEARNED, (person,))).fetchone()
    knowledge.take_of_everyone(everyone)
    learned = Learned(PersonSums.from_json(row[0]), *row[1:]) if row else None
    if learned and (anew or learned.population != knowledge.version):
        learned = None
    await _learn_on(conn, person, knowledge, learned)


async def learned_to(conn: Connection, person: UUID) -> datetime | None:
    """Once whoever is learning of them has finished."""
    conn.post(ONE_AT_A_TIME, (str(person),))
    row = await (await conn.execute(LEARNED, (person,))).fetchone()
    return row[1] if row else None


async def _learn_on(conn: Connection, person: UUID, knowledge: KnowledgeReader, learned: Learned | None) -> None:
    since = learned.to - timedelta(hours=LONGEST_WINDOW) if learned else EVER
    asked = {"person": person, "since": since, "most": MOST_ENTRIES, "most_completed": MOST_COMPLETED}
    completed = conn.post(COMPLETED, asked)
    rows = (await (await conn.execute(ENTRIES, asked)).fetchall())[::-1]
    if not rows:
        conn.post(FORGET, (person,))
        return
    known, entries = sum(row[0] <= learned.to for row in rows) if learned else 0, rows[0][4]
    if learned and entries - (len(rows) - known) != learned.entries:  # of those before, some have changed
        await _learn_on(conn, person, knowledge, None)
        return
    done = [
        Completion(_hours(at), str(content_id), kind, effect)
        for at, content_id, kind, effect in reversed(completed.rows)
    ]
    before = learned.uplift if learned else PersonSums()
    uplift = learn_history(_entries(rows), done, knowledge.population, before, known)
    kept = {
        "person": person,
        "uplift": Jsonb(uplift.to_json(), to_json),
        "beliefs": Jsonb(beliefs_from(uplift, knowledge.population).to_json(), to_json),
        "to": rows[-1][0],
        "entries": entries,
        "population": knowledge.version,
    }
    conn.post(KEEP, kept)


def _entries(rows: Sequence[tuple[datetime, str, int, str, int]]) -> list[MoodPoint]:
    return [_entry(at.astimezone(zone(name)), mood, intensity) for at, mood, intensity, name, _ in rows]


def _entry(local: datetime, mood: str, intensity: int) -> MoodPoint:
    return MoodPoint(_hours(local), mood_value(mood, intensity), local.hour, local.weekday(), MOODS[mood].quadrant)


def _hours(moment: datetime) -> float:
    return moment.timestamp() / HOUR_SECONDS
