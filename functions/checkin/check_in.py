"""One check-in: stored, answered with what is likely to help, in two round trips to Postgres."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.checkin import queries, streaks
from functions.checkin.errors import EntryDeleted, EntryDiffers
from functions.checkin.models import CheckedIn, CheckInDraft, StreakShown
from functions.checkin.queries import Context, StoredEntry
from functions.checkin.rules.streak_days import Streak
from shared.events.types import MoodEntry
from shared.http import Call
from shared.ids import new_id
from shared.ranking import (
    CandidateCache,
    KnowledgeReader,
    RankedItem,
    Situation,
    day_number,
    hour_at,
    rank,
    ranking_log,
    recommendations_from,
)
from shared.safety import Support, Verdict, assess_entry, support_for

SHOWN = 5
NEVER_EDITED = datetime(1900, 1, 1, tzinfo=UTC)  # loses against every edit, whenever the entry took place


async def record(
    call: Call[CheckInDraft], catalogue: CandidateCache, knowledge: KnowledgeReader
) -> tuple[CheckedIn, bool]:
    """The answer, and whether the entry is new: a queue that is sent twice finds it recorded already."""
    draft, entry_id = call.body, call.body.id or new_id()
    candidates_posted, population_posted = catalogue.queue(call.conn, draft.mood), knowledge.queue_population(call.conn)
    context = await queries.context(call.conn, call.now, draft.id)
    if context.deleted:
        raise EntryDeleted
    verdict = assess_entry(draft.note, draft.factors)
    careful = verdict is not None or context.in_danger
    shown_id = new_id()
    situation = Situation(day=day_number(call.now), hour=hour_at(call.now, context.clock.zone), gentle=careful)
    candidates = catalogue.take(draft.mood, candidates_posted)
    knowledge.take_population(population_posted)
    best = rank(candidates, shown_id, SHOWN, situation, knowledge.known(context.mine, candidates, situation.day))
    if context.recorded:
        entry = await _recorded_already(call, entry_id)
        queries.show(call.conn, shown_id, entry_id, ranking_log(best))
        streak = await streaks.streak_now(call, context)
    else:
        entry = _entry_from(call, context, entry_id)
        streak = await streaks.streak_with(call, context, entry.occurred_at, entry.local_date)
        _store(call, context, entry, streak, shown_id, best, verdict)
    streak_shown = None if careful or not context.streaks_enabled else streaks.shown(streak, context, call.now)
    support = support_for(context.country) if careful else None
    return _answer(entry, best, shown_id, streak_shown, support), not context.recorded


def _entry_from(call: Call[CheckInDraft], context: Context, entry_id: UUID) -> StoredEntry:
    draft = call.body
    moment = draft.occurred_at or call.now
    day = streaks.day_of(context, moment, call.now)
    return StoredEntry(entry_id, draft.mood, draft.intensity, draft.note, draft.factors, moment, context.timezone, day)


async def _recorded_already(call: Call[CheckInDraft], entry_id: UUID) -> StoredEntry:
    stored = await queries.entry(call.conn, entry_id)
    if stored is None:
        raise EntryDeleted
    draft = call.body
    same = (stored.mood, stored.intensity, stored.note, stored.factors) == (
        draft.mood,
        draft.intensity,
        draft.note,
        draft.factors,
    )
    if not same or (draft.occurred_at and draft.occurred_at != stored.occurred_at):
        raise EntryDiffers
    return stored


def _store(  # noqa: PLR0913, PLR0917 - the parts of one row
    call: Call[CheckInDraft],
    context: Context,
    entry: StoredEntry,
    streak: Streak,
    shown_id: UUID,
    best: list[RankedItem],
    verdict: Verdict | None,
) -> None:
    event = MoodEntry(entry_id=entry.id, local_date=entry.local_date, safety=verdict.code if verdict else None)
    row = {
        "id": entry.id,
        "mood": entry.mood,
        "intensity": entry.intensity,
        "note": entry.note,
        "factors": entry.factors,
        "occurred_at": entry.occurred_at,
        "timezone": entry.timezone,
        "local_date": entry.local_date,
        "edited_at": NEVER_EDITED,
        "day_starts_at": context.day_starts_at,
        "streak_current": streak.current,
        "streak_longest": streak.longest,
        "streak_last_day": streak.last_day,
        "shown_id": shown_id,
        "shown": ranking_log(best),
        "event_id": new_id(),
        "now": call.now,
        "event": Jsonb(event, to_json),
    }
    queries.store(call.conn, row)


def entry_fields(entry: StoredEntry) -> dict[str, Any]:
    """An entry as every answer shows it."""
    return {
        "mood_id": entry.id,
        "mood": entry.mood,
        "intensity": entry.intensity,
        "note": entry.note,
        "factors": entry.factors,
        "occurred_at": entry.occurred_at,
        "timezone": entry.timezone,
        "local_date": entry.local_date,
    }


def _answer(
    entry: StoredEntry, best: list[RankedItem], shown_id: UUID, streak: StreakShown | None, support: Support | None
) -> CheckedIn:
    answer = CheckedIn.model_construct(
        **entry_fields(entry), recommendations=recommendations_from(best, shown_id), support=support
    )
    if streak:
        answer.streak = streak
    return answer
