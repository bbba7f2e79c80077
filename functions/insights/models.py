"""The requests and answers of the statistics. Docstrings appear in the OpenAPI document."""

from datetime import date
from typing import Annotated, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from functions.insights.rules.coverage import Caveat
from functions.insights.rules.periods import Period
from shared.errors import RuleBroken
from shared.http import RequestModel, ResponseModel, Text
from shared.http.date_range import MOST_DAYS, DateRangeQuery, LocalDate, in_common_years
from shared.moods import MOODS
from shared.pattern import Pattern

Granularity: TypeAlias = Literal["day", "week", "month", "year"]


def _known_metric(metric: str) -> str:
    kind, _, name = metric.partition(":")
    if kind == "mood" and name and name not in MOODS:
        raise RuleBroken("must name one of the moods that GET /checkin/moods lists")
    return metric


Metric = Annotated[
    Text,
    Field(max_length=80, description="`mood`, `arousal`, `entries`, `mood:NAME` or `measure:ID`"),
    Pattern(
        r"^(mood|arousal|entries|mood:[a-z]+|measure:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
        "must be mood, arousal, entries, mood:NAME or measure:ID",
    ),
    AfterValidator(_known_metric),
]


class SummaryQuery(RequestModel):
    period: Period = Field(default="week", description="A week lasts from Monday to Sunday.")
    day: LocalDate | None = Field(
        default=None, alias="date", description="Any day of the period. Today, if you omit it."
    )


class TrendQuery(DateRangeQuery):
    """Without `from` it begins with your first entry, without `to` it ends today."""

    metric: Metric = "mood"
    granularity: Literal[Granularity, "auto"] = "auto"


class CalendarQuery(RequestModel):
    year: Annotated[int, Field(ge=1901, le=2199)] | None = Field(default=None, description="This year, if omitted.")


TwoDates = Annotated[
    str, Pattern(r"^\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d$", "must be two dates, like 2025-10-01/2025-10-31")
]


def _check_period(dates: str) -> None:
    try:
        first, last = map(date.fromisoformat, dates.split("/"))
        days = (last - first).days
    except ValueError:  # no such day in the calendar
        days = -1
    if not 0 <= days < MOST_DAYS:
        raise RuleBroken("a period must be in order and have at most 366 days")
    in_common_years(first)
    in_common_years(last)


class CompareQuery(RequestModel):
    """Two periods `a` and `b`, each as `FROM/TO`, or a `marker`: the days before it and the days from it on."""

    a: TwoDates | None = None
    b: TwoDates | None = None
    marker: LocalDate | None = None
    days: Annotated[int, Field(ge=7, le=MOST_DAYS, description="On each side of the marker.")] = 28

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.marker is None) == (self.a is None and self.b is None) or (self.a is None) != (self.b is None):
            raise RuleBroken("name either `a` and `b`, or a `marker`")
        for period in filter(None, (self.a, self.b)):
            _check_period(period)
        return self


class Interval(ResponseModel):
    """A figure with its 95 % interval. It allows for moods that last several days."""

    mean: float
    low: float
    high: float


class RangeAnswer(ResponseModel):
    """An answer about a range of local dates, both included."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    first: date = Field(validation_alias="from", serialization_alias="from")
    last: date = Field(validation_alias="to", serialization_alias="to")


class CoverageFigures(ResponseModel):
    """On how many days there is an entry. Days without one may be unlike the others: `caveat` says how."""

    days: int
    days_with_entries: int
    share: float
    longest_gap: int
    caveat: Caveat


class DayValue(ResponseModel):
    date: date
    mean: float
    entries: int


class MoodShare(ResponseModel):
    mood: str
    entries: int
    share: float


class FactorDays(ResponseModel):
    factor: str
    days: int


class Summary(RangeAnswer):
    """A week, month or year. Moods are valence times intensity, from -10 to 10; so is arousal.

    `level` is null for fewer than five days with an entry, and `change`, the difference from the period before, if
    either has fewer. `best_day` and `hardest_day` are null if no day is better than another.
    """

    period: Period
    entries: int
    mood: float | None
    arousal: float | None
    level: Interval | None
    change: Interval | None
    best_day: DayValue | None
    hardest_day: DayValue | None
    moods: list[MoodShare]
    factors: list[FactorDays]
    coverage: CoverageFigures


class TrendPoint(ResponseModel):
    """A day, or a week, month or year by its first day. Periods without a value have no point."""

    date: date
    value: float
    days: int  # with a value


class Trend(RangeAnswer):
    """Up to 400 points. `slope` is the change in 30 days, null if fewer than five weeks have a value."""

    metric: str
    measure: str | None  # its name, of a measure
    scale: tuple[float, float] | None
    granularity: Granularity
    points: list[TrendPoint]
    slope: Interval | None
    days_with_values: int


class HourCell(ResponseModel):
    weekday: int
    hour: int
    entries: int
    mean: float


class WeekdayLevel(Interval):
    weekday: int
    days: int


class MonthMean(ResponseModel):
    month: int
    days: int
    mean: float


class VolatilityFigures(ResponseModel):
    """`mssd`: mean square of successive differences, scaled to eight hours. `acute`: probability of a jump by 7."""

    pairs: int
    mssd: float
    acute: float
    acute_low: float
    acute_high: float


class JumpFigures(ResponseModel):
    """Of entries with at most eight hours between them: the share of jumps by 7 points or more, with its interval."""

    pairs: int
    share: float
    low: float
    high: float


class MoodTransition(ResponseModel):
    before: str
    after: str
    steps: int
    share: float


class LevelChange(ResponseModel):
    """From this day on, the level was another one."""

    date: date
    before: float
    after: float


class MoodPatterns(RangeAnswer):
    """Weekday 0 is Monday. Hours are those of the place where you were. `months` has all years."""

    entries: int
    hours: list[HourCell]
    weekdays: list[WeekdayLevel]
    months: list[MonthMean]
    moods: list[MoodShare]
    transitions: list[MoodTransition]
    volatility: VolatilityFigures | None
    jumps: JumpFigures | None
    level_changes: list[LevelChange]
    coverage: CoverageFigures


class YearDay(DayValue):
    mood: str  # the most frequent one


class YearCalendar(ResponseModel):
    """A year in pixels. Days without an entry are left out."""

    year: int
    days: list[YearDay]
    coverage: CoverageFigures


class Memory(ResponseModel):
    """An entry of the same day in another year."""

    mood_id: UUID
    local_date: date
    mood: str
    intensity: int
    note: str | None
    factors: list[str]


class OnThisDay(ResponseModel):
    items: list[Memory]


class ComparedPeriod(RangeAnswer):
    entries: int
    level: Interval | None
    coverage: CoverageFigures


class Comparison(ResponseModel):
    """`difference` is `b` less `a`, null if one of them has fewer than five days with an entry."""

    a: ComparedPeriod
    b: ComparedPeriod
    difference: Interval | None


class ProductWeek(ResponseModel):
    """People with an entry, their entries, those with their first one, and those of them with one four weeks later.

    A figure is null if fewer than ten people are behind it.
    """

    week: date
    active: int | None
    entries: int | None
    started: int | None
    returned: int | None
    activities_due: int | None
    activities_done: int | None
    events_parked: int


class ProductMetrics(ResponseModel):
    weeks: list[ProductWeek]
