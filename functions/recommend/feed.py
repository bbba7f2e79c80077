"""The feed: a list of what is likely to help now, for a given mood or for the latest check-in."""

from datetime import datetime
from uuid import UUID, uuid5

from functions.recommend import queries
from functions.recommend.models import Feed, FeedQuery
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
from shared.safety import Support, care_support

LIST_NAMESPACE = UUID("2c9a6c0b-5f37-5d0e-8a44-9b1f6b8f7d21")  # of the seeds and ids of lists
FACTORS_AT_ONCE = 30  # as many as an entry has

catalogue, knowledge = CandidateCache(), KnowledgeReader()


async def make_feed(
    conn: Connection, person: UUID, query: FeedQuery, now: datetime, support: Support | None = None
) -> Feed:
    """Rank a list and log it with its propensities. With `support`, and in a care period, its items are gentle.

    The seed and the time are those of the hour: within it the same query has the same answer until more is learned.
    Raises `NoMoodYet` where there is neither a mood in the query nor a check-in.
    """
    queued = knowledge.queue_queries(conn, person)
    context = await queries.load_feed_context(conn, person, now)
    mood = query.mood or context.mood
    if mood is None:
        raise NoMoodYet
    candidates = await catalogue.load(conn, mood)
    if context.in_care and not support:
        support = care_support(context.country, context.locale, safety_plan=context.safety_plan)
    gentle, hour = support is not None, now.replace(minute=0, second=0, microsecond=0)
    local_hour = hour_at(now, zone(context.timezone))
    locale = context.locale or "en"
    situation = Situation(day_number(hour), local_hour, query.minutes, query.kind_set, query.target, gentle, locale)
    entry_id = None if query.mood else context.entry_id
    seed = uuid5(LIST_NAMESPACE, f"{person} {entry_id} {query.model_dump_json()} {hour.isoformat()}")
    ranked = rank(candidates, seed, query.limit, situation, knowledge.read_answers(queued, candidates, situation.day))
    list_id = uuid5(seed, " ".join(f"{item.content.id} {item.score}" for item in ranked))
    queries.insert_list(conn, person, list_id, entry_id, query.model_dump(exclude_none=True), ranking_log(ranked), now)
    return Feed.model_construct(
        recommendation_id=list_id,
        mood_id=entry_id,
        items=recommendations_from(ranked, list_id, context.locale),
        next_cursor=None,
        support=support,
    )
