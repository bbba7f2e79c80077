"""What comes in and what goes out of `recommend`."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias, get_args
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue

from shared.http import OMITTABLE, ChangeModel, Kind, MoodName, PastMoment, RequestModel, ResponseModel, Text
from shared.http.paging import PageQuery
from shared.http.queues import EntryFault, QueuedSchema
from shared.moods import MOODS
from shared.ranking import Recommendation
from shared.safety import Support

Deed: TypeAlias = Literal["view", "start", "complete", "like", "dislike", "skip", "hide", "unhide"]


def _none_if_blank(text: str | None) -> str | None:
    return (text and text.strip()) or None


def _to_be_seen(text: str) -> str:
    if not any(sign.isprintable() and not sign.isspace() for sign in text):
        raise ValueError("must hold something that can be seen")
    return text.strip()


def _to_six_digits(value: float) -> float:
    """As a `real` keeps them; Postgres refuses one that is too small for it."""
    return round(value, 6)


def _each_once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


Title = Annotated[Text, Field(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(_to_be_seen)]
Body = Annotated[Annotated[Text, Field(max_length=10_000)] | None, AfterValidator(_none_if_blank)]
Minutes = Annotated[int, Field(ge=1, le=600)]
Effort = Annotated[int, Field(ge=1, le=5)]
Fits = Annotated[list[MoodName], Field(min_length=1, max_length=len(MOODS)), AfterValidator(_each_once)]
Axis = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False), AfterValidator(_to_six_digits)]
Tag = Annotated[Text, Field(pattern=r"^[^\W_]+([ -][^\W_]+)*$", max_length=40)]
Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(_each_once)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
Link = Annotated[Text, Field(max_length=2000, pattern=r"^https://[^\s/]+(/\S*)?$")]
Attribution = Annotated[Annotated[Text, Field(max_length=600)] | None, AfterValidator(_none_if_blank)]


class Proof(RequestModel):
    """What studies found. `effect` is the share of it that the ranking takes for granted."""

    effect: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    citation: Annotated[Text, Field(min_length=1, max_length=600)]
    says: Annotated[Text, Field(min_length=1, max_length=600)]


class ContentDraft(RequestModel):
    kind: Kind
    title: Title
    body: Body = None
    minutes: Minutes
    effort: Effort
    fits: Fits
    leads_valence: Axis
    leads_arousal: Axis
    tags: Tags = Field(default_factory=list)
    language: Language = "en"
    url: Link | None = None
    image_url: Link | None = None
    thumbnail_url: Link | None = None
    attribution: Attribution = None
    evidence: Proof | None = None
    repeatable: bool = False


class ContentChange(ChangeModel):
    kind: Kind = OMITTABLE
    title: Title = OMITTABLE
    body: Body = None
    minutes: Minutes = OMITTABLE
    effort: Effort = OMITTABLE
    fits: Fits = OMITTABLE
    leads_valence: Axis = OMITTABLE
    leads_arousal: Axis = OMITTABLE
    tags: Tags = OMITTABLE
    language: Language = OMITTABLE
    url: Link | None = None
    image_url: Link | None = None
    thumbnail_url: Link | None = None
    attribution: Attribution = None
    evidence: Proof | None = None
    repeatable: bool = OMITTABLE


def _of_kinds(names: str) -> str:
    if not set(names.split(",")) <= set(get_args(Kind)):
        raise ValueError(f"must be some of these, parted by commas: {', '.join(get_args(Kind))}")
    return names


ONE_KIND = f"({'|'.join(get_args(Kind))})"
Kinds = Annotated[
    str,
    Field(max_length=200, json_schema_extra={"pattern": f"^{ONE_KIND}(,{ONE_KIND})*$"}),
    AfterValidator(_of_kinds),
]


class FeedQuery(RequestModel):
    """Without `mood`, for the latest check-in. `kinds` are parted by commas."""

    mood: MoodName | None = None
    intensity: Annotated[int, Field(ge=1, le=10)] | None = None
    target: MoodName | None = None
    kinds: Kinds | None = None
    minutes: Minutes | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 5

    @property
    def only(self) -> frozenset[str] | None:
        return frozenset(self.kinds.split(",")) if self.kinds else None


class VersionQuery(RequestModel):
    """Without `version`, the item as it is now."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class CatalogueQuery(PageQuery):
    q: Annotated[Annotated[Text, Field(max_length=200)] | None, AfterValidator(_none_if_blank)] = None
    kind: Kind | None = None
    mood: MoodName | None = None


class InteractionDraft(RequestModel):
    content_id: UUID
    kind: Deed
    recommendation_id: UUID | None = None
    occurred_at: PastMoment | None = None
    id: UUID | None = None


class InteractionBatch(RequestModel):
    """Each entry is judged on its own, so that a bad one does not sink the others."""

    entries: Annotated[list[Annotated[JsonValue, QueuedSchema(InteractionDraft)]], Field(min_length=1, max_length=200)]


class Feed(ResponseModel):
    recommendation_id: UUID
    mood_id: UUID | None  # the check-in it is made for, where no mood was named
    items: list[Recommendation]
    next_cursor: None
    support: Support | None


class Evidence(ResponseModel):
    effect: float
    citation: str
    says: str


class Content(ResponseModel):
    content_id: UUID
    version: int
    kind: str
    title: str
    body: str | None
    minutes: int
    effort: int
    fits: list[str]
    leads_valence: float
    leads_arousal: float
    tags: list[str]
    language: str
    url: str | None
    image_url: str | None
    thumbnail_url: str | None
    attribution: str | None
    evidence: Evidence | None
    repeatable: bool
    hidden: bool  # by the person who asks


class ContentPage(ResponseModel):
    items: list[Content]
    next_cursor: str | None


class SavedItem(Content):
    saved_at: datetime


class SavedPage(ResponseModel):
    items: list[SavedItem]
    next_cursor: str | None


class Interaction(ResponseModel):
    interaction_id: UUID
    content_id: UUID
    kind: str
    recommendation_id: UUID | None
    occurred_at: datetime


class InteractionResult(ResponseModel):
    index: int
    status: str  # created, unchanged or invalid
    interaction_id: UUID | None = None
    errors: list[EntryFault] | None = None


class InteractionsDone(ResponseModel):
    results: list[InteractionResult]
