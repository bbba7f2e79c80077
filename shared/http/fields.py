"""Kinds of fields that requests are made of."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

MOST_ON_A_PAGE = 200


class RequestModel(BaseModel):
    """A part of a request: what we do not know we refuse, and what was sent is never repeated."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    return text


def _in_common_calendars(moment: AwareDatetime) -> AwareDatetime:
    if not 1900 < moment.year < 2200:  # clear of the ends of the calendar, where time zones overflow
        raise ValueError("must lie between the years 1901 and 2199")
    return moment


Text = Annotated[str, AfterValidator(_storable)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_common_calendars)]
Limit = Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)]
