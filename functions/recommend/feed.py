"""A list of what is likely to help now, for a mood that is named or for the latest check-in."""

from datetime import datetime
from uuid import UUID, uuid5

from functions.recommend import queries
from functions.recommend.errors import NoMoodYet
from functions.recommend.models import Feed, FeedQuery
from functions.recommend.queries import FeedContext
from shared.clock import zone
from shared.db import Connection
from shared.http import Call
from shared.ranking import (
    CandidateCache,
    KnowledgeReader,
    Situation,
    day_number,
    hour_at,
    rank,
    ranking_log,
    recommendations_from,
)
from shared.safety import CARE_LASTS, assess_entry, support_for

LISTS = UUID("2c9a6c0b-5f37-5d0e-8a44-9b1f6b8f7d21")  # the namespace of ids made from what a list is made of

catalogue, knowledge = CandidateCache(), KnowledgeReader()


async def feed(call: Call[None, FeedQuery]) -> Feed:
    return await make(call.conn, call.person.id, call.query, call.now)


async def make(conn: Connection, person: UUID, asked: FeedQuery, now: datetime) -> Feed:
    """A list, logged with the chances its items had. Within an hour it is the same until more is known."""
    posted = knowledge.queue(conn, person)
    context = await queries.feed_context(conn, person, now - CARE_LASTS)
    mood = asked.mood or context.mood
    if mood is None:
        raise NoMoodYet
    candidates = await catalogue.candidates(conn, mood)
    gentle, hour = _in_danger(context), now.replace(minute=0, second=0, microsecond=0)
    situation = Situation(
        day_number(hour), hour_at(now, zone(context.timezone)), asked.minutes, asked.only, asked.target, gentle
    )
    entry_id = None if asked.mood else context.entry_id
    luck = uuid5(LISTS, f"{person} {entry_id} {asked.model_dump_json()} {hour.isoformat()}")
    best = rank(candidates, luck, asked.limit, situation, knowledge.take(posted, candidates, situation.day))
    shown_id = uuid5(luck, " ".join(f"{scored.content.id} {scored.score}" for scored in best))
    queries.show(conn, person, shown_id, entry_id, asked.model_dump(exclude_none=True), ranking_log(best), now)
    return Feed.model_construct(
        recommendation_id=shown_id,
        mood_id=entry_id,
        items=recommendations_from(best, shown_id),
        next_cursor=None,
        support=support_for(context.country) if gentle else None,
    )


def _in_danger(context: FeedContext) -> bool:
    """By all that was written of late: a next check-in without words takes nothing back."""
    return any(assess_entry(note, context.factors) for note in (*context.notes, None))
