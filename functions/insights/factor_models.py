"""The requests and answers about factors. Docstrings appear in the OpenAPI document."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from shared.factors import factor_name
from shared.http import OMITTABLE, VISIBLE, ChangeModel, ResponseModel, Text
from shared.safety import Support

FactorLabel = Annotated[Text, Field(min_length=1, max_length=80), *VISIBLE, AfterValidator(factor_name)]


class FactorEffect(ResponseModel):
    """What goes with a factor: by how many points, from -10 to 10, an outcome is above other days after `lag` days.

    The effect on a single mood is in days of a hundred.
    """

    insight_id: UUID
    outcome: str
    lag: int
    effect: float
    low: float
    high: float

    @property
    def mood(self) -> str | None:
        """The single mood that is the outcome, if it is one."""
        return self.outcome.removeprefix("mood:") if self.outcome.startswith("mood:") else None


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
