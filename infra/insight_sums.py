"""Counts the sums of all people again, which proves that those that were kept are right."""

from typing import NamedTuple

from functions.insights import queries
from functions.insights.job import queries as job_queries
from shared.clock import utc_now
from shared.db import Database
from shared.stale_insights import mark_stale


class Rebuilt(NamedTuple):
    people: int
    differing: int  # people whose sums were wrong
    rows: int  # of theirs, that differed


async def rebuild_sums(database: Database) -> Rebuilt:
    """Count every person's changed days, then all their entries again. Correct sums are not written."""
    async with database.service() as conn:
        people = await queries.load_people(conn)
    rows = []
    for person in people:
        async with database.service() as conn:
            job_queries.count_changed_days(conn, [person], utc_now())
            rows.append(await queries.recount(conn, person))
            if rows[-1]:
                mark_stale(conn, person, utc_now())
    return Rebuilt(len(people), sum(differing > 0 for differing in rows), sum(rows))
