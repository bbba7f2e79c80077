"""Imports a diary from a file of another app, or from an export of Mend."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice, takewhile
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel

from functions.checkin import diary_measures, limits, queries, streaks
from functions.checkin.formats import diary_file
from functions.checkin.formats.diary import BadColumns, Diary, DiaryEntry
from functions.checkin.formats.mood_names import BadMapping, nearest_mood
from functions.checkin.models import (
    FactorCount,
    ImportResult,
    Learned,
    MoodCount,
    UnmappedMood,
)
from functions.checkin.queries import Context
from shared import consents
from shared.clock import at_wall_time, local_day, zone
from shared.csv_table import ImportRefused, UnreadableLine
from shared.errors import Fault, Sentence
from shared.events import emit
from shared.events.types import mood_changed
from shared.http import Call, LongCall
from shared.http.fields import MOST_AHEAD
from shared.http.line_errors import told_lines
from shared.http.multipart import FORM
from shared.http.uploads import CSV, MAX_LISTED, ImportQuery, UnreadableImport, read_upload
from shared.http.words import Words, first_words
from shared.pace import half_speed
from shared.people import load_profiles
from shared.safety import Support
from shared.safety.care import CARE_LASTS
from shared.written_dates import DateOrders, usual_order

JSON = "application/json"
MAX_BYTES = 8 * 1024 * 1024  # more than ten thousand entries with notes (docs/decisions.md)
OLDEST = datetime(1901, 1, 1, tzinfo=UTC)
MAX_TEXT_ASSESSED = 200_000  # characters of the newest entries that the safety gate reads
PAGE_ROWS = 200
MOST_FREQUENT = 5
DAY_ONE = {"entries": [{"creationDate": "2025-11-21T08:15:42Z", "text": "A long day.", "tags": ["sad"]}]}

T = TypeVar("T")


@dataclass(frozen=True)
class DiaryFile:
    """An uploaded file, the mapping of its mood names to Mend's moods, and the names of its columns."""

    content: bytes
    mapping: Mapping[str, str]
    columns: Mapping[str, str]


class DiaryBody:
    """Reads a body that is a file, or a form with `file` and, as JSON objects, optional `mapping` and `columns`."""

    media_types = (CSV, JSON, FORM)
    max_bytes = MAX_BYTES

    def read(self, content_type: str, body: bytes) -> DiaryFile:
        upload = read_upload(content_type, body, "mapping", "columns")
        return DiaryFile(upload.content, upload.strings["mapping"], upload.strings["columns"])

    def models(self) -> tuple[type[BaseModel], ...]:
        return ()

    def schema(self, media_type: str, _: Callable[[type[BaseModel]], dict[str, Any]]) -> dict[str, Any]:
        if media_type == CSV:
            description = "A CSV export of Daylio, How We Feel or Bearable, or a file from GET /export.csv"
            return {"type": "string", "description": description}
        if media_type == JSON:
            return {"type": "object", "description": "A Day One JSON export", "examples": [DAY_ONE]}
        file = {"type": "string", "format": "binary"}
        mapping = {
            "type": "string",
            "description": 'JSON that maps your custom mood names, such as {"Blah": "bored", "So-so": "okay:4"}',
        }
        columns = {
            "type": "string",
            "description": 'JSON that names the columns of another table, such as {"date": "Day", "mood": "Feeling"}. '
            "Further fields are time, intensity, note and factors. Any other name is one of a measure, such as "
            '{"Sleep": "Hours asleep"}: its column has a number for each day.',
        }
        properties = {"file": file, "mapping": mapping, "columns": columns}
        return {"type": "object", "required": ["file"], "properties": properties}


async def import_diary(call: LongCall[DiaryFile, ImportQuery]) -> ImportResult:
    """Import the file, or only count with `dry_run`. Raises `UnreadableImport` or `ImportsFull`."""
    file, locale = call.body, await _load_locale(call)
    orders = DateOrders(call.query.date_order, usual_order(locale))
    try:
        diary = await asyncio.to_thread(diary_file.parse, file.content, file.mapping, file.columns, orders, locale)
    except (BadMapping, BadColumns) as error:
        part = "mapping" if isinstance(error, BadMapping) else "columns"
        raise UnreadableImport(str(error), faults=[Fault(("body", part), str(error))]) from None
    except ImportRefused as error:
        raise UnreadableImport(str(error)) from None
    result = await call.in_transaction(lambda transaction: _import(transaction, diary))
    return result.model_copy(update={"support": await _support(call, diary)})


async def _load_locale(call: LongCall[DiaryFile, ImportQuery]) -> str:
    person = call.person.id
    profiles = await call.in_transaction(lambda transaction: load_profiles(transaction.conn, [person]))
    return profiles[person].locale


async def _support(call: LongCall[DiaryFile, ImportQuery], diary: Diary) -> Support | None:
    """Support if the newest entries tell of danger. Only entries as recent as a care period open one."""
    texts = sorted(_texts(diary), key=lambda texts: texts.day, reverse=True)
    oldest = (call.now - CARE_LASTS).date()
    recent = takewhile(lambda texts: texts.day >= oldest, texts)
    desk, opens_care = call.services.support_desk, not call.query.dry_run
    return await desk.support(call.person, _words(recent), opens_care=opens_care) or await desk.support(
        call.person, _words(texts), opens_care=False
    )


class _DatedTexts(NamedTuple):
    day: date
    texts: tuple[str, ...]


def _texts(diary: Diary) -> Iterator[_DatedTexts]:
    """The texts of each entry, and the name of each measure on the latest day on which it was not 0."""
    for entry in diary.entries:
        yield _DatedTexts(entry.when.date(), (entry.note or "", *entry.factors))
    latest: dict[str, date] = {}
    for when, name, value in diary.numbers:
        if value:
            latest[name] = max(when.date(), latest.get(name, when.date()))
    for name, day in latest.items():
        yield _DatedTexts(day, (name,))


def _words(days: Iterable[_DatedTexts]) -> Iterator[Words]:
    return first_words((Words(text) for day in days for text in day.texts), MAX_TEXT_ASSESSED)


async def _import(call: Call[DiaryFile, ImportQuery], diary: Diary) -> ImportResult:
    insights = consents.queue_is_granted(call.conn, call.person.id, "insights")
    context = await queries.load_context(call.conn, call.now)
    [(granted,)] = insights.rows
    rows, out_of_range = await asyncio.to_thread(_rows, diary, context, call.now, call.person.id)
    count = _count_new if call.query.dry_run else _store
    imported = await count(call, context, rows)
    measures = await diary_measures.store(call, context, diary.numbers, granted=granted)
    errors = sorted([*diary.unreadable, *out_of_range], key=lambda unreadable: unreadable.line)
    return ImportResult(
        rows=diary.total,
        imported=imported,
        duplicates=len(diary.entries) - len(out_of_range) - imported,
        unmapped_moods=await asyncio.to_thread(_unmapped_moods, diary, context.locale),
        errors=await told_lines(call, errors),
        errors_total=len(errors),
        date_order=diary.date_order,
        encoding=diary.encoding,
        learned=await asyncio.to_thread(_learned, diary, {error.line for error in out_of_range}),
        measures=measures,
    )


def _learned(diary: Diary, refused_lines: Collection[int]) -> Learned | None:
    entries = [entry for entry in diary.entries if entry.line not in refused_lines]
    if not entries:
        return None
    days = [entry.when.date() for entry in entries]
    moods = Counter(entry.mood for entry in entries).most_common(MOST_FREQUENT)
    factors = Counter(factor for entry in entries for factor in entry.factors).most_common(MOST_FREQUENT)
    return Learned(
        first_day=min(days),
        last_day=max(days),
        moods=[MoodCount(mood=mood, count=count) for mood, count in moods],
        factors=[FactorCount(factor=factor, count=count) for factor, count in factors],
    )


def _unmapped_moods(diary: Diary, locale: str | None) -> list[UnmappedMood]:
    moods = islice(diary.unmapped_moods.items(), MAX_LISTED)
    return [UnmappedMood(name=name, count=count, nearest=nearest_mood(name, locale)) for name, count in moods]


def _rows(
    diary: Diary, context: Context, now: datetime, person: UUID
) -> tuple[dict[UUID, dict[str, object]], list[UnreadableLine]]:
    """The rows to store, by id, and the lines whose date is out of range."""
    rows: dict[UUID, dict[str, object]] = {}
    out_of_range: list[UnreadableLine] = []
    for entry in diary.entries:
        try:
            row = _row(entry, context, now, person)
            rows[UUID(str(row["id"]))] = row
        except (ValueError, OverflowError):
            sentence = Sentence("the date is before 1901 or in the future")
            out_of_range.append(UnreadableLine(entry.line, sentence))
    return rows, out_of_range


def _row(entry: DiaryEntry, context: Context, now: datetime, person: UUID) -> dict[str, object]:
    is_own = entry.when.tzinfo is not None
    tz = zone(str(entry.when.tzinfo) if is_own else context.timezone)
    moment = entry.when if is_own else at_wall_time(entry.when.date(), entry.when.time(), tz)
    if not OLDEST < moment < now + MOST_AHEAD:
        raise ValueError
    return {
        # The id of a Daylio entry is a hash of its minute and mood. The hash with the person's id does not reveal them.
        "id": str(entry.id if is_own else uuid5(person, str(entry.id))),
        "mood": entry.mood,
        "intensity": entry.intensity,
        "note": entry.note,
        "factors": entry.factors,
        "occurred_at": moment.astimezone(UTC).isoformat(),
        "timezone": tz.key,
        "local_date": local_day(min(moment, now), tz, context.day_starts_at).isoformat(),
        "edited_at": queries.CREATION_EDITED_AT.isoformat(),
    }


async def _count_new(
    call: Call[DiaryFile, ImportQuery], context: Context, rows: Mapping[UUID, dict[str, object]]
) -> int:
    """How many of the rows are new. Raises `ImportsFull`."""
    existing: set[UUID] = set()
    for ids in _pages(list(rows)):
        existing |= await queries.load_recorded_ids(call.conn, ids) | await queries.load_deleted_ids(call.conn, ids)
    imported = len(rows) - len(existing)
    limits.check_imported(context, imported)
    return imported


async def _store(call: Call[DiaryFile, ImportQuery], context: Context, rows: Mapping[UUID, dict[str, object]]) -> int:
    """Store the rows. Returns how many are new. Raises `ImportsFull`."""
    imported = 0
    for page in _pages(list(rows.values())):
        async with half_speed():
            imported += len(await queries.merge_entries(call.conn, page, "import"))
    if imported:
        limits.check_imported(context, imported)
        queries.count_entries(call.conn, call.now, imported=imported)
        await streaks.recount(call, context)
        emit(call.conn, [mood_changed(call.person.id, call.now)])
    return imported


def _pages(items: list[T]) -> Iterator[list[T]]:
    """Parts that take the event loop a few milliseconds each, also with the longest notes."""
    return (items[start : start + PAGE_ROWS] for start in range(0, len(items), PAGE_ROWS))
