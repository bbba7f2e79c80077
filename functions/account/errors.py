"""Errors of `account`."""

from datetime import date

from shared.errors import Conflict, NotFound, TooManyRequests


class TooManyHarmReports(TooManyRequests):
    """You have sent 20 reports within a day. They will be read. Please send the next one tomorrow."""

    code = "too_many_harm_reports"


class UnknownPurpose(NotFound):
    """There is no such purpose. GET /account/consents lists all."""

    code = "unknown_purpose"


class ConsentTextChanged(Conflict):
    """The text of this purpose has changed. Show the present one before you ask."""

    code = "consent_text_changed"

    def __init__(self, version: date) -> None:
        super().__init__(f"{self.__doc__} Its version is {version}.")


class ServiceNeeded(Conflict):
    """Mend cannot work without this consent. To withdraw it, delete your account: DELETE /account/."""

    code = "service_needed"
