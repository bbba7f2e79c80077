"""The queries of charts: those of the numbers, with a theme and a width."""

from typing import Annotated

from pydantic import Field

from functions.insights.models import CalendarQuery, TrendQuery
from shared.http import RequestModel
from shared.http.date_range import YearRangeQuery
from shared.svg import ThemeName


class _Picture(RequestModel):
    theme: ThemeName = "light"
    width: Annotated[int, Field(ge=240, le=2000)] = 640


class TrendChartQuery(TrendQuery, _Picture):
    pass


class PatternsChartQuery(YearRangeQuery, _Picture):
    pass


class CalendarChartQuery(CalendarQuery, _Picture):
    pass


class FactorsChartQuery(_Picture):
    pass
