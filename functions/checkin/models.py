"""The requests and responses of `checkin`. Docstrings appear in the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue

from shared.csv_table import Encoding
from shared.factors import distinct_factors
from shared.http import (
    OMITTABLE,
    ChangeModel,
    LocalMoment,
    MoodName,
    PastMoment,
    RequestModel,
    ResponseModel,
    StoredMood,
    Text,
)
from shared.http.date_range import AnyDate, DateRangeQuery
from shared.http.offline_queue import EntryFault, QueuedSchema
from shared.http.paging import PageQuery
from shared.http.uploads import LineError
from shared.moods import Quadrant
from shared.ranking import Recommendation
from shared.safety import Support
from shared.visible import is_visible
from shared.written_dates import DateOrder

MAX_NOTE = 4000
MAX_FACTORS = 30
MAX_FACTOR = 80
MAX_BATCH_TEXT = 100_000


def _none_if_invisible(note: str | None) -> str | None:
    return note if note and is_visible(note) else None


Intensity = Annotated[int, Field(ge=1, le=10, description="How strongly you feel it, from 1 to 10.")]
Note = Annotated[Annotated[Text, Field(max_length=MAX_NOTE)] | None, AfterValidator(_none_if_invisible)]
Factor = Annotated[Text, Field(max_length=MAX_FACTOR)]
Factors = Annotated[list[Factor], Field(max_length=MAX_FACTORS), AfterValidator(distinct_factors)]


class CheckInDraft(RequestModel):
    mood: MoodName
    intensity: Intensity
    note: Note = None
    factors: Factors = Field(default_factory=list)
    occurred_at: LocalMoment | None = Field(default=None, description="When you felt it. Now, if you omit it.")
    id: UUID | None = Field(default=None, description="A UUID that you choose. It makes a repeat of the request safe.")


class BatchCheckIn(CheckInDraft):
    """A check-in that you recorded offline. Of several with one id the latest edit wins, and a deletion always does."""

    edited_at: PastMoment | None = Field(default=None, description="When you last edited it, if you did.")


class BatchDeletion(RequestModel):
    """The deletion of an entry that you made offline."""

    id: UUID
    deleted: Literal[True]


BatchItem = Annotated[JsonValue, QueuedSchema(BatchCheckIn, BatchDeletion)]


class Batch(RequestModel):
    """Your offline queue. Each entry is validated on its own, so an invalid one does not affect the others."""

    entries: Annotated[
        list[BatchItem],
        Field(
            min_length=1,
            max_length=200,
            description=f"Their notes and factors can have {MAX_BATCH_TEXT:,} characters together. A longer batch is "
            "refused with 413 `batch_too_long`: send it in parts.",
        ),
    ]


class CheckInChange(ChangeModel):
    mood: MoodName = OMITTABLE
    intensity: Intensity = OMITTABLE
    note: Note = None
    factors: Factors = OMITTABLE
    occurred_at: PastMoment = OMITTABLE


class HistoryQuery(PageQuery, DateRangeQuery):
    """`from` and `to` are local dates. Both are included."""

    first: AnyDate | None = Field(default=None, alias="from")
    last: AnyDate | None = Field(default=None, alias="to")


class MoodWord(ResponseModel):
    name: str
    label: str  # its name in the language of the request
    valence: float
    arousal: float
    quadrant: Quadrant
    emoji: str
    colour: str


class Moods(ResponseModel):
    items: list[MoodWord]


class Entry(ResponseModel):
    mood_id: UUID
    mood: StoredMood
    intensity: int
    note: str | None
    factors: list[str]
    occurred_at: datetime
    timezone: str
    local_date: date


class Streak(ResponseModel):
    current: int
    longest: int
    checked_in_today: bool


class CheckIn(Entry):
    """Your entry, with recommendations. `streak` is absent if you switched it off, and while you need support."""

    recommendations: list[Recommendation]
    streak: Streak | None = None
    support: Support | None


class ChangedEntry(Entry):
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
    next_cursor: str | None


EntryStatus = Literal["created", "updated", "unchanged", "deleted", "invalid"]


class BatchResult(ResponseModel):
    index: int
    status: EntryStatus
    mood_id: UUID | None = None
    errors: list[EntryFault] | None = None


class BatchResults(ResponseModel):
    results: list[BatchResult]
    support: Support | None


class UnmappedMood(ResponseModel):
    """A mood name that your mapping has to map. Lines with it are not imported."""

    name: str
    count: int
    nearest: str | None  # the mood with the most similar name, if one is similar


class MoodCount(ResponseModel):
    mood: str
    count: int


class FactorCount(ResponseModel):
    factor: str
    count: int


class Learned(ResponseModel):
    """What the file says about you: its time, and your five most frequent moods and factors."""

    first_day: date
    last_day: date
    moods: list[MoodCount]
    factors: list[FactorCount]


LeftOut = Literal["consent_needed", "measures_full"]


class ImportedMeasure(ResponseModel):
    """Numbers of the file, one for each day, that become a measure of your insights unless `left_out` says why not."""

    name: str
    days: int
    least: float
    most: float
    left_out: LeftOut | None


class ImportResult(ResponseModel):
    """At most 100 unmapped moods, 100 measures and 100 errors are listed. `errors_total` counts all."""

    rows: int
    imported: int
    duplicates: int
    unmapped_moods: list[UnmappedMood]
    errors: list[LineError]
    errors_total: int
    date_order: DateOrder | None
    encoding: Encoding
    learned: Learned | None
    measures: list[ImportedMeasure]
    support: Support | None = None
