"""The feed: a list of what is likely to help now, for a given mood or for the latest check-in."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from functions.recommend import queries
from functions.recommend.models import Feed, FeedQuery, RelaxedRule
from shared.clock import zone
from shared.db import Connection
from shared.errors import NoMoodYet
from shared.places import device_locale
from shared.ranking import (
    CandidateCache,
    KnowledgeReader,
    MetLately,
    RankedItem,
    Situation,
    day_number,
    rank_with_longer,
    ranking_log,
    recommendations_from,
)
from shared.ranking.conditions import unmet_conditions
from shared.ranking.reason_texts import REASON_TEXTS
from shared.safety import Support, support_without_words

LIST_NAMESPACE = UUID("2c9a6c0b-5f37-5d0e-8a44-9b1f6b8f7d21")  # of the seeds and ids of lists
GENERAL_MOOD = "okay"  # in the middle: what suits it suits most days

catalogue, knowledge = CandidateCache(), KnowledgeReader()


async def make_feed(  # noqa: PLR0913, PLR0917 - what a feed depends on
    conn: Connection,
    person: UUID,
    query: FeedQuery,
    now: datetime,
    support: Support | None = None,
    accept_language: str | None = None,
) -> Feed:
    """Rank a list and log it with its propensities. With support, also in a care period, its items are gentle.

    The seed and the time are those of the hour: within it the same query has the same answer until more is learned.
    Without a mood in the query or a check-in of the last days the list is a general one. Raises `NoMoodYet` where
    there is neither a mood in the query nor any check-in.
    """
    queued = knowledge.queue_queries(conn, person, now)
    context = await queries.load_feed_context(conn, person, now)
    locale = context.locale or device_locale(accept_language)
    mood = query.mood or context.mood
    if mood is None and not context.has_entries:
        raise NoMoodYet
    mood = mood or GENERAL_MOOD
    candidates = await catalogue.load(conn, mood)
    support = support or support_without_words(context, accept_language)
    hour, local = now.replace(minute=0, second=0, microsecond=0), now.astimezone(zone(context.timezone))
    situation = Situation(
        day=day_number(hour),
        hour=local.hour,
        minutes=query.minutes,
        kinds=query.kind_set,
        target=query.target,
        gentle=support is not None,
        locale=locale or "en",
        unmet=unmet_conditions(local),
    )
    entry_id = None if query.mood else context.entry_id
    seed = uuid5(LIST_NAMESPACE, f"{person} {entry_id} {query.model_dump_json()} {hour.isoformat()}")
    met = MetLately(context.shown, context.planned)
    person_knowledge = knowledge.read_answers(queued, candidates, met)
    ranked = rank_with_longer(candidates, seed, query.limit, situation, person_knowledge)
    list_id = uuid5(seed, " ".join(f"{item.content.id} {item.score}" for item in ranked))
    queries.insert_list(conn, person, list_id, entry_id, query.model_dump(exclude_none=True), ranking_log(ranked), now)
    return Feed.model_construct(
        recommendation_id=list_id,
        mood_id=entry_id,
        items=recommendations_from(ranked, list_id, locale),
        relaxed_rules=_relaxed_rules(ranked, query.minutes, locale),
        next_cursor=None,
        support=support,
    )


def _relaxed_rules(ranked: Iterable[RankedItem], minutes: int | None, locale: str | None) -> list[RelaxedRule]:
    if minutes is None or all(item.content.minutes <= minutes for item in ranked):
        return []
    text = REASON_TEXTS.texts(locale).relaxed_minutes
    return [{"code": "minutes", "label": text.label, "detail": text.detail}]
