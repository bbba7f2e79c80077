"""Records one check-in and answers it with recommendations, in two round trips to Postgres."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.checkin import limits, queries, streaks
from functions.checkin.entries import entry_fields
from functions.checkin.errors import EntryDeleted, EntryDiffers
from functions.checkin.models import CheckIn, CheckInDraft
from functions.checkin.queries import Context, StoredEntry
from functions.checkin.rules.streak_days import StreakCount
from shared.events.types import RecordedEntry
from shared.factors import distinct_factors
from shared.http import Call
from shared.ids import new_id
from shared.milestones import MILESTONES
from shared.places import device_locale
from shared.ranking import (
    CandidateCache,
    CandidateSet,
    KnowledgeReader,
    RankedItem,
    Situation,
    day_number,
    rank,
    ranking_log,
    recommendations_from,
)
from shared.ranking.conditions import unmet_conditions
from shared.safety import support_without_words

RECOMMENDATIONS = 5


class _Recommended(NamedTuple):
    """The list of one answer, under the `recommendation_id` that its items name."""

    id: UUID
    items: list[RankedItem]


async def record_check_in(
    call: Call[CheckInDraft], catalogue: CandidateCache, knowledge: KnowledgeReader
) -> tuple[CheckIn, bool]:
    """The answer, and whether the entry is new. Raises an error of `functions.checkin.errors`."""
    draft, entry_id = call.body, call.body.id or new_id()
    queued_candidates = catalogue.queue_query(call.conn, draft.mood)
    queued_population = knowledge.queue_population_query(call.conn)
    context = await _load_context(call)
    if context.deleted:
        raise EntryDeleted
    support = call.support or support_without_words(context, call.headers.get("accept-language"))
    if not context.recorded:
        limits.check_made(context, 1, call.now)
    candidates = catalogue.read_answer(draft.mood, queued_candidates)
    knowledge.read_population(queued_population)
    recommended = _recommend(call.now, context, candidates, knowledge, gentle=support is not None)
    if context.recorded:
        entry, count = await _repeat(call, context, entry_id, recommended)
    else:
        entry, count = await _store(call, context, entry_id, recommended)
    answer = CheckIn.model_construct(
        **entry_fields(entry),
        recommendations=recommendations_from(recommended.items, recommended.id, context.locale),
        support=support,
    )
    if context.streaks_enabled and not support:
        answer.streak = streaks.present_streak(count, context, call.now)
    return answer, not context.recorded


async def _load_context(call: Call[CheckInDraft]) -> Context:
    """What is known of the person. Who has no profile reads the language of their device."""
    context = await queries.load_context(call.conn, call.now, call.body.id)
    if context.locale:
        return context
    return context._replace(locale=device_locale(call.headers.get("accept-language")))


def _recommend(
    now: datetime, context: Context, candidates: CandidateSet, knowledge: KnowledgeReader, *, gentle: bool
) -> _Recommended:
    recommendation_id = new_id()
    local = now.astimezone(context.clock.zone)
    situation = Situation(
        day=day_number(now),
        hour=local.hour,
        gentle=gentle,
        locale=context.locale or "en",
        unmet=unmet_conditions(local),
    )
    person_knowledge = knowledge.knowledge_from(context.knowledge, candidates, context.met)
    items = rank(candidates, recommendation_id, RECOMMENDATIONS, situation, person_knowledge)
    return _Recommended(recommendation_id, items)


async def _repeat(
    call: Call[CheckInDraft], context: Context, entry_id: UUID, recommended: _Recommended
) -> tuple[StoredEntry, StreakCount]:
    """The stored entry, if the draft has the same contents. Only the new recommendations are stored."""
    draft, entry = call.body, await queries.load_entry(call.conn, entry_id)
    if entry is None:
        raise EntryDeleted
    contents = (draft.mood, draft.intensity, draft.note, draft.factors, draft.occurred_at or entry.occurred_at)
    stored = (entry.mood, entry.intensity, entry.note, distinct_factors(entry.factors), entry.occurred_at)
    if contents != stored:
        raise EntryDiffers
    queries.insert_recommendation(call.conn, recommended.id, entry_id, ranking_log(recommended.items))
    return entry, await streaks.load_count(call, context)


async def _store(
    call: Call[CheckInDraft], context: Context, entry_id: UUID, recommended: _Recommended
) -> tuple[StoredEntry, StreakCount]:
    entry = _new_entry(call, context, entry_id)
    extended = streaks.count_with_entry(context, entry.timezone, entry.local_date)
    changed = extended if extended and extended != context.streak else StreakCount()
    row = {
        **entry._asdict(),
        "edited_at": queries.CREATION_EDITED_AT,
        "day_starts_at": context.day_starts_at,
        "streak_current": changed.current,
        "streak_longest": changed.longest,
        "streak_last_day": changed.last_day,
        "recommendation_id": recommended.id,
        "recommended_items": ranking_log(recommended.items),
        "event_id": new_id(),
        "now": call.now,
        "event": Jsonb(_event(context, entry, extended), to_json),
    }
    queries.store_checkin(call.conn, row)
    return entry, extended or await streaks.recount(call, context)


def _event(context: Context, entry: StoredEntry, extended: StreakCount | None) -> RecordedEntry:
    return RecordedEntry(
        entry_ids=[entry.id],
        plan="active" if context.has_plan else "none",
        streak=_streak_change(context.streak, extended) if extended else None,
        note="some" if entry.note else "none",
    )


def _streak_change(before: StreakCount, after: StreakCount) -> Literal["same", "changed", "milestone"]:
    if after == before:
        return "same"
    is_first = before.last_day is None  # `notify` then stores the person's default preferences
    return "milestone" if is_first or after.current in MILESTONES else "changed"


def _new_entry(call: Call[CheckInDraft], context: Context, entry_id: UUID) -> StoredEntry:
    draft = call.body
    moment = draft.occurred_at or call.now
    clock = streaks.clock_at(context, moment)
    return StoredEntry(
        id=entry_id,
        mood=draft.mood,
        intensity=draft.intensity,
        note=draft.note,
        factors=draft.factors,
        occurred_at=moment.astimezone(UTC),
        timezone=clock.zone.key,
        local_date=clock.today(min(moment, call.now)),  # a phone's clock that runs fast does not reach tomorrow
    )
