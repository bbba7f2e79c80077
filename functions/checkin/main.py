"""checkin: how a person feels, and at once what is likely to help."""

from functools import cache

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.checkin import batch, diary_export, diary_import, entries, events, live, queries, streaks
from functions.checkin.check_in import record
from functions.checkin.errors import StreaksOff
from functions.checkin.models import (
    Batch,
    BatchDone,
    CheckedIn,
    CheckInChange,
    CheckInDraft,
    Entry,
    EntryChanged,
    FactorUse,
    FactorUses,
    History,
    HistoryQuery,
    Imported,
    ImportQuery,
    Moods,
    MoodWord,
    StreakShown,
)
from shared.events import Consumer, types
from shared.http import (
    Api,
    Call,
    JsonBody,
    LongCall,
    LongOperation,
    Operation,
    PublicCall,
    PublicOperation,
    Stream,
    Streamed,
    model_response,
)
from shared.moods import MOODS
from shared.ranking import CandidateCache, KnowledgeReader

EXPORT_SECONDS = 300  # for a long diary over a slow connection

catalogue, knowledge = CandidateCache(), KnowledgeReader()


async def list_moods(_: PublicCall) -> Response:
    """The vocabulary of moods, each with its place on the circumplex."""
    response = model_response(_vocabulary())
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@cache
def _vocabulary() -> Moods:
    names = MoodWord.model_fields
    return Moods(items=[MoodWord(**{name: getattr(mood, name) for name in names}) for mood in MOODS.values()])


async def check_in(call: Call[CheckInDraft]) -> Response:
    """Record how you feel; answers with what is likely to help now."""
    answer, new = await record(call, catalogue, knowledge)
    return model_response(answer, 201 if new else 200)


async def sync_batch(call: Call[Batch]) -> Response:
    """Send an offline queue: in any order, in any parts, as often as you like."""
    return model_response(await batch.sync(call))


async def list_entries(call: Call[None, HistoryQuery]) -> Response:
    """Your history, newest first."""
    return model_response(await entries.page(call))


async def get_entry(call: Call) -> Response:
    """One entry."""
    return model_response(entries.shown(await entries.one(call)))


async def change_entry(call: Call[CheckInChange]) -> Response:
    """Change parts of an entry."""
    return model_response(await entries.change(call))


async def delete_entry(call: Call) -> Response:
    """Delete an entry; an old queue cannot bring it back."""
    await entries.delete(call)
    return Response(status_code=204)


async def get_streak(call: Call) -> Response:
    """The run of days with a check-in."""
    context = await queries.context(call.conn, call.now)
    if not context.streaks_enabled:
        raise StreaksOff
    return model_response(streaks.shown(await streaks.streak_now(call, context), context, call.now))


async def list_factors(call: Call) -> Response:
    """Your own factors, by use."""
    uses = [
        FactorUse(factor=use.factor, count=use.count, last_used=use.last_used)
        for use in await queries.factors(call.conn)
    ]
    return model_response(FactorUses(items=uses, next_cursor=None))


async def import_diary(call: LongCall[diary_import.DiaryFile, ImportQuery]) -> Response:
    """Import a Daylio export, or our own; doing it twice adds nothing."""
    return model_response(await diary_import.import_diary(call))


async def export_diary(call: LongCall) -> Stream:
    """Every entry as CSV, importable again."""
    headers = {"Content-Disposition": 'attachment; filename="mend-check-ins.csv"'}
    return Stream(diary_export.diary_csv(call), diary_import.CSV, headers)


app = Api(
    "checkin",
    PublicOperation("GET", "/moods", list_moods, {200: Moods}),
    Operation("POST", "/", check_in, {201: CheckedIn, 200: CheckedIn}, body=JsonBody(CheckInDraft)),
    Operation("GET", "/", list_entries, {200: History}, query=HistoryQuery),
    Operation("POST", "/batch", sync_batch, {200: BatchDone}, body=JsonBody(Batch)),
    Operation("GET", "/streak", get_streak, {200: StreakShown}),
    Operation("GET", "/factors", list_factors, {200: FactorUses}),
    LongOperation("POST", "/import", import_diary, {200: Imported}, body=diary_import.DiaryUpload(), query=ImportQuery),
    LongOperation("GET", "/export.csv", export_diary, {200: Streamed(diary_import.CSV)}, seconds=EXPORT_SECONDS),
    Operation("GET", "/{id:uuid}", get_entry, {200: Entry}),
    Operation("PATCH", "/{id:uuid}", change_entry, {200: EntryChanged}, body=JsonBody(CheckInChange)),
    Operation("DELETE", "/{id:uuid}", delete_entry, {204: None}),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def checkin(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "checkin_events",
    {
        types.mood_recorded: events.update_streak,
        types.mood_changed: events.update_streak,
        types.mood_deleted: events.update_streak,
        types.profile_changed: events.update_streak,
    },
    live.documents,
)


@functions_framework.aio.http
async def checkin_events(request: Request) -> Response:
    return await event_consumer.receive(request)
