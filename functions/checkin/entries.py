"""Looking back and setting right: pages of entries, one entry, its change and its deletion."""

from dataclasses import replace
from typing import Any

from functions.checkin import queries, streaks
from functions.checkin.check_in import entry_fields
from functions.checkin.models import CheckInChange, Entry, EntryChanged, History, HistoryQuery
from functions.checkin.queries import StoredEntry
from shared.clock import local_day, zone
from shared.errors import NotFound
from shared.events import emit
from shared.events.types import mood_changed, mood_deleted
from shared.http import Call
from shared.http.paging import NEWEST_FIRST
from shared.safety import assess_entry, support_for


def shown(entry: StoredEntry) -> Entry:
    return Entry.model_construct(**entry_fields(entry))


async def page(call: Call[None, HistoryQuery]) -> History:
    query = call.query
    entries, cursor = await NEWEST_FIRST.page(
        query,
        call.person.id,
        lambda before, limit: queries.page(call.conn, before=before, first=query.first, last=query.last, limit=limit),
        lambda entry: (entry.occurred_at, entry.id),
    )
    return History.model_construct(items=[shown(entry) for entry in entries], next_cursor=cursor)


async def one(call: Call[Any]) -> StoredEntry:
    entry = await queries.entry(call.conn, call.id)
    if entry is None:
        raise NotFound
    return entry


async def change(call: Call[CheckInChange]) -> EntryChanged:
    context = await queries.context(call.conn, call.now, call.id)
    entry = replace(await one(call), **call.body.model_dump(exclude_unset=True))
    if "occurred_at" in call.body.model_fields_set:
        moment = min(entry.occurred_at, call.now)
        entry = replace(entry, local_date=local_day(moment, zone(entry.timezone), context.day_starts_at))
    queries.change(call.conn, entry, call.now)
    await streaks.keep_recounted(call, context)
    verdict = assess_entry(call.body.note, call.body.factors or [])
    safety = verdict.code if verdict else None
    event = mood_changed(call.person.id, call.now, entry_id=entry.id, local_date=entry.local_date, safety=safety)
    emit(call.conn, [event])
    support = support_for(context.country) if verdict else None
    return EntryChanged.model_construct(**entry_fields(entry), support=support)


async def delete(call: Call) -> None:
    context = await queries.context(call.conn, call.now, call.id)
    if not context.recorded:
        raise NotFound
    days = await queries.delete(call.conn, [call.id])
    await streaks.keep_recounted(call, context)
    emit(call.conn, [mood_deleted(call.person.id, call.now, entry_id=call.id, local_date=days[call.id])])
