"""Factors: how often each was tagged, which are hidden, and which are counted as another one."""

from collections import Counter
from typing import Any, NamedTuple

from functions.insights import queries
from functions.insights.errors import AliasOfAlias
from functions.insights.models import Factor, FactorChange, Factors, FactorSettings
from functions.insights.rules.factor_names import FactorNames, FactorSetting, factor_name
from shared import locks
from shared.db import Connection
from shared.errors import Fault, Invalid
from shared.http import Call

MAX_NAME = 80


class TaggedDays(NamedTuple):
    """On how many days each factor was tagged, on how many any, and on how many there is an entry."""

    by_factor: Counter[str]
    tagged: int
    days: int
    names: FactorNames


async def load_factors(call: Call[Any, Any]) -> Factors:
    tagged = await load_tagged_days(call.conn)
    items = [
        Factor(
            factor=factor,
            days=days,
            aliases=tagged.names.aliases_of(factor),
            hidden=tagged.names.is_hidden(factor),
        )
        for factor, days in tagged.by_factor.most_common()
    ]
    return Factors(items=items, days=tagged.days, tagged_days=tagged.tagged)


async def load_tagged_days(conn: Connection) -> TaggedDays:
    years = queries.queue_periods(conn, "year")
    settings = queries.queue_factor_settings(conn)
    await conn.flush()
    names, by_factor = FactorNames(settings.rows), Counter[str]()
    for year in years.rows:
        for label, days in year.factors.items():
            by_factor[names.name_of(label)] += days
    tagged, days = sum(year.tagged_days for year in years.rows), sum(year.days for year in years.rows)
    return TaggedDays(by_factor, tagged, days, names)


async def change_factor(call: Call[FactorChange]) -> FactorSettings:
    """Hide a factor, or count it as another one. Raises `AliasOfAlias`, and `Invalid` for a name that is too long."""
    name = factor_name(call.path["factor"])
    if not 0 < len(name) <= MAX_NAME:
        raise Invalid(faults=[Fault(("path", "factor"), f"must have 1 to {MAX_NAME} characters")])
    locks.lock(call.conn, "insight_factors", call.person.id)
    stored = queries.queue_factor_settings(call.conn)
    await call.conn.flush()
    settings = {setting.factor: setting for setting in stored.rows}
    changes = call.body.model_dump(exclude_unset=True)
    setting = settings.get(name, FactorSetting(name, hidden=False, alias_of=None))._replace(**changes)
    _check_alias(setting, settings)
    queries.store_factor(call.conn, setting)
    queries.mark_stale(call.conn, call.person.id, call.now)
    return FactorSettings(**setting._asdict(), support=call.support)


def _check_alias(setting: FactorSetting, settings: dict[str, FactorSetting]) -> None:
    if setting.alias_of is None:
        return
    target = settings.get(setting.alias_of)
    is_target = any(other.alias_of == setting.factor for other in settings.values())
    if setting.alias_of == setting.factor or (target and target.alias_of) or is_target:
        raise AliasOfAlias
