"""The requests and responses about who a person is and where they are signed in."""

from datetime import datetime
from typing import Annotated, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import Field, model_validator

from shared.ages import AgeBand
from shared.errors import RuleBroken
from shared.http import RequestModel, ResponseModel
from shared.pattern import Pattern

EmailState: TypeAlias = Literal["none", "unconfirmed", "confirmed"]
OnboardingStep: TypeAlias = Literal["consent", "profile", "interests", "check_in", "plan", "sign_up"]


class Onboarding(ResponseModel):
    """The steps of the beginning. Each can be skipped, except `consent`. `next` is the first that is not done.

    `consent` is done while no purpose of `GET /consents` is `needed`.
    """

    done: list[OnboardingStep]
    next: OnboardingStep | None


class Me(ResponseModel):
    """Your account. `id` stays the same when an anonymous person signs up."""

    id: UUID
    email: str | None
    email_state: EmailState
    is_anonymous: bool
    sign_in_methods: list[str]
    avatar_url: str | None = Field(description="Your avatar within a square of 512 pixels, for ten minutes, or null.")
    age_band: AgeBand | None = Field(description="As you told it in your profile.")
    age_signal: AgeBand | None = Field(
        description="As your app store told it. If both are known, the younger one counts everywhere."
    )
    onboarding: Onboarding
    created_at: datetime
    last_seen_at: datetime


Years = Annotated[int, Field(ge=0, le=150)]


class AgeSignal(RequestModel):
    """What an app store tells the app about your age, in its own words: a range of years, and how it knows it.

    From Apple's Declared Age Range: `lowerBound`, `upperBound` and `ageRangeDeclaration`, or `declinedSharing`. From
    Google's Play Age Signals: `ageLower`, `ageUpper` and `userStatus`.
    """

    lower: Years | None = None
    upper: Years | None = None
    status: Annotated[str, Field(max_length=50), Pattern(r"^[A-Za-z_]+$", "must be one word of the store")] | None = (
        None
    )

    @model_validator(mode="after")
    def _must_be_a_range(self) -> Self:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise RuleBroken("lower must not be above upper")
        return self


class Session(ResponseModel):
    """A device or browser that is signed in. `current` is the one of this request."""

    id: UUID
    user_agent: str | None
    ip: str | None
    created_at: datetime | None
    last_used_at: datetime | None = Field(description="When it last refreshed its token: about once an hour.")
    current: bool


class Sessions(ResponseModel):
    """Where you are signed in: the 200 sessions that were last used."""

    items: list[Session]
