"""Stores an offline queue. Any order, repetition or partition of a queue gives the same entries."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from pydantic import JsonValue

from functions.checkin import limits, queries, streaks
from functions.checkin.models import Batch, BatchCheckIn, BatchDeletion, BatchResult, BatchResults, EntryStatus
from functions.checkin.queries import Context, MergedEntry
from shared.events import Event, emit
from shared.events.types import mood_changed, mood_deleted, mood_recorded
from shared.http import Call
from shared.http.offline_queue import read_queue, told_faults
from shared.ids import new_id

Position = int
Results = dict[Position, BatchResult]


async def store_batch(call: Call[Batch]) -> BatchResults:
    """Store and delete entries. `support` is there if an entry tells of danger.

    Raises `BatchTooLong`, `DayFull` or `DiaryFull`.
    """
    items, faults = await read_queue(call.body.entries, _item_model)
    deletions = {position: item.id for position, item in items.items() if isinstance(item, BatchDeletion)}
    check_ins = {position: item for position, item in items.items() if isinstance(item, BatchCheckIn)}
    told = await told_faults(call, faults)
    results = {position: BatchResult(index=position, status="invalid", errors=e) for position, e in told.items()}
    context = await queries.load_context(call.conn, call.now)
    limits.check_text(check_ins.values())
    kept, gone = _apart(check_ins, deletions.values())
    entries = await _store(call, context, kept, results)
    if made := sum(result.status == "created" for result in results.values()):
        limits.check_made(context, made, call.now)
        queries.count_entries(call.conn, call.now, made=made)
    deleted = await _delete(call, deletions | gone, results)
    if events := _events(call, entries, deleted):
        await streaks.recount(call, context)
        emit(call.conn, events)
    return BatchResults(results=[results[position] for position in sorted(results)], support=call.support)


def _apart(
    check_ins: Mapping[Position, BatchCheckIn], deleted_ids: Collection[UUID]
) -> tuple[dict[Position, BatchCheckIn], dict[Position, UUID]]:
    """The check-ins to store, and the ids of those that the same queue deletes, which are not made at all."""
    gone = {position: item.id for position, item in check_ins.items() if item.id and item.id in deleted_ids}
    return {position: item for position, item in check_ins.items() if position not in gone}, gone


async def _store(
    call: Call[Batch], context: Context, check_ins: Mapping[Position, BatchCheckIn], results: Results
) -> list[MergedEntry]:
    """Store the check-ins and add their results. Returns the entries that were stored, in the order of the queue."""
    deleted_ids = await queries.load_deleted_ids(call.conn, [item.id for item in check_ins.values() if item.id])
    entries: list[MergedEntry] = []
    for group in _version_groups(check_ins):
        rows = {position: _row(call, context, check_in) for position, check_in in group.items()}
        merged = {entry.id: entry for entry in await queries.merge_entries(call.conn, list(rows.values()), "app")}
        for position, row in rows.items():
            entry_id = UUID(str(row["id"]))
            entry = merged.get(entry_id)
            status = _status(entry, deleted=entry_id in deleted_ids)
            results[position] = BatchResult(index=position, status=status, mood_id=entry_id)
            if entry:
                entries.append(entry)
    return entries


def _item_model(item: JsonValue) -> type[BatchCheckIn | BatchDeletion]:
    return BatchDeletion if isinstance(item, dict) and "deleted" in item else BatchCheckIn


def _version_groups(check_ins: Mapping[Position, BatchCheckIn]) -> list[dict[Position, BatchCheckIn]]:
    """Split into groups without a repeated id: one upsert in Postgres cannot change the same row twice."""
    groups: list[dict[Position, BatchCheckIn]] = []
    versions: dict[UUID, int] = {}
    for position, check_in in check_ins.items():
        version = 0
        if check_in.id:
            version = versions.get(check_in.id, 0)
            versions[check_in.id] = version + 1
        if version == len(groups):
            groups.append({})
        groups[version][position] = check_in
    return groups


def _row(call: Call[Batch], context: Context, check_in: BatchCheckIn) -> dict[str, object]:
    moment = check_in.occurred_at or call.now
    clock = streaks.clock_at(context, moment)
    return {
        "id": str(check_in.id or new_id()),
        "mood": check_in.mood,
        "intensity": check_in.intensity,
        "note": check_in.note,
        "factors": check_in.factors,
        "occurred_at": moment.astimezone(UTC).isoformat(),
        "timezone": clock.zone.key,
        "local_date": clock.today(min(moment, call.now)).isoformat(),
        "edited_at": _edited_at(check_in),
    }


def _edited_at(check_in: BatchCheckIn) -> str:
    """The time by which `queries.MERGE_ENTRIES` decides between versions."""
    if check_in.edited_at:
        return check_in.edited_at.isoformat()
    return queries.CREATION_EDITED_AT.isoformat() if check_in.occurred_at else "-infinity"


def _status(merged: MergedEntry | None, *, deleted: bool) -> EntryStatus:
    if merged:
        return "created" if merged.created else "updated"
    return "deleted" if deleted else "unchanged"


async def _delete(call: Call[Batch], deletions: Mapping[Position, UUID], results: Results) -> Mapping[UUID, datetime]:
    """Delete the entries and add their results. Returns when each entry that existed took place, by id."""
    if not deletions:
        return {}
    for position, entry_id in deletions.items():
        results[position] = BatchResult(index=position, status="deleted", mood_id=entry_id)
    return await queries.delete_entries(call.conn, list(deletions.values()))


def _events(call: Call[Batch], entries: Sequence[MergedEntry], deleted: Mapping[UUID, datetime]) -> list[Event]:
    """One event for all new entries, one for all changed ones and one for all deleted ones."""
    times = {entry.id: entry.occurred_at for entry in entries}
    new_ids = {entry.id for entry in entries if entry.created}
    created = {entry_id: time for entry_id, time in times.items() if entry_id in new_ids}
    changed = {entry_id: time for entry_id, time in times.items() if entry_id not in new_ids}
    return [
        event_type(call.person.id, call.now, entry_ids=sorted(group, key=group.__getitem__))
        for event_type, group in [(mood_recorded, created), (mood_changed, changed), (mood_deleted, deleted)]
        if group
    ]
