"""The requests and answers about factors and measures. Docstrings appear in the OpenAPI document."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from functions.insights.rules.factor_names import factor_name
from shared.http import OMITTABLE, ChangeModel, RequestModel, ResponseModel, Text
from shared.http.date_range import LocalDate
from shared.pattern import Pattern
from shared.safety import Support

MEASURE_NAME = r"[^\W_][\w .-]{0,58}[^\W_]|[^\W_]"
MeasureName = Annotated[
    Text,
    Pattern(f"^({MEASURE_NAME})$", "must have up to 60 letters, digits, spaces, dots and hyphens"),
]
FactorLabel = Annotated[Text, Field(min_length=1, max_length=80), AfterValidator(factor_name)]


class FactorEffect(ResponseModel):
    """What goes with a factor: by how many points, from -10 to 10, an outcome is above other days after `lag` days."""

    insight_id: UUID
    outcome: str
    lag: int
    effect: float
    low: float
    high: float


class FactorNeeds(ResponseModel):
    """Days that are still needed: with the factor, without it, and with entries at all."""

    days_with: int
    days_without: int
    days: int


FactorStatus = Literal["found", "nothing_found", "withheld", "not_looked_at"]


class Factor(ResponseModel):
    """A factor with all its spellings and aliases. `days` are those on which it was tagged."""

    factor: str
    days: int
    aliases: list[str]
    hidden: bool
    status: FactorStatus
    effects: list[FactorEffect]
    needs: FactorNeeds | None


class Factors(ResponseModel):
    """`tagged_days`: on a day without any factor, factors are unknown, not absent."""

    items: list[Factor]
    days: int
    tagged_days: int


class FactorChange(ChangeModel):
    factor: FactorLabel
    hidden: bool = OMITTABLE
    alias_of: FactorLabel | None = None


class FactorSettings(ResponseModel):
    factor: str
    hidden: bool
    alias_of: str | None
    support: Support | None


class MeasureDraft(RequestModel):
    name: MeasureName
    value: Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
    day: LocalDate | None = Field(default=None, alias="date", description="Today, if you omit it.")


class MeasureDayQuery(RequestModel):
    day: LocalDate = Field(alias="date")


class MeasureValue(ResponseModel):
    date: date
    value: float


class Measure(ResponseModel):
    measure_id: UUID
    name: str
    items: list[MeasureValue]


class MeasureUse(ResponseModel):
    """`measure_id` stands for the name in URLs."""

    measure_id: UUID
    name: str
    first_day: date
    last_day: date


class Measures(ResponseModel):
    items: list[MeasureUse]
