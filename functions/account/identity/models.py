"""The responses about who a person is and where they are signed in."""

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from shared.http import ResponseModel

AgeBand: TypeAlias = Literal["under_13", "13_to_15", "16_to_17", "18_or_over"]
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
    onboarding: Onboarding
    created_at: datetime
    last_seen_at: datetime


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
