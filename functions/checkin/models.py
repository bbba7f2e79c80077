"""What comes in and what goes out of `checkin`."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue

from shared.http import OMITTABLE, ChangeModel, MoodName, PastMoment, RequestModel, ResponseModel, Text
from shared.http.paging import PageQuery
from shared.http.queues import EntryFault, QueuedSchema
from shared.ranking import Recommendation
from shared.safety import Support

LONGEST_NOTE = 4000
MOST_FACTORS = 30


def _tidy(factors: list[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (factor.strip() for factor in factors))))


def _none_if_empty(note: str | None) -> str | None:
    return note or None


Intensity = Annotated[int, Field(ge=1, le=10)]
Note = Annotated[Annotated[Text, Field(max_length=LONGEST_NOTE)] | None, AfterValidator(_none_if_empty)]
Factor = Annotated[Text, Field(max_length=80)]
Factors = Annotated[list[Factor], Field(max_length=MOST_FACTORS), AfterValidator(_tidy)]


class CheckInDraft(RequestModel):
    mood: MoodName
    intensity: Intensity
    note: Note = None
    factors: Factors = Field(default_factory=list)
    occurred_at: PastMoment | None = None
    id: UUID | None = None


class QueuedCheckIn(CheckInDraft):
    """A check-in from an offline queue. Of several with one id the latest edit wins, and a deletion always does."""

    edited_at: PastMoment | None = None


class QueuedDeletion(RequestModel):
    id: UUID
    deleted: Literal[True]


QueuedEntry = Annotated[JsonValue, QueuedSchema(QueuedCheckIn, QueuedDeletion)]


class Batch(RequestModel):
    """Each entry is judged on its own, so that a bad one does not sink the others."""

    entries: Annotated[list[QueuedEntry], Field(min_length=1, max_length=200)]


class CheckInChange(ChangeModel):
    mood: MoodName = OMITTABLE
    intensity: Intensity = OMITTABLE
    note: Note = None
    factors: Factors = OMITTABLE
    occurred_at: PastMoment = OMITTABLE


class HistoryQuery(PageQuery):
    """`from` and `to` are local days, both included."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")


class ImportQuery(RequestModel):
    dry_run: bool = False


class MoodWord(ResponseModel):
    name: str
    label: str
    valence: float
    arousal: float
    quadrant: str
    emoji: str
    colour: str


class Moods(ResponseModel):
    items: list[MoodWord]


class Entry(ResponseModel):
    mood_id: UUID
    mood: str
    intensity: int
    note: str | None
    factors: list[str]
    occurred_at: datetime
    timezone: str
    local_date: date


class StreakShown(ResponseModel):
    current: int
    longest: int
    checked_in_today: bool


class CheckedIn(Entry):
    recommendations: list[Recommendation]
    streak: StreakShown | None = None  # absent when switched off, and in a crisis
    support: Support | None


class EntryChanged(Entry):
    support: Support | None


class History(ResponseModel):
    items: list[Entry]
    next_cursor: str | None


class FactorUse(ResponseModel):
    factor: str
    count: int
    last_used: date


class FactorUses(ResponseModel):
    items: list[FactorUse]
    next_cursor: None


class BatchResult(ResponseModel):
    index: int
    status: str  # created, updated, unchanged, deleted or invalid
    mood_id: UUID | None = None
    errors: list[EntryFault] | None = None


class BatchDone(ResponseModel):
    results: list[BatchResult]
    support: Support | None


class LineFault(ResponseModel):
    line: int
    msg: str


class Imported(ResponseModel):
    rows: int
    imported: int
    duplicates: int
    unmapped_moods: list[str]
    errors: list[LineFault]
