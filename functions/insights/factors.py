"""Factors: how often each was tagged, which are hidden, and which are counted as another one."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from functions.insights import queries
from functions.insights.errors import AliasOfAlias, FactorsFull
from functions.insights.factor_models import (
    Factor,
    FactorChange,
    FactorEffect,
    FactorNeeds,
    Factors,
    FactorSettings,
    FactorStatus,
)
from functions.insights.figures import DIGITS
from functions.insights.queries import FactorInsight, PeriodSums
from functions.insights.rules.factor_names import FactorNames, FactorSetting, FactorSpellings
from shared import locks
from shared.db import Connection
from shared.http import Call
from shared.stale_insights import mark_stale

MAX_FACTORS = MAX_SETTINGS = 300


class FactorData(NamedTuple):
    years: list[PeriodSums]
    names: FactorNames
    spellings: FactorSpellings
    insights: Mapping[str, Sequence[FactorInsight]]  # by each of their names
    withheld: Mapping[str, Mapping[str, Any]]  # documents of the job, by each of their names


async def load_factors(call: Call[Any, Any]) -> Factors:
    data = await _load_data(call.conn)
    tagged_days = Counter[str]()
    for year in data.years:
        for label, days in year.factors.items():
            tagged_days[data.names.name_of(label)] += days
    return Factors(
        items=[_factor(factor, days, data) for factor, days in tagged_days.most_common(MAX_FACTORS)],
        days=sum(year.days for year in data.years),
        tagged_days=sum(year.tagged_days for year in data.years),
    )


async def _load_data(conn: Connection) -> FactorData:
    years, settings = queries.queue_periods(conn, "year"), queries.queue_factor_settings(conn)
    insights, withheld = queries.queue_factor_insights(conn), queries.queue_withheld(conn)
    await conn.flush()
    by_name: dict[str, list[FactorInsight]] = defaultdict(list)
    for insight in insights.rows:
        for name in insight.names:
            by_name[name].append(insight)
    documents = [document for (documents,) in withheld.rows for document in documents]
    lacking = {name: document for document in documents for name in document["names"]}
    spellings = FactorSpellings(year.factors for year in years.rows)
    return FactorData(years.rows, FactorNames(settings.rows), spellings, by_name, lacking)


def _factor(factor: str, days: int, data: FactorData) -> Factor:
    effects = [_effect(insight) for insight in data.insights.get(factor, ())]
    withheld = None if effects else data.withheld.get(factor)
    needs = _needs(withheld) if withheld else None
    return Factor(
        factor=data.spellings.of(factor),
        days=days,
        aliases=[data.spellings.of(alias) for alias in data.names.aliases_of(factor)],
        hidden=data.names.is_hidden(factor),
        status="found" if effects else _status(needs),
        effects=effects,
        needs=needs,
    )


def _status(needs: FactorNeeds | None) -> FactorStatus:
    """The status of a factor without effects."""
    if needs is None:
        return "not_looked_at"
    return "withheld" if any(needs.model_dump().values()) else "nothing_found"


def _effect(insight: FactorInsight) -> FactorEffect:
    figures = {name: round(getattr(insight, name), DIGITS) for name in ("effect", "low", "high")}
    return FactorEffect(insight_id=insight.id, outcome=insight.outcome, lag=insight.lag, **figures)


def _needs(document: Mapping[str, Any]) -> FactorNeeds:
    return FactorNeeds(**{name: document[name] for name in FactorNeeds.model_fields})


async def change_factor(call: Call[FactorChange]) -> FactorSettings:
    """Hide a factor, or count it as another one. Raises `AliasOfAlias` or `FactorsFull`."""
    name = call.body.factor
    mark_stale(call.conn, call.person.id, call.now)  # before the lock, as a count of changed days is
    locks.lock(call.conn, "insight_factors", call.person.id)
    stored, labels = queries.queue_factor_settings(call.conn), queries.queue_factor_days(call.conn)
    await call.conn.flush()
    settings = {setting.factor: setting for setting in stored.rows}
    if name not in settings and len(settings) >= MAX_SETTINGS:
        raise FactorsFull
    changes = call.body.model_dump(exclude_unset=True, exclude={"factor"})
    setting = settings.get(name, FactorSetting(name, hidden=False, alias_of=None))._replace(**changes)
    _check_alias(setting, settings)
    queries.store_factor(call.conn, setting)
    spellings = FactorSpellings(days for (days,) in labels.rows)
    return FactorSettings(
        factor=spellings.of(setting.factor),
        hidden=setting.hidden,
        alias_of=setting.alias_of and spellings.of(setting.alias_of),
        support=call.support,
    )


def _check_alias(setting: FactorSetting, settings: dict[str, FactorSetting]) -> None:
    if setting.alias_of is None:
        return
    target = settings.get(setting.alias_of)
    is_target = any(other.alias_of == setting.factor for other in settings.values())
    if setting.alias_of == setting.factor or (target and target.alias_of) or is_target:
        raise AliasOfAlias
