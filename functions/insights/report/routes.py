"""The route of the report."""

import asyncio
from dataclasses import replace

from starlette.responses import Response

from functions.insights import factors, figures, patterns, trend
from functions.insights.charts.texts import CHART_TEXTS
from functions.insights.models import TrendQuery
from functions.insights.report.content import Statistics, write_report
from functions.insights.report.texts import REPORT_TEXTS
from shared.http import Call, LongCall, LongOperation
from shared.http.date_range import YearRangeQuery
from shared.http.operations import AnyOperation

PDF = "application/pdf"
WINDOW = 90  # days


async def print_report(call: LongCall[None, YearRangeQuery]) -> Response:
    """One or two pages for a clinician: the course of your moods, and what goes with them. The last 90 days."""
    statistics, language = await call.in_transaction(_load)
    pdf = await asyncio.to_thread(_print, statistics, language)
    return Response(pdf, media_type=PDF, headers={"Content-Disposition": 'inline; filename="mend-report.pdf"'})


async def _load(call: Call[None, YearRangeQuery]) -> tuple[Statistics, str]:
    profile = await figures.load_profile(call)
    today = profile.clock.today(call.now)
    first, last = figures.range_of(call.query, await figures.load_last_day(call), WINDOW)
    days = YearRangeQuery.model_construct(first=first, last=last)
    by_day = TrendQuery.model_construct(first=first, last=last, metric="mood", granularity="day")
    listed = (await factors.load_factors(call)).items
    statistics = Statistics(
        trend=await trend.load_trend(replace(call, query=by_day)),  # type: ignore[arg-type] # the query has another type
        patterns=await patterns.load_patterns(replace(call, query=days)),
        factors=[factor for factor in listed if factor.effects and not factor.hidden],
        today=today,
    )
    return statistics, CHART_TEXTS.code(profile.locale)


def _print(statistics: Statistics, language: str) -> bytes:
    from functions.insights.report import document  # with reportlab

    words, texts = REPORT_TEXTS.texts(language), CHART_TEXTS.texts(language)
    return document.print_report(write_report(statistics, words, texts), words, texts)


OPERATIONS: tuple[AnyOperation, ...] = (
    LongOperation("GET", "/report.pdf", print_report, {200: PDF}, query=YearRangeQuery),
)
