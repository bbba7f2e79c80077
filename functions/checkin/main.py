"""HTTP routes and event consumer of `checkin`: check-ins with recommendations, history, streak, import and export."""

from dataclasses import asdict
from functools import cache

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.checkin import batch, check_in, diary_export, diary_import, entries, events, live, queries, streaks
from functions.checkin.errors import StreaksOff
from functions.checkin.models import (
    Batch,
    BatchResults,
    ChangedEntry,
    CheckIn,
    CheckInChange,
    CheckInDraft,
    Entry,
    FactorUse,
    FactorUses,
    History,
    HistoryQuery,
    ImportResult,
    Moods,
    MoodWord,
    Streak,
)
from functions.checkin.rules.factor_uses import count_together
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
from shared.http.paging import PageQuery, page_of
from shared.http.uploads import CSV, ImportQuery
from shared.labels import LABELS
from shared.moods import MOODS
from shared.ranking import CandidateCache, KnowledgeReader

IMPORT_BODY, EXPORTED = diary_import.DiaryBody(), Streamed(CSV)
EXPORT_SECONDS = 300  # enough for a long diary over a slow connection

catalogue, knowledge = CandidateCache(), KnowledgeReader()


async def list_moods(call: PublicCall) -> Response:
    """List the moods that you can record, with valence and arousal, and a label in the language of the request."""
    response = model_response(_vocabulary(LABELS.code(call.headers.get("accept-language"))))
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@cache
def _vocabulary(language: str) -> Moods:
    labels = LABELS.texts(language).moods
    names = MoodWord.model_fields.keys() - {"label"}
    return Moods(
        items=[
            MoodWord(label=_capitalized(labels[mood.name]), **{name: getattr(mood, name) for name in names})
            for mood in MOODS.values()
        ]
    )


def _capitalized(label: str) -> str:
    return label[0].upper() + label[1:]


async def record_check_in(call: Call[CheckInDraft]) -> Response:
    """Record how you feel and get recommendations in the same answer."""
    answer, is_new = await check_in.record_check_in(call, catalogue, knowledge)
    return model_response(answer, 201 if is_new else 200)


async def store_batch(call: Call[Batch]) -> Response:
    """Send your offline queue. You can send entries in any order and repeat them: the result is the same."""
    return model_response(await batch.store_batch(call))


async def list_entries(call: Call[None, HistoryQuery]) -> Response:
    """List your entries, newest first."""
    return model_response(await entries.list_entries(call))


async def get_entry(call: Call) -> Response:
    """Get one of your entries."""
    return model_response(entries.present_entry(await entries.load_entry(call)))


async def change_entry(call: Call[CheckInChange]) -> Response:
    """Change some fields of an entry."""
    return model_response(await entries.change_entry(call))


async def delete_entry(call: Call) -> Response:
    """Delete an entry for good: sending it again does not bring it back."""
    await entries.delete_entry(call)
    return Response(status_code=204)


async def get_streak(call: Call) -> Response:
    """Get your streak: the run of days with a check-in."""
    context = await queries.load_context(call.conn, call.now)
    if not context.streaks_enabled or context.in_care:
        raise StreaksOff
    return model_response(streaks.present_streak(await streaks.load_count(call, context), context, call.now))


async def list_factors(call: Call[None, PageQuery]) -> Response:
    """List the factors that you use, the most used first."""
    spellings = await queries.load_factor_spellings(call.conn)
    uses = page_of(count_together(spellings), call.query, (call.person.id, "factors"))
    items = [FactorUse(**asdict(use)) for use in uses.items]
    return model_response(FactorUses(items=items, next_cursor=uses.next_cursor))


async def import_diary(call: LongCall[diary_import.DiaryFile, ImportQuery]) -> Response:
    """Import a diary: of Daylio, How We Feel, Bearable or Day One, your own export, or any CSV whose columns you name.

    Importing a file twice adds nothing.
    """
    return model_response(await diary_import.import_diary(call))


async def export_diary(call: LongCall) -> Stream:
    """Download all your entries as a CSV file that you can import again."""
    headers = {"Content-Disposition": 'attachment; filename="mend-check-ins.csv"'}
    return Stream(diary_export.diary_csv(call), CSV, headers)


app = Api(
    "checkin",
    PublicOperation("GET", "/moods", list_moods, {200: Moods}),
    Operation("POST", "/", record_check_in, {201: CheckIn, 200: CheckIn}, body=JsonBody(CheckInDraft)),
    Operation("GET", "/", list_entries, {200: History}, query=HistoryQuery),
    Operation("POST", "/batch", store_batch, {200: BatchResults}, body=JsonBody(Batch)),
    Operation("GET", "/streak", get_streak, {200: Streak}),
    Operation("GET", "/factors", list_factors, {200: FactorUses}, query=PageQuery),
    LongOperation(
        "POST", "/import", import_diary, {200: ImportResult}, body=IMPORT_BODY, query=ImportQuery, heavy=True
    ),
    LongOperation("GET", "/export.csv", export_diary, {200: EXPORTED}, seconds=EXPORT_SECONDS, heavy=True),
    Operation("GET", "/{id:uuid}", get_entry, {200: Entry}),
    Operation("PATCH", "/{id:uuid}", change_entry, {200: ChangedEntry}, body=JsonBody(CheckInChange)),
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
        types.care_opened: events.update_streak,
        types.care_closed: events.update_streak,
    },
    live.documents,
)


@functions_framework.aio.http
async def checkin_events(request: Request) -> Response:
    return await event_consumer.receive(request)
