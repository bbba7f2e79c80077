"""What lifts a person, learned from their moods and from what they completed, as soon as an event tells of either."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.recommend import learning_queries
from functions.recommend.learning_queries import FeltMood
from shared import locks
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


class Learned(NamedTuple):
    uplift: PersonSums
    to: datetime
    entries: int  # that were learned from,
    population: int | None


async def learn(conn: Connection, person: UUID, knowledge: KnowledgeReader, *, anew: bool) -> None:
    """From the entries since the last time; from all of them where any of those before have changed.

    Also when the tables of everyone have been fitted anew: what was learned by the old ones does not add up with them.
    """
    locks.lock(conn, "uplift", person)
    population = knowledge.queue_population(conn)
    row = await learning_queries.learned(conn, person)
    knowledge.take_population(population)
    learned = Learned(PersonSums.from_json(row.uplift), row.learned_to, row.entries, row.population) if row else None
    if learned and (anew or learned.population != knowledge.version):
        learned = None
    await _learn_on(conn, person, knowledge, learned)


async def learned_to(conn: Connection, person: UUID) -> datetime | None:
    """Once whoever is learning of them has finished."""
    locks.lock(conn, "uplift", person)
    row = await learning_queries.learned(conn, person)
    return row.learned_to if row else None


async def _learn_on(conn: Connection, person: UUID, knowledge: KnowledgeReader, learned: Learned | None) -> None:
    since = learned.to - timedelta(hours=LONGEST_WINDOW) if learned else EVER
    completed = learning_queries.queue_completed(conn, person, since, MOST_COMPLETED)
    rows = await learning_queries.entries(conn, person, since, MOST_ENTRIES)
    if not rows:
        learning_queries.forget_learned(conn, person)
        return
    known, entries = sum(row.occurred_at <= learned.to for row in rows) if learned else 0, rows[0].entries
    if learned and entries - (len(rows) - known) != learned.entries:  # of those before, some have changed
        await _learn_on(conn, person, knowledge, None)
        return
    done = [
        Completion(_hours(row.occurred_at), str(row.content_id), row.kind, row.effect)
        for row in reversed(completed.rows)
    ]
    before = learned.uplift if learned else PersonSums()
    uplift = learn_history([_entry(row) for row in rows], done, knowledge.population, before, known)
    kept = {
        "person": person,
        "uplift": Jsonb(uplift.to_json(), to_json),
        "beliefs": Jsonb(beliefs_from(uplift, knowledge.population).to_json(), to_json),
        "to": rows[-1].occurred_at,
        "entries": entries,
        "population": knowledge.version,
    }
    learning_queries.keep_learned(conn, kept)


def _entry(row: FeltMood) -> MoodPoint:
    local = row.occurred_at.astimezone(zone(row.timezone))
    value = mood_value(row.mood, row.intensity)
    return MoodPoint(_hours(local), value, local.hour, local.weekday(), MOODS[row.mood].quadrant)


def _hours(moment: datetime) -> float:
    return moment.timestamp() / HOUR_SECONDS
