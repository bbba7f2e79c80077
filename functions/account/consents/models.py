"""The requests and responses about consents."""

from datetime import date, datetime

from shared.consents import Purpose
from shared.http import RequestModel, ResponseModel
from shared.http.date_range import AnyDate


class ConsentDecision(RequestModel):
    """Your decision, and the version of the text that you were shown. You can withdraw under any version."""

    granted: bool
    version: AnyDate


class Consent(ResponseModel):
    """A purpose, and what you decided. `needed` says that you have not decided about this version of the text."""

    purpose: Purpose
    title: str
    text: str
    version: date
    required: bool
    granted: bool
    needed: bool
    decided_version: date | None
    decided_at: datetime | None


class Consents(ResponseModel):
    """`age_of_consent` is that of your country. Below it, a parent or guardian decides."""

    consents: list[Consent]
    age_of_consent: int
