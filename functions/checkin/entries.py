"""Stored entries: list pages of them, read one, change one, delete one."""

from typing import Any

from functions.checkin import queries, streaks
from functions.checkin.models import ChangedEntry, CheckInChange, Entry, History, HistoryQuery
from functions.checkin.queries import StoredEntry
from shared.clock import local_day, zone
from shared.errors import NotFound
from shared.events import emit
from shared.events.types import mood_changed, mood_deleted
from shared.http import Call
from shared.http.paging import NEWEST_FIRST


def entry_fields(entry: StoredEntry) -> dict[str, Any]:
    """The fields of an API `Entry`."""
    fields = entry._asdict()
    return {"mood_id": fields.pop("id"), **fields}


def present_entry(entry: StoredEntry) -> Entry:
    return Entry.model_construct(**entry_fields(entry))


async def list_entries(call: Call[None, HistoryQuery]) -> History:
    query = call.query
    entries, cursor = await NEWEST_FIRST.page(
        query,
        call.person.id,
        lambda before, limit: queries.load_entry_page(
            call.conn, before=before, first=query.first, last=query.last, limit=limit
        ),
        lambda entry: (entry.occurred_at, entry.id),
    )
    return History.model_construct(items=[present_entry(entry) for entry in entries], next_cursor=cursor)


async def load_entry(call: Call[Any]) -> StoredEntry:
    """The entry whose id is in the path. Raises `NotFound`."""
    entry = await queries.load_entry(call.conn, call.id)
    if entry is None:
        raise NotFound
    return entry


async def change_entry(call: Call[CheckInChange]) -> ChangedEntry:
    context = await queries.load_context(call.conn, call.now, call.id)
    entry = (await load_entry(call))._replace(**call.body.model_dump(exclude_unset=True))
    is_moved = "occurred_at" in call.body.model_fields_set
    if is_moved:
        moment = min(entry.occurred_at, call.now)
        entry = entry._replace(local_date=local_day(moment, zone(entry.timezone), context.day_starts_at))
    queries.update_entry(call.conn, entry, call.now)
    if is_moved:
        await streaks.recount(call, context)
    emit(call.conn, [mood_changed(call.person.id, call.now, entry_ids=[entry.id])])
    return ChangedEntry.model_construct(**entry_fields(entry), support=call.support)


async def delete_entry(call: Call) -> None:
    """Delete the entry whose id is in the path. Raises `NotFound`."""
    context = await queries.load_context(call.conn, call.now, call.id)
    if not context.recorded:
        raise NotFound
    await queries.delete_entries(call.conn, [call.id])
    await streaks.recount(call, context)
    emit(call.conn, [mood_deleted(call.person.id, call.now, entry_ids=[call.id])])
