"""The routes of charts: each as a picture, and as a page with a table for who cannot see a picture."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.responses import HTMLResponse, Response

from functions.insights import factors, figures, patterns, trend, year_calendar
from functions.insights.charts.calendar_chart import calendar_table, draw_calendar
from functions.insights.charts.factors_chart import draw_factors, factors_table
from functions.insights.charts.models import CalendarChartQuery, FactorsChartQuery, PatternsChartQuery, TrendChartQuery
from functions.insights.charts.patterns_chart import draw_patterns, patterns_table
from functions.insights.charts.table import ChartTable, table_page
from functions.insights.charts.texts import CHART_TEXTS, ChartTexts
from functions.insights.charts.trend_chart import draw_trend, trend_table
from functions.insights.models import CalendarQuery, TrendQuery
from shared.http import Call, Operation
from shared.http.date_range import YearRangeQuery
from shared.http.operations import AnyOperation
from shared.svg import ThemeName

SVG, HTML = "image/svg+xml", "text/html"

A = TypeVar("A")
Draw = Callable[[A, ThemeName, int, ChartTexts], str]
Tabulate = Callable[[A, ChartTexts], ChartTable]


async def draw_trend_chart(call: Call[None, TrendChartQuery]) -> Response:
    """A metric over time as a picture."""
    return await _picture(call, trend.load_trend, draw_trend)


async def draw_patterns_chart(call: Call[None, PatternsChartQuery]) -> Response:
    """Weekdays and times of the day as a picture."""
    return await _picture(call, patterns.load_patterns, draw_patterns)


async def draw_calendar_chart(call: Call[None, CalendarChartQuery]) -> Response:
    """A year in pixels as a picture."""
    return await _picture(call, year_calendar.load_calendar, draw_calendar)


async def draw_factors_chart(call: Call[None, FactorsChartQuery]) -> Response:
    """Factors and what goes with them as a picture."""
    return await _picture(call, factors.load_factors, draw_factors)


async def show_trend_table(call: Call[None, TrendQuery]) -> Response:
    """A metric over time as a table."""
    return await _page(call, trend.load_trend, trend_table)


async def show_patterns_table(call: Call[None, YearRangeQuery]) -> Response:
    """Weekdays and hours as a table."""
    return await _page(call, patterns.load_patterns, patterns_table)


async def show_calendar_table(call: Call[None, CalendarQuery]) -> Response:
    """The days of a year as a table."""
    return await _page(call, year_calendar.load_calendar, calendar_table)


async def show_factors_table(call: Call) -> Response:
    """Factors and what goes with them as a table."""
    return await _page(call, factors.load_factors, factors_table)


async def _picture(call: Call[None, Any], load: Callable[[Call[None, Any]], Awaitable[A]], draw: Draw[A]) -> Response:
    texts = CHART_TEXTS.texts(await _language(call))
    chart = await asyncio.to_thread(draw, await load(call), call.query.theme, call.query.width, texts)
    return Response(chart, media_type=SVG)


async def _page(
    call: Call[None, Any], load: Callable[[Call[None, Any]], Awaitable[A]], tabulate: Tabulate[A]
) -> HTMLResponse:
    language = await _language(call)
    answer = await load(call)
    return await asyncio.to_thread(lambda: table_page(tabulate(answer, CHART_TEXTS.texts(language)), language))


async def _language(call: Call[Any, Any]) -> str:
    return CHART_TEXTS.code((await figures.load_profile(call)).locale)


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation("GET", "/charts/trend.svg", draw_trend_chart, {200: SVG}, query=TrendChartQuery),
    Operation("GET", "/charts/patterns.svg", draw_patterns_chart, {200: SVG}, query=PatternsChartQuery),
    Operation("GET", "/charts/calendar.svg", draw_calendar_chart, {200: SVG}, query=CalendarChartQuery),
    Operation("GET", "/charts/factors.svg", draw_factors_chart, {200: SVG}, query=FactorsChartQuery),
    Operation("GET", "/charts/trend.html", show_trend_table, {200: HTML}, query=TrendQuery),
    Operation("GET", "/charts/patterns.html", show_patterns_table, {200: HTML}, query=YearRangeQuery),
    Operation("GET", "/charts/calendar.html", show_calendar_table, {200: HTML}, query=CalendarQuery),
    Operation("GET", "/charts/factors.html", show_factors_table, {200: HTML}),
)
