"""The requests and responses of `account`."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import to_json

from shared.ages import AgeBand
from shared.clock import UnknownZone, zone
from shared.errors import RuleBroken
from shared.http import OMITTABLE, VISIBLE, ChangeModel, LanguageTag, RequestModel, ResponseModel, Text, TimeOfDay
from shared.pattern import Pattern
from shared.places import iso_code
from shared.safety import Grade, Support
from shared.safety.helplines import Line

MAX_WORDS = 50
MAX_HARM_REPORTS = 20  # of a person within 24 hours
MAX_PLAN_BYTES = 8192  # small enough for an app to keep it on the device


def _zone_name(name: str) -> str:
    try:
        return zone(name).key
    except UnknownZone:
        raise RuleBroken("must be the name of an IANA time zone, like Europe/Berlin") from None


ZoneName = Annotated[Text, Field(max_length=64), AfterValidator(_zone_name)]
Country = Annotated[
    str,
    Pattern(r"^[A-Za-z]{2}$", "must be the two letters of a country, like DE"),
    AfterValidator(iso_code),
]
WordList = Annotated[list[Annotated[Text, Field(min_length=1, max_length=80)]], Field(max_length=MAX_WORDS)]
Trait = Annotated[Text, Field(max_length=80), *VISIBLE]
TraitList = Annotated[list[Trait], Field(max_length=20)]


class ProfileChange(ChangeModel):
    """The fields to change. You need at least one; omitted fields stay the same."""

    display_name: Annotated[Text, Field(max_length=80), *VISIBLE] | None = None
    timezone: ZoneName = OMITTABLE
    locale: LanguageTag = OMITTABLE
    country: Country | None = None
    day_starts_at: TimeOfDay = OMITTABLE
    streaks_enabled: bool = OMITTABLE
    interests: WordList = OMITTABLE
    avoid: WordList = OMITTABLE
    age_band: AgeBand | None = None
    companion_remembers: bool = OMITTABLE
    preferences: TraitList = OMITTABLE
    constraints: TraitList = OMITTABLE
    past_destinations: TraitList = OMITTABLE
    wishlist_regions: TraitList = OMITTABLE


class HelpLinesQuery(RequestModel):
    country: Country | None = None


class HelpLines(ResponseModel):
    """Whom to call or write to. The emergency number comes first when there is danger."""

    country: str | None = Field(description="Whose they are: of an unknown one, your own. Null: a directory of all.")
    emergency_number: str | None
    lines: list[Line]


class Options(ResponseModel):
    """What your profile takes: kinds and tags of content, locales that have texts, countries of ISO 3166.

    `labels` has what a person reads for each kind and tag, in their language.
    """

    interests: list[str]
    avoid: list[str]
    labels: dict[str, str]
    locales: list[str]
    countries: list[str]


class Attachment(ResponseModel):
    """A picture for messages, as WebP that fits into a square of 1280 pixels.

    Without a `url` it is not ready yet: repeat the request in a few seconds.
    """

    id: UUID
    url: str | None
    url_until: datetime | None


class AcceptedAvatar(ResponseModel):
    """Your picture is there and becomes your avatar in some seconds. Repeat the request to learn when."""

    id: UUID


class Avatar(ResponseModel):
    """Your avatar in three sizes as WebP, which fit into squares of 128, 512 and 1280 pixels.

    The URLs are valid until `urls_until`, for whoever has them. `id` changes with the picture.
    """

    id: UUID
    small_url: str
    medium_url: str
    large_url: str
    urls_until: datetime


class OpenedSupport(RequestModel):
    """The grade of the support that you opened."""

    grade: Grade


class HarmReportDraft(RequestModel):
    """What harmed you, in your own words. `grade` is that of the `support` it is about, if it is about support."""

    words: Annotated[Text, Field(max_length=2000), *VISIBLE]
    grade: Grade | None = None
    consent: Annotated[Literal[True], Field(description="You agree that staff read this.")]


class Profile(ResponseModel):
    """Your profile.

    `timezone` and `day_starts_at` decide which date a moment belongs to. `locale` is that of the device
    (`Accept-Language`) until you set it, and is stored with your first change. `interests` and `avoid` name kinds or
    tags of content that you want to see more of, or not at all. `preferences`, `constraints`, `past_destinations` and
    `wishlist_regions` are in your own words: what brainstorming and planning with the companion are personalised by.
    """

    display_name: str | None = None
    timezone: str = "UTC"
    locale: str = "en"
    country: str | None = None
    day_starts_at: str = "00:00"
    streaks_enabled: bool = True
    interests: list[str] = Field(default_factory=list)
    avoid: list[str] = Field(default_factory=list)
    age_band: AgeBand | None = None
    companion_remembers: bool = False
    preferences: list[str] = Field(default_factory=list)
    constraints: list[str] = Field(default_factory=list)
    past_destinations: list[str] = Field(default_factory=list)
    wishlist_regions: list[str] = Field(default_factory=list)


Note = Annotated[Text, Field(max_length=200), *VISIBLE]
NoteList = Annotated[list[Note], Field(max_length=10)]
Name = Annotated[Text, Field(max_length=80), *VISIBLE]
Phone = Annotated[Text, Field(max_length=40), *VISIBLE]


class ContactDraft(RequestModel):
    name: Name
    phone: Phone | None = None


class ProfessionalDraft(ContactDraft):
    hours: Name | None = None


class SafetyPlanDraft(RequestModel):
    """The whole plan. It has at least one entry, and at most 8 KiB in all."""

    signs: NoteList
    alone: NoteList
    distractions: NoteList
    people: Annotated[list[ContactDraft], Field(max_length=10)]
    professionals: Annotated[list[ProfessionalDraft], Field(max_length=10)]
    safer_place: NoteList

    @model_validator(mode="after")
    def _has_a_fitting_size(self) -> Self:
        contents = self.contents()
        if not any(contents.values()):
            raise RuleBroken("must have at least one entry")
        if len(to_json(contents)) > MAX_PLAN_BYTES:
            raise RuleBroken("must have at most 8 KiB")
        return self

    def contents(self) -> dict[str, Any]:
        """The lists as they are stored, without the fields of contacts that are absent."""
        return self.model_dump(exclude_none=True)

    def texts(self) -> list[str]:
        """Every text of the plan."""
        contacts = [text for contact in (*self.people, *self.professionals) for text in contact.model_dump().values()]
        return [*self.signs, *self.alone, *self.distractions, *filter(None, contacts), *self.safer_place]


class Contact(ResponseModel):
    name: str
    phone: str | None = None


class Professional(Contact):
    hours: str | None = None


class SafetyPlan(ResponseModel):
    """Your safety plan for a crisis.

    `signs` tell that a crisis is coming. Then help, in this order: what you can do `alone`, `distractions` by people
    and places, `people` to ask for help, and `professionals`. `safer_place` is how you make your place safer.
    """

    signs: list[str]
    alone: list[str]
    distractions: list[str]
    people: list[Contact]
    professionals: list[Professional]
    safer_place: list[str]
    updated_at: datetime


class StoredSafetyPlan(SafetyPlan):
    """Your plan as stored. `support` is null, or help to offer at once because of its words."""

    support: Support | None


class ImportedArchive(ResponseModel):
    """What an import has stored.

    `repeated`: the account had this state already, so nothing was stored. `skipped` rows are about contents that are no
    longer in the catalogue, or were there already. `same_state`: the account now has the state that was exported.
    `support` is null, or help to offer at once because of the words in the newest check-ins.
    """

    repeated: bool
    imported: int
    skipped: int
    state_hash: str
    same_state: bool
    support: Support | None


class SupportAccessDraft(RequestModel):
    """Whose data support must see, why, and for how long. The person can read the reason."""

    person: UUID
    reason: Annotated[Text, Field(min_length=10, max_length=500), *VISIBLE]
    minutes: Annotated[int, Field(ge=1, le=60)]


class SupportAccess(ResponseModel):
    person: UUID
    until: datetime


class FailedNotification(ResponseModel):
    kind: str
    due_at: datetime
    reason: str | None


class PersonForSupport(ResponseModel):
    """What support sees of a person. `counts` has the rows by table. Fields are null until the person set them."""

    created_at: datetime | None
    email_confirmed: bool
    timezone: str | None
    locale: str | None
    country: str | None
    channels: list[str] | None
    kinds: list[str] | None
    max_per_day: int | None
    counts: dict[str, int]
    failed_notifications: list[FailedNotification]


class Access(ResponseModel):
    """One entry of the access log. `actor` is `person` (you), `staff` or `operator`. `staff_id` tells staff apart."""

    occurred_at: datetime
    actor: str
    staff_id: UUID | None
    action: str
    reason: str | None
    until: datetime | None


class AccessLog(ResponseModel):
    items: list[Access]
    next_cursor: str | None
