"""The requests and responses of a hand-over."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from shared.http import RequestModel, ResponseModel
from shared.pattern import Pattern

HandOverState: TypeAlias = Literal["queued", "sending", "sent", "failed", "unknown"]


class HandOverMail(ResponseModel):
    """The whole mail, as it will be sent. The team answers to your address."""

    to: str
    subject: str
    text: str


class HandOverPreview(ResponseModel):
    """What would be sent, and where to. Without `mail` nothing can be sent, and `notice` says whom to ask instead.

    To send it, repeat its `digest`. `state` is that of this very mail. Null if it was not handed over yet.
    """

    mail: HandOverMail | None
    digest: str | None
    notice: str
    state: HandOverState | None


class HandOverDraft(RequestModel):
    """Your yes to the mail that you have seen, by its digest."""

    digest: Annotated[str, Pattern(r"^[0-9a-f]{64}$", "must be the digest of the preview")]
    consent: Annotated[Literal[True], Field(description="You agree that this mail is sent to the team.")]


class HandOver(ResponseModel):
    """A conversation that was handed over. It is sent within a minute, as a rule. `unknown`: it may have arrived."""

    id: UUID
    state: HandOverState
    agreed_at: datetime
