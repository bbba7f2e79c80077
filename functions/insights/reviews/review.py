"""The review of a week, month or year that is over, in words and numbers, and its route."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from statistics import fmean

from starlette.responses import Response

from functions.insights import figures, queries
from functions.insights.models import DayValue
from functions.insights.queries import DaySums
from functions.insights.reviews.models import PeriodReview, ReviewQuery
from functions.insights.reviews.sentences import review_text
from functions.insights.rules.level import estimate_difference, estimate_level
from functions.insights.rules.periods import Period, first_day
from shared.http import Call, Operation, model_response
from shared.http.operations import AnyOperation

_DAY = timedelta(days=1)


async def get_review(call: Call[None, ReviewQuery]) -> Response:
    """The latest week, month or year that is over, in words and numbers."""
    return model_response(await load_review(call))


async def load_review(call: Call[None, ReviewQuery]) -> PeriodReview:
    period = call.query.period
    profile = await figures.load_profile(call)
    first, last = latest_period(period, profile.clock.today(call.now))
    before, _ = latest_period(period, first)
    rows = await queries.load_year_days(call.conn, before, last)
    within = [row for row in rows if row.day >= first]
    daily, earlier = _means(within), _means([row for row in rows if row.day < first])
    moods: Counter[str] = Counter()
    for row in within:
        moods.update(row.moods)
    best_day, hardest_day = figures.extreme_days([_day_value(row) for row in within])
    review = PeriodReview(
        period=period,
        first=first,
        last=last,
        title="",
        sentences=[],
        days=len(within),
        entries=sum(row.entries for row in within),
        mood=round(fmean(daily.values()), figures.DIGITS) if daily else None,
        level=figures.interval(estimate_level(daily)),
        change=figures.interval(estimate_difference(earlier, daily)),
        best_day=best_day,
        hardest_day=hardest_day,
        moods=figures.mood_counts(moods),
        coverage=figures.coverage(daily, first, last),
    )
    return review.model_copy(update=review_text(review, profile.locale))


def latest_period(period: Period, today: date) -> tuple[date, date]:
    """The first and last day of the latest period that was over when a day began. A week ends with a Saturday."""
    if period == "week":
        last = today - (today.isoweekday() % 7 + 1) * _DAY
        return last - 6 * _DAY, last
    last = first_day(period, today) - _DAY
    return first_day(period, last), last


def _means(rows: Sequence[DaySums]) -> dict[date, float]:
    return {row.day: row.mean for row in rows}


def _day_value(row: DaySums) -> DayValue:
    return DayValue(date=row.day, mean=round(row.mean, figures.DIGITS), entries=row.entries)


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation("GET", "/reviews", get_review, {200: PeriodReview}, query=ReviewQuery),
)
