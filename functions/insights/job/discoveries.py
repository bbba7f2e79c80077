"""Computes what changes in the insights of a person: discoveries at a look, new estimates in every night."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
from pydantic import JsonValue

from functions.insights.job.insight_changes import InsightEstimate, changed_insights
from functions.insights.job.learned_effects import learned_effects
from functions.insights.job.queries import PersonData, PersonResult
from functions.insights.job.rules.association import Association
from functions.insights.job.rules.discovery import Discovery, Withheld, discover, estimate
from functions.insights.job.rules.ledger import Ledger
from functions.insights.job.series import MEASURE, PersonSeries, build_series
from functions.insights.records import Finding, InsightKey, InsightRow

LEDGER_VERSION = 1
FEWEST_DAYS = 14  # with entries in the window; fewer are worth no look


def compute(data: PersonData, study_effects: Mapping[str, float], now: datetime) -> PersonResult:
    """What to store for a person. A look is made if the ledger says that one is due."""
    series, ledger = build_series(data), read_ledger(data.person.ledger)
    withheld, found, estimates = data.person.withheld, list[Finding](), dict[InsightKey, InsightEstimate]()
    if series:
        for learned, is_found in _learned(data, study_effects, series):
            estimates[learned.finding.key] = learned
            if is_found:
                found.append(learned.finding)
        estimates |= dict(_estimates(series, data.live))
        alpha = ledger.alpha_due(data.entry_days)
        if alpha and series.mood.entry_days >= FEWEST_DAYS:
            discovery = discover(series.mood, alpha, series.tested_outcomes)
            ledger = ledger.after_look(data.entry_days)
            found += [_finding(each, series, forgets_tags=discovery.forgets_tags) for each in discovery.found]
            withheld = _withheld(discovery)
    changes = changed_insights(data.person.user_id, data.live, found, estimates, now)
    return PersonResult(
        data.person.user_id, _document(ledger), withheld, done=True, updated=changes.updated, new=changes.new
    )


def read_ledger(document: Mapping[str, JsonValue] | None) -> Ledger:
    """The stored ledger, or an empty one. Raises `ValueError` for a version that this code does not know."""
    if document is None:
        return Ledger()
    if document["version"] != LEDGER_VERSION:
        raise ValueError("a ledger of an unknown version")
    return Ledger(**{name: document[name] for name in Ledger._fields})  # type: ignore[arg-type] # as written below


def _document(ledger: Ledger) -> Mapping[str, JsonValue]:
    return {"version": LEDGER_VERSION, **ledger._asdict()}


def _learned(
    data: PersonData, study_effects: Mapping[str, float], series: PersonSeries
) -> Iterator[tuple[InsightEstimate, bool]]:
    own_sd = float(np.nanstd(series.mood.outcome))
    if own_sd > 0:
        yield from learned_effects(data.beliefs, study_effects, own_sd, (series.mood.first_day, series.last_day))


def _estimates(series: PersonSeries, live: Sequence[InsightRow]) -> Iterator[tuple[InsightKey, InsightEstimate]]:
    for insight in live:
        outcome = series.of(insight.outcome)
        if outcome and insight.kind in {"factor", "measure"}:
            factor = insight.about if insight.kind == "factor" else MEASURE + insight.about
            association = estimate(outcome, factor, insight.lag, insight.level)
            if association:
                finding = _finding(association, series, forgets_tags=insight.forgets_tags)
                kept = finding._replace(names=insight.names, adjusted_p=insight.adjusted_p)  # those of the look
                yield insight.key, InsightEstimate(kept, association.has_ended)


def _finding(association: Association, series: PersonSeries, *, forgets_tags: bool) -> Finding:
    is_measure = association.factor.startswith(MEASURE)
    return Finding(
        kind="measure" if is_measure else "factor",
        about=association.factor.removeprefix(MEASURE),
        names=[name.removeprefix(MEASURE) for name in association.names],
        outcome=association.outcome,
        lag=association.lag,
        unit=association.unit,
        effect=association.effect,
        effect_sd=association.effect_sd,
        low=association.low,
        high=association.high,
        level=association.level,
        adjusted_p=association.adjusted_p,
        n_with=association.n_with,
        n_without=association.n_without,
        n_effective=association.n_effective,
        first_day=series.mood.first_day,
        last_day=series.last_day,
        forgets_tags=forgets_tags and not is_measure,
    )


def _withheld(discovery: Discovery) -> list[JsonValue]:
    return [_withheld_document(each) for each in discovery.withheld]


def _withheld_document(withheld: Withheld) -> JsonValue:
    factor = withheld.factor
    return {
        "kind": "measure" if factor.startswith(MEASURE) else "factor",
        **withheld._asdict(),
        "factor": factor.removeprefix(MEASURE),
        "names": [name.removeprefix(MEASURE) for name in withheld.names],
    }
