"""The requests and responses about the consent of a parent or guardian."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from functions.account.guardian.answers import ShownState
from shared.http import RequestModel, ResponseModel, Text
from shared.pattern import Pattern

Address = Annotated[
    Text,
    Field(max_length=254),
    Pattern(
        r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}([.][A-Za-z0-9-]{1,63})+$", "must be a mail address"
    ),
]


class GuardianDraft(RequestModel):
    """The mail address of your parent or guardian. They learn that you use Mend."""

    email: Address


class Guardian(ResponseModel):
    """What your parent or guardian says. `state` is null while nobody was asked, and after you have ended it.

    `can_ask`: at your age and in your country it takes their consent, and an answer by mail counts. `counts`: because
    they have allowed it, a model may reply to you. At another age or in another country, what they allowed does not.
    """

    can_ask: bool
    state: ShownState | None
    counts: bool
    asked_at: datetime | None
    answered_at: datetime | None
