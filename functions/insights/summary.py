"""The summary of a week, month or year."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from functions.insights import figures, queries
from functions.insights.models import FactorDays, Summary, SummaryQuery
from functions.insights.queries import PeriodSums
from functions.insights.rules.factor_names import FactorNames, FactorSpellings
from functions.insights.rules.level import estimate_difference, estimate_level
from functions.insights.rules.periods import first_day, last_day
from shared.http import Call

MAX_FACTORS = 10
_DAY = timedelta(days=1)


async def load_summary(call: Call[None, SummaryQuery]) -> Summary:
    today = await figures.load_today(call)
    period = call.query.period
    first = first_day(period, call.query.day or today)
    last, before = last_day(period, first), first_day(period, first - _DAY)
    sums = queries.queue_periods(call.conn, period, first, first)
    points = queries.queue_points(call.conn, "mood", "day", before, last)
    settings, labels = queries.queue_factor_settings(call.conn), queries.queue_factor_days(call.conn)
    await call.conn.flush()
    within = [point for point in points.rows if point.day >= first]
    daily = figures.daily_values(within)
    earlier = {point.day: point.value for point in points.rows if point.day < first}
    totals = sums.first or PeriodSums(first, 0, 0, 0, 0.0, 0.0, {}, {})
    best_day, hardest_day = figures.extreme_days([figures.day_value(point) for point in within])
    days, spellings = max(totals.days, 1), FactorSpellings(year for (year,) in labels.rows)
    return Summary(
        period=period,
        first=first,
        last=last,
        entries=totals.entries,
        mood=round(totals.value_sum / days, figures.DIGITS) if totals.days else None,
        arousal=round(totals.arousal_sum / days, figures.DIGITS) if totals.days else None,
        level=figures.interval(estimate_level(daily)),
        change=figures.interval(estimate_difference(earlier, daily)),
        best_day=best_day,
        hardest_day=hardest_day,
        moods=figures.mood_counts(totals.moods),
        factors=_factors(totals.factors, FactorNames(settings.rows), spellings),
        coverage=figures.coverage(daily, first, min(last, today)),
    )


def _factors(labels: Mapping[str, int], names: FactorNames, spellings: FactorSpellings) -> list[FactorDays]:
    """The most frequent factors, without hidden ones."""
    days: Counter[str] = Counter()
    for label, count in labels.items():
        days[names.name_of(label)] += count
    shown = Counter({factor: count for factor, count in days.items() if not names.is_hidden(factor)})
    return [FactorDays(factor=spellings.of(factor), days=count) for factor, count in shown.most_common(MAX_FACTORS)]
