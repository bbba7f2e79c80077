"""The routes of the statistics: what a person's entries say, without a test of significance."""

from starlette.responses import Response

from functions.insights import (
    comparison,
    factors,
    on_this_day,
    patterns,
    queries,
    summary,
    trend,
    year_calendar,
)
from functions.insights.factor_models import (
    FactorChange,
    Factors,
    FactorSettings,
)
from functions.insights.models import (
    CalendarQuery,
    CompareQuery,
    Comparison,
    MoodPatterns,
    OnThisDay,
    ProductMetrics,
    ProductWeek,
    Summary,
    SummaryQuery,
    Trend,
    TrendQuery,
    YearCalendar,
)
from shared.http import Call, JsonBody, Operation, model_response
from shared.http.date_range import YearRangeQuery
from shared.http.operations import AnyOperation


async def get_summary(call: Call[None, SummaryQuery]) -> Response:
    """A week, month or year: its moods, best and hardest day, and the change from the one before."""
    return model_response(await summary.load_summary(call))


async def get_trend(call: Call[None, TrendQuery]) -> Response:
    """A metric over time, by day, week, month or year, with its slope."""
    return model_response(await trend.load_trend(call))


async def get_patterns(call: Call[None, YearRangeQuery]) -> Response:
    """Hours, weekdays and months, how much your moods vary, which follows which, and when their level changed."""
    return model_response(await patterns.load_patterns(call))


async def get_calendar(call: Call[None, CalendarQuery]) -> Response:
    """A year in pixels."""
    return model_response(await year_calendar.load_calendar(call))


async def list_factors(call: Call) -> Response:
    """Your factors, the most frequent first, hidden ones included."""
    return model_response(await factors.load_factors(call))


async def change_factor(call: Call[FactorChange]) -> Response:
    """Hide a factor, or count it as another one."""
    return model_response(await factors.change_factor(call))


async def get_on_this_day(call: Call) -> Response:
    """Entries of this day in other years. Hard ones are left out."""
    return model_response(await on_this_day.load_on_this_day(call))


async def compare_periods(call: Call[None, CompareQuery]) -> Response:
    """Two periods side by side, or the time before and after a day of your choice."""
    return model_response(await comparison.compare(call))


async def get_metrics(call: Call) -> Response:
    """The figures of the product by week, without any that fewer than ten people are behind. For admins."""
    rows = await queries.load_product_metrics(call.conn, call.now)
    return model_response(ProductMetrics(weeks=[ProductWeek(**row._asdict()) for row in rows]))


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation("GET", "/summary", get_summary, {200: Summary}, query=SummaryQuery),
    Operation("GET", "/trend", get_trend, {200: Trend}, query=TrendQuery),
    Operation("GET", "/patterns", get_patterns, {200: MoodPatterns}, query=YearRangeQuery),
    Operation("GET", "/calendar", get_calendar, {200: YearCalendar}, query=CalendarQuery),
    Operation("GET", "/factors", list_factors, {200: Factors}),
    Operation("PATCH", "/factors", change_factor, {200: FactorSettings}, body=JsonBody(FactorChange)),
    Operation("GET", "/on-this-day", get_on_this_day, {200: OnThisDay}),
    Operation("GET", "/compare", compare_periods, {200: Comparison}, query=CompareQuery),
    Operation("GET", "/metrics", get_metrics, {200: ProductMetrics}, admin=True),
)
