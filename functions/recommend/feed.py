"""The feed: a list of what is likely to help now, for a given mood or for the latest check-in."""

from datetime import datetime
from uuid import UUID, uuid5

from functions.recommend import queries
from functions.recommend.models import Feed, FeedQuery
from functions.recommend.queries import FeedContext
from shared.clock import zone
from shared.db import Connection
from shared.errors import NoMoodYet
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
from shared.safety import CARE_LASTS, assess_texts, support_for

LIST_NAMESPACE = UUID("2c9a6c0b-5f37-5d0e-8a44-9b1f6b8f7d21")  # of the seeds and ids of lists
FACTORS_AT_ONCE = 30  # as many as an entry has

catalogue, knowledge = CandidateCache(), KnowledgeReader()


async def make_feed(conn: Connection, person: UUID, query: FeedQuery, now: datetime) -> Feed:
    """Rank a list and log it with its propensities.

    The seed and the time are those of the hour: within it the same query has the same answer until more is learned.
    Raises `NoMoodYet` where there is neither a mood in the query nor a check-in.
    """
    queued = knowledge.queue_queries(conn, person)
    context = await queries.load_feed_context(conn, person, now - CARE_LASTS)
    mood = query.mood or context.mood
    if mood is None:
        raise NoMoodYet
    candidates = await catalogue.load(conn, mood)
    gentle, hour = await _needs_care(context), now.replace(minute=0, second=0, microsecond=0)
    local_hour = hour_at(now, zone(context.timezone))
    situation = Situation(day_number(hour), local_hour, query.minutes, query.kind_set, query.target, gentle)
    entry_id = None if query.mood else context.entry_id
    seed = uuid5(LIST_NAMESPACE, f"{person} {entry_id} {query.model_dump_json()} {hour.isoformat()}")
    ranked = rank(candidates, seed, query.limit, situation, knowledge.read_answers(queued, candidates, situation.day))
    list_id = uuid5(seed, " ".join(f"{item.content.id} {item.score}" for item in ranked))
    queries.insert_list(conn, person, list_id, entry_id, query.model_dump(exclude_none=True), ranking_log(ranked), now)
    return Feed.model_construct(
        recommendation_id=list_id,
        mood_id=entry_id,
        items=recommendations_from(ranked, list_id),
        next_cursor=None,
        support=support_for(context.country) if gentle else None,
    )


async def _needs_care(context: FeedContext) -> bool:
    """Whether any recent note or factor tells of danger, even if later check-ins have no words."""
    factors = context.factors
    labels = ["\n".join(factors[n : n + FACTORS_AT_ONCE]) for n in range(0, len(factors), FACTORS_AT_ONCE)]
    return any(await assess_texts([*context.notes, *labels]))
