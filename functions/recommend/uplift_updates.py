"""Learns what lifts a person from their entries and completions. Called by the event handlers."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.recommend import person_learning_queries
from functions.recommend.person_learning_queries import StoredCompletion, StoredMood
from shared import locks
from shared.clock import zone
from shared.db import Connection
from shared.moods import MOODS
from shared.ranking import KnowledgeReader
from shared.ranking.beliefs import beliefs_from
from shared.ranking.lessons import LONGEST_WINDOW, Completion, MoodPoint, mood_value
from shared.ranking.uplift import PersonSums, learn_history

MAX_ENTRIES = 2_000  # the latest ones are learned; older ones say little about today
MAX_COMPLETIONS = 10_000
HOUR_SECONDS = 3_600
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


class LearnedUplift(NamedTuple):
    sums: PersonSums
    until: datetime
    entry_count: int
    population_version: int | None


async def update_uplift(
    conn: Connection, person: UUID, knowledge: KnowledgeReader, *, from_start: bool = False
) -> None:
    """Learn the entries since the last time.

    All entries are learned again `from_start`, if earlier entries have changed, or if the population tables have a new
    version: sums that were learned with different tables cannot be added up.
    """
    locks.lock(conn, "uplift", person)
    population = knowledge.queue_population_query(conn)
    stored = await person_learning_queries.load_uplift(conn, person)
    knowledge.read_population(population)
    learned = None
    if stored and not from_start and stored.population_version == knowledge.version:
        sums = PersonSums.from_json(stored.uplift_sums)
        learned = LearnedUplift(sums, stored.learned_until, stored.entry_count, stored.population_version)
    await _learn_entries(conn, person, knowledge, learned)


async def learned_until(conn: Connection, person: UUID) -> datetime | None:
    """The time of the latest learned entry. Waits for a concurrent transaction that is learning."""
    locks.lock(conn, "uplift", person)
    stored = await person_learning_queries.load_uplift(conn, person)
    return stored.learned_until if stored else None


async def _learn_entries(
    conn: Connection, person: UUID, knowledge: KnowledgeReader, learned: LearnedUplift | None
) -> None:
    since = learned.until - timedelta(hours=LONGEST_WINDOW) if learned else BEGINNING
    completions = person_learning_queries.queue_completions(conn, person, since, MAX_COMPLETIONS)
    rows = await person_learning_queries.load_entries(conn, person, since, MAX_ENTRIES)
    if not rows:
        person_learning_queries.delete_uplift(conn, person)
        return
    entry_count = rows[0].entry_count
    learned_rows = sum(row.occurred_at <= learned.until for row in rows) if learned else 0
    if learned and entry_count - (len(rows) - learned_rows) != learned.entry_count:  # an earlier entry has changed
        await _learn_entries(conn, person, knowledge, None)
        return
    entries, completed = [_entry(row) for row in rows], [_completion(row) for row in reversed(completions.rows)]
    previous = learned.sums if learned else PersonSums()
    sums = learn_history(entries, completed, knowledge.population, previous, learned_rows)
    uplift_row = {
        "person": person,
        "uplift_sums": Jsonb(sums.to_json(), to_json),
        "beliefs": Jsonb(beliefs_from(sums, knowledge.population).to_json(), to_json),
        "learned_until": rows[-1].occurred_at,
        "entry_count": entry_count,
        "population_version": knowledge.version,
    }
    person_learning_queries.store_uplift(conn, uplift_row)


def _entry(row: StoredMood) -> MoodPoint:
    local = row.occurred_at.astimezone(zone(row.timezone))
    value = mood_value(row.mood, row.intensity)
    return MoodPoint(_hours(local), value, local.hour, local.weekday(), MOODS[row.mood].quadrant)


def _completion(row: StoredCompletion) -> Completion:
    return Completion(_hours(row.occurred_at), str(row.content_id), row.kind, row.effect)


def _hours(moment: datetime) -> float:
    return moment.timestamp() / HOUR_SECONDS
