"""API models of reviews."""

from datetime import date

from pydantic import Field

from functions.insights.models import CoverageFigures, DayValue, Interval, MoodShare
from functions.insights.rules.periods import Period
from shared.http import RequestModel, ResponseModel


class ReviewQuery(RequestModel):
    period: Period = Field(
        default="week",
        description="A week lasts from Sunday to Saturday, because its review is sent on Sunday. Those of the summary "
        "begin on Monday.",
    )


class PeriodReview(ResponseModel):
    """The latest week, month or year that is over. A week lasts from Sunday to Saturday.

    `level` and `change` are null where there are too few days with an entry to tell.
    """

    period: Period
    first: date
    last: date
    title: str
    sentences: list[str]
    days: int  # with an entry
    entries: int
    mood: float | None  # the mean of the days, from -10 to 10
    level: Interval | None
    change: Interval | None
    best_day: DayValue | None
    hardest_day: DayValue | None
    moods: list[MoodShare]
    coverage: CoverageFigures
