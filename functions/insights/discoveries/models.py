"""API models of insights."""

from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.http import OMITTABLE, ChangeModel, ResponseModel
from shared.http.paging import PageQuery

InsightStatus: TypeAlias = Literal["new", "seen", "dismissed", "known", "ended", "replaced"]


class InsightQuery(PageQuery):
    status: InsightStatus | None = None


class InsightChange(ChangeModel):
    """`known` says "I knew that". What is dismissed or known is not announced again."""

    status: Literal["seen", "dismissed", "known"] = OMITTABLE
    useful: bool = OMITTABLE


class EffectInterval(ResponseModel):
    low: float
    high: float
    level: float


class AnalysedDays(ResponseModel):
    """The days that were analysed."""

    model_config = ConfigDict(serialize_by_alias=True)

    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to")


class ExperimentOffer(ResponseModel):
    """What `POST /experiments` accepts to test an insight, beside the number of days."""

    factor: str | None
    kind: str | None


class Insight(ResponseModel):
    """What goes with good or bad days, or with days of one mood (`outcome` `mood:anxious`).

    Effects are on the scale from -10 to 10, of one mood in days of a hundred. `effect_sd` is in the person's own sd.
    """

    insight_id: UUID
    kind: Literal["factor", "measure", "content", "practice"]
    about: str
    names: list[str]
    outcome: str
    lag: int
    title: str
    body: str
    cautions: list[str]
    effect: float
    effect_sd: float
    unit: float
    interval: EffectInterval
    n_with: int
    n_without: int | None
    n_effective: float | None
    adjusted_p: float | None
    evidence: Literal["test", "posterior"]
    window: AnalysedDays
    method_version: str
    status: InsightStatus
    useful: bool | None
    found_at: datetime
    expires_at: datetime
    replaced_by: UUID | None
    experiment: ExperimentOffer | None


class InsightPage(ResponseModel):
    items: list[Insight]
    next_cursor: str | None
