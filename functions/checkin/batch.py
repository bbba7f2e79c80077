"""An offline queue, whole or in parts, in any order, however often: it always ends in the same entries."""

from uuid import UUID

from pydantic import JsonValue

from functions.checkin import queries, streaks
from functions.checkin.check_in import NEVER_EDITED
from functions.checkin.models import Batch, BatchDone, BatchResult, QueuedCheckIn, QueuedDeletion
from functions.checkin.queries import Context, Merged
from shared.events import Event, emit
from shared.events.types import mood_changed, mood_deleted, mood_recorded
from shared.http import Call
from shared.http.queues import read_queue
from shared.ids import new_id
from shared.safety import Verdict, assess_entry, support_for

Position = int
Queued = dict[Position, QueuedCheckIn]


async def sync(call: Call[Batch]) -> BatchDone:
    valid, invalid = read_queue(call.body.entries, _model_of)
    entries = {position: entry for position, entry in valid.items() if isinstance(entry, QueuedCheckIn)}
    deletions = {position: entry.id for position, entry in valid.items() if isinstance(entry, QueuedDeletion)}
    results = {
        position: BatchResult(index=position, status="invalid", errors=faults) for position, faults in invalid.items()
    }
    context = await queries.context(call.conn, call.now)
    gone = await queries.deleted(call.conn, [entry.id for entry in entries.values() if entry.id])
    verdicts: dict[UUID, Verdict | None] = {}
    events: list[Event] = []
    for wave in _waves(entries):
        rows = {position: _row(call, context, entry) for position, entry in wave.items()}
        merged = {m.id: m for m in await queries.merge(call.conn, list(rows.values()), "app")}
        for position, row in rows.items():
            found = merged.get(UUID(str(row["id"])))
            results[position] = _result(position, row, found, gone)
            if found:
                entry = wave[position]
                verdict = verdicts[found.id] = assess_entry(entry.note, entry.factors)
                events.append(_event(call, found, verdict))
    events += await _delete(call, deletions, results)
    if events:
        await streaks.keep_recounted(call, context)
        emit(call.conn, events)
    support = support_for(context.country) if any(verdicts.values()) else None
    return BatchDone(results=[results[position] for position in sorted(results)], support=support)


def _model_of(entry: JsonValue) -> type[QueuedCheckIn | QueuedDeletion]:
    return QueuedDeletion if isinstance(entry, dict) and "deleted" in entry else QueuedCheckIn


def _waves(entries: Queued) -> list[Queued]:
    """Postgres merges one version of an entry at a time, so several versions in one batch go one after another."""
    waves: list[Queued] = []
    versions: dict[UUID, int] = {}
    for position, entry in entries.items():
        version = 0
        if entry.id:
            version = versions.get(entry.id, 0)
            versions[entry.id] = version + 1
        if version == len(waves):
            waves.append({})
        waves[version][position] = entry
    return waves


def _row(call: Call[Batch], context: Context, entry: QueuedCheckIn) -> dict[str, object]:
    moment = entry.occurred_at or call.now
    return {
        "id": str(entry.id or new_id()),
        "mood": entry.mood,
        "intensity": entry.intensity,
        "note": entry.note,
        "factors": entry.factors,
        "occurred_at": moment.isoformat(),
        "timezone": context.timezone,
        "local_date": streaks.day_of(context, moment, call.now).isoformat(),
        "edited_at": _rank(entry),
    }


def _rank(entry: QueuedCheckIn) -> str:
    if entry.edited_at:
        return entry.edited_at.isoformat()
    return NEVER_EDITED.isoformat() if entry.occurred_at else "-infinity"


def _result(position: Position, row: dict[str, object], merged: Merged | None, gone: set[UUID]) -> BatchResult:
    entry_id = UUID(str(row["id"]))
    made = {True: "created", False: "updated"}[merged.created] if merged else None
    status = made or ("deleted" if entry_id in gone else "unchanged")
    return BatchResult(index=position, status=status, mood_id=entry_id)


async def _delete(
    call: Call[Batch], deletions: dict[Position, UUID], results: dict[Position, BatchResult]
) -> list[Event]:
    if not deletions:
        return []
    days = await queries.delete(call.conn, list(deletions.values()))
    for position, entry_id in deletions.items():
        results[position] = BatchResult(index=position, status="deleted", mood_id=entry_id)
    return [mood_deleted(call.person.id, call.now, entry_id=entry_id, local_date=day) for entry_id, day in days.items()]


def _event(call: Call[Batch], merged: Merged, verdict: Verdict | None) -> Event:
    happened = mood_recorded if merged.created else mood_changed
    safety = verdict.code if verdict else None
    return happened(call.person.id, call.now, entry_id=merged.id, local_date=merged.local_date, safety=safety)
