"""Looking back and setting right: pages of entries, one entry, its change and its deletion."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from functions.checkin import queries, streaks
from functions.checkin.check_in import entry_fields, event_data
from functions.checkin.models import CheckInChange, Entry, EntryChanged, History, HistoryQuery
from functions.checkin.queries import StoredEntry
from shared.clock import local_day, zone
from shared.errors import NotFound
from shared.events import Event, emit
from shared.http import Call
from shared.http.paging import cursor_after, place_of
from shared.safety import assess_words, support_for

NEWEST = (datetime(2200, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))


def shown(entry: StoredEntry) -> Entry:
    return Entry.model_construct(**entry_fields(entry))


async def page(call: Call[None, HistoryQuery]) -> History:
    asked = call.query
    before = place_of(asked.cursor, call.person.id, datetime.fromisoformat, UUID) if asked.cursor else NEWEST
    entries = await queries.page(call.conn, before=before, first=asked.first, last=asked.last, limit=asked.limit + 1)
    more = len(entries) > asked.limit
    entries = entries[: asked.limit]
    cursor = page_end(entries[-1].occurred_at, entries[-1].id, call.person.id) if more else None
    return History.model_construct(items=[shown(entry) for entry in entries], next_cursor=cursor)


def page_end(moment: datetime, entry_id: UUID, person: UUID) -> str:
    return cursor_after((moment.astimezone(UTC).isoformat(), entry_id), person)


async def one(call: Call[Any]) -> StoredEntry:
    entry = await queries.entry(call.conn, call.id)
    if entry is None:
        raise NotFound
    return entry


async def change(call: Call[CheckInChange]) -> EntryChanged:
    context = await queries.context(call.conn, call.id)
    entry = replace(await one(call), **call.body.model_dump(exclude_unset=True))
    if "occurred_at" in call.body.model_fields_set:
        moment = min(entry.occurred_at, call.now)
        entry = replace(entry, local_date=local_day(moment, zone(entry.timezone), context.day_starts_at))
    queries.change(call.conn, entry, call.now)
    await streaks.keep_recounted(call, context)
    verdict = assess_words(call.body.note, call.body.factors or [])
    data = event_data(entry.id, entry.local_date.isoformat(), verdict)
    emit(call.conn, [_event(call, "mood.changed", data)])
    support = support_for(context.country) if verdict else None
    return EntryChanged.model_construct(**entry_fields(entry), support=support)


async def delete(call: Call) -> None:
    context = await queries.context(call.conn, call.id)
    if not context.recorded:
        raise NotFound
    days = await queries.delete(call.conn, [call.id])
    await streaks.keep_recounted(call, context)
    data = event_data(call.id, days[call.id].isoformat(), None)
    emit(call.conn, [_event(call, "mood.deleted", data)])


def _event(call: Call[Any], kind: str, data: dict[str, str | None]) -> Event:
    return Event(type=kind, user_id=call.person.id, occurred_at=call.now, data=dict(data))
