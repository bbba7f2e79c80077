"""Requests and responses of `recommend`."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias, get_args
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue
from typing_extensions import TypedDict

from shared.errors import RuleBroken
from shared.http import (
    OMITTABLE,
    VISIBLE,
    ChangeModel,
    Kind,
    LanguageTag,
    MoodName,
    PastMoment,
    RequestModel,
    ResponseModel,
    StoredKind,
    StoredMood,
    TargetMood,
    Text,
    one_of,
)
from shared.http.offline_queue import EntryFault, QueuedSchema
from shared.http.paging import PageQuery
from shared.http.suggestions import nearest
from shared.moods import MOODS
from shared.pattern import Pattern
from shared.ranking import Recommendation
from shared.safety import Support
from shared.safety.guide import GuideName
from shared.visible import is_visible

InteractionKind: TypeAlias = Literal["view", "start", "complete", "like", "dislike", "skip", "hide", "unhide"]


def _none_if_blank(text: str | None) -> str | None:
    return text.strip() if text and is_visible(text) else None


def _without_hidden_signs(link: str) -> str:
    """Such as those that set a direction, and make an address look like another one."""
    if not link.isprintable():
        raise RuleBroken("must be an https address without spaces, like https://example.org/page")
    return link


def _six_decimals(value: float) -> float:
    """The precision of a Postgres `real`, which refuses values that are too small for it."""
    return round(value, 6)


def _without_repeats(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


Title = Annotated[
    Text,
    Field(min_length=1, max_length=200),
    *VISIBLE,
    AfterValidator(str.strip),
]
Body = Annotated[Annotated[Text, Field(max_length=10_000)] | None, AfterValidator(_none_if_blank)]
Steps = Annotated[list[Annotated[Text, Field(min_length=1, max_length=600)]], Field(max_length=20)]
Minutes = Annotated[int, Field(ge=1, le=600)]
Effort = Annotated[int, Field(ge=1, le=5)]
FittingMoods = Annotated[list[MoodName], Field(min_length=1, max_length=len(MOODS)), AfterValidator(_without_repeats)]
Axis = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False), AfterValidator(_six_decimals)]
Tag = Annotated[
    Text,
    Field(max_length=40),
    Pattern(r"^[^\W_]+([ -][^\W_]+)*$", "must be words of letters and digits, with one space or hyphen between them"),
]
Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(_without_repeats)]
Link = Annotated[
    Text,
    Field(max_length=2000),
    Pattern(
        r"^https://[^\s/@\\?#]+([/?#]\S*)?$", "must be an https address without spaces, like https://example.org/page"
    ),
    AfterValidator(_without_hidden_signs),
]
Attribution = Annotated[Annotated[Text, Field(max_length=600)] | None, AfterValidator(_none_if_blank)]


class EvidenceDraft(RequestModel):
    """The result of a study. `effect` is the part of it that the ranking uses as prior. `says` tells it by language."""

    effect: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), AfterValidator(lambda effect: round(effect, 6))]
    citation: Annotated[Text, Field(min_length=1, max_length=600)]
    finding: Annotated[Text, Field(min_length=1, max_length=600)]
    says: Annotated[dict[LanguageTag, Annotated[Text, Field(min_length=1, max_length=200)]], Field(max_length=20)] = (
        Field(default_factory=dict)
    )


class ContentDraft(RequestModel):
    kind: Kind
    title: Title
    body: Body = None
    steps: Steps = Field(default_factory=list)
    minutes: Minutes
    effort: Effort
    fits: FittingMoods
    leads_valence: Axis
    leads_arousal: Axis
    tags: Tags = Field(default_factory=list)
    language: LanguageTag = "en"
    url: Link | None = None
    image_url: Link | None = None
    thumbnail_url: Link | None = None
    attribution: Attribution = None
    evidence: EvidenceDraft | None = None
    repeatable: bool = False


class WaitingPicture(ResponseModel):
    """The picture is there and becomes that of the item in some seconds. Repeat the request to learn when."""

    id: UUID


class ContentChange(ChangeModel):
    kind: Kind = OMITTABLE
    title: Title = OMITTABLE
    body: Body = None
    steps: Steps = OMITTABLE
    minutes: Minutes = OMITTABLE
    effort: Effort = OMITTABLE
    fits: FittingMoods = OMITTABLE
    leads_valence: Axis = OMITTABLE
    leads_arousal: Axis = OMITTABLE
    tags: Tags = OMITTABLE
    language: LanguageTag = OMITTABLE
    url: Link | None = None
    image_url: Link | None = None
    thumbnail_url: Link | None = None
    attribution: Attribution = None
    evidence: EvidenceDraft | None = None
    repeatable: bool = OMITTABLE


def _valid_kinds(names: str) -> str:
    kinds = get_args(Kind)
    unknown = next((name for name in names.split(",") if name not in kinds), None)
    if unknown is None:
        return names
    listed = ", ".join(kinds)
    if meant := nearest(unknown, kinds):
        raise RuleBroken(
            "must be some of these, separated by commas: {names}. Did you mean `{name}`?", names=listed, name=meant
        )
    raise RuleBroken("must be some of these, separated by commas: {names}", names=listed)


ONE_KIND = f"({'|'.join(get_args(Kind))})"
Kinds = Annotated[
    str,
    Field(max_length=200, json_schema_extra={"pattern": f"^{ONE_KIND}(,{ONE_KIND})*$"}),
    AfterValidator(_valid_kinds),
]


class FeedQuery(RequestModel):
    """Without `mood`, for the latest check-in. `kinds` are separated by commas."""

    mood: MoodName | None = None
    intensity: Annotated[int, Field(ge=1, le=10)] | None = None
    target: TargetMood | None = None
    kinds: Kinds | None = None
    minutes: Minutes | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 5

    @property
    def kind_set(self) -> frozenset[str] | None:
        return frozenset(self.kinds.split(",")) if self.kinds else None


class VersionQuery(RequestModel):
    """Without `version`, the current version."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class CatalogueQuery(PageQuery):
    q: Annotated[Annotated[Text, Field(max_length=200)] | None, AfterValidator(_none_if_blank)] = None
    kind: Kind | None = None
    mood: MoodName | None = None


class InteractionDraft(RequestModel):
    content_id: UUID
    kind: InteractionKind
    recommendation_id: UUID | None = None
    occurred_at: PastMoment | None = None
    id: UUID | None = None


class InteractionBatch(RequestModel):
    """Each entry is validated by itself, so that an invalid one does not affect the others."""

    entries: Annotated[list[Annotated[JsonValue, QueuedSchema(InteractionDraft)]], Field(min_length=1, max_length=200)]


class RelaxedRule(TypedDict):
    code: Literal["minutes"]
    label: str
    detail: str


class Feed(ResponseModel):
    recommendation_id: UUID
    mood_id: UUID | None  # the check-in it is made for, unless the query has a mood
    items: list[Recommendation]
    relaxed_rules: list[RelaxedRule]  # wishes of the query that the catalogue could not keep
    next_cursor: str | None
    support: Support | None


class Evidence(ResponseModel):
    effect: float
    citation: str
    finding: str
    says: dict[str, str] = Field(default_factory=dict)  # the finding in plain words, by language


class Content(ResponseModel):
    content_id: UUID
    version: int
    kind: StoredKind
    title: str
    body: str | None
    steps: list[str]  # of a practice that its body does not explain enough
    minutes: int
    effort: int
    fits: list[StoredMood]
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
    hidden: bool  # by this person


class ContentPage(ResponseModel):
    """`guide` is there if the search is for help for someone else: show `account/guides/worried-about-someone`."""

    items: list[Content]
    next_cursor: str | None
    guide: GuideName | None = None


class SavedItem(Content):
    saved_at: datetime


class SavedPage(ResponseModel):
    items: list[SavedItem]
    next_cursor: str | None


class Interaction(ResponseModel):
    interaction_id: UUID
    content_id: UUID
    kind: Annotated[str, one_of(*get_args(InteractionKind))]
    recommendation_id: UUID | None
    occurred_at: datetime


class InteractionResult(ResponseModel):
    index: int
    status: Literal["created", "unchanged", "invalid"]
    interaction_id: UUID | None = None
    errors: list[EntryFault] | None = None


class InteractionBatchResult(ResponseModel):
    results: list[InteractionResult]
