"""Ranges of local dates in queries."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from shared.errors import RuleBroken
from shared.http.fields import COMMON_YEARS, RequestModel, as_written

MOST_DAYS = 366


def in_common_years(day: date) -> date:
    if day.year not in COMMON_YEARS:
        raise RuleBroken("must lie between the years 1901 and 2199")
    return day


AnyDate = Annotated[date, *as_written("date")]
LocalDate = Annotated[AnyDate, AfterValidator(in_common_years)]


class DateRangeQuery(RequestModel):
    """`from` and `to` are local dates. Both are included."""

    first: LocalDate | None = Field(default=None, alias="from")
    last: LocalDate | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise RuleBroken("`from` must not be later than `to`")
        return self


class YearRangeQuery(DateRangeQuery):
    """At most 366 days. Without dates, the last ones."""

    @model_validator(mode="after")
    def _short(self) -> Self:
        if self.first and self.last and (self.last - self.first).days >= MOST_DAYS:
            raise RuleBroken("must not have more than 366 days")
        return self
