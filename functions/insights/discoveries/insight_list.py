"""Insights as the person reads them, and what they answer: seen, dismissed, "I knew that", useful."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from functions.insights.discoveries import queries
from functions.insights.discoveries.models import (
    AnalysedDays,
    EffectInterval,
    ExperimentOffer,
    Insight,
    InsightChange,
    InsightPage,
    InsightQuery,
)
from functions.insights.discoveries.texts import MOOD, insight_text
from functions.insights.errors import InsightOver
from functions.insights.harm import could_harm
from functions.insights.queries import queue_factor_days
from functions.insights.records import OVER, InsightRow
from functions.insights.rules.factor_names import FactorSpellings
from shared.errors import NotFound
from shared.events import emit
from shared.events.types import insights_requested
from shared.http import Call
from shared.http.paging import NEWEST_FIRST
from shared.moods import MOODS


async def load_page(call: Call[None, InsightQuery]) -> InsightPage:
    async def insights(before: tuple[datetime, UUID], limit: int) -> list[Insight]:
        rows = await queries.insight_page(call.conn, call.query.status, before, limit, call.now)
        return await _with_texts(call, rows)

    list_id = ("insights", str(call.person.id), call.query.status)
    items, cursor = await NEWEST_FIRST.page(
        call.query, list_id, insights, lambda insight: (insight.found_at, insight.insight_id)
    )
    return InsightPage(items=items, next_cursor=cursor)


async def load(call: Call) -> Insight:
    """Raises `NotFound`."""
    return await _with_text(call, await queries.load_insight(call.conn, call.id, call.now))


async def change(call: Call[InsightChange]) -> Insight:
    """Store what the person answers. Raises `NotFound`, or `InsightOver` for the status of one that is over."""
    insight = await queries.load_insight_locked(call.conn, call.id, call.now)
    changes = call.body.model_dump(exclude_unset=True)
    if insight and insight.status in OVER and "status" in changes:
        raise InsightOver
    changed = insight and insight._replace(**changes)
    if changed and changed != insight:
        queries.store_answer(call.conn, changed)
    return await _with_text(call, changed)


async def request_refresh(call: Call) -> None:
    """Ask the job to look at the person now. Without anything new there is nothing to do."""
    if await queries.is_due(call.conn):
        emit(call.conn, [insights_requested(call.person.id, call.now)])


async def _with_text(call: Call[Any, Any], insight: InsightRow | None) -> Insight:
    if insight is None:
        raise NotFound
    [shown] = await _with_texts(call, [insight])
    return shown


async def _with_texts(call: Call[Any, Any], rows: Sequence[InsightRow]) -> list[Insight]:
    content_ids = [UUID(row.about) for row in rows if row.kind == "content"]
    labels = queue_factor_days(call.conn)
    locale, titles = await queries.load_titles(call.conn, call.person.id, content_ids)
    spelled = _spelled(rows, FactorSpellings(days for (days,) in labels.rows))
    return [_insight(row, titles.get(UUID(row.about)) if row.kind == "content" else None, locale) for row in spelled]


def _spelled(rows: Sequence[InsightRow], spellings: FactorSpellings) -> Iterator[InsightRow]:
    """The rows with their factors as the person writes them."""
    for row in rows:
        is_factor = row.kind == "factor"
        names = [spellings.of(name) for name in row.names]
        yield row._replace(about=spellings.of(row.about), names=names) if is_factor else row


def _insight(row: InsightRow, content_title: str | None, locale: str) -> Insight:
    text = insight_text(row, content_title, locale)
    row = _rounded(row)
    return Insight.model_validate(
        {
            **row._asdict(),
            **text._asdict(),
            "insight_id": row.id,
            "interval": EffectInterval(low=row.low, high=row.high, level=row.level),
            "evidence": "posterior" if row.adjusted_p is None else "test",
            "window": AnalysedDays.model_validate({"from": row.first_day, "to": row.last_day}),
            "experiment": _experiment_offer(row),
        }
    )


def _rounded(row: InsightRow) -> InsightRow:
    """The figures with as many digits as they mean something."""
    names = ("unit", "effect", "effect_sd", "low", "high", "n_effective")
    figures = {name: value and round(value, 2) for name, value in row._asdict().items() if name in names}
    adjusted_p = row.adjusted_p and float(f"{row.adjusted_p:.2g}")
    return row._replace(**figures, adjusted_p=adjusted_p, level=round(row.level, 4))


def _goes_with_good_days(row: InsightRow) -> bool:
    """Whether more of it goes with better days, or with more days of a pleasant mood or fewer of another one."""
    mood = MOODS.get(row.outcome.removeprefix(MOOD))
    return row.effect * (mood.valence if mood else 1) > 0


def _experiment_offer(row: InsightRow) -> ExperimentOffer | None:
    """What could be tested: what goes with good days and could not harm."""
    if row.status in OVER or not _goes_with_good_days(row):
        return None
    if row.kind == "practice":
        return ExperimentOffer(factor=None, kind=row.about)
    if row.kind == "factor" and not any(map(could_harm, row.names)):
        return ExperimentOffer(factor=row.about, kind=None)
    return None
