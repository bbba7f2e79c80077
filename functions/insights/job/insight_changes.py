"""How the insights of a person change with what the statistics say now. Reads and writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from functions.insights.records import METHOD_VERSION, Finding, InsightKey, InsightRow
from shared.ids import new_id

EXPIRES_AFTER = timedelta(days=90)  # without a new estimate


class InsightEstimate(NamedTuple):
    """What was found before, estimated again."""

    finding: Finding
    has_ended: bool


class InsightChanges(NamedTuple):
    updated: list[InsightRow]
    new: list[InsightRow]


def changed_insights(
    person: UUID,
    live: Sequence[InsightRow],
    found: Sequence[Finding],
    estimates: Mapping[InsightKey, InsightEstimate],
    now: datetime,
) -> InsightChanges:
    """What changes in the insights that are not over. What a look has found counts more than an estimate.

    An insight with neither stays as it is until it expires.
    """
    findings = {finding.key: finding for finding in found}
    rows: list[InsightRow] = []
    for insight in live:
        finding, estimate = findings.get(insight.key), estimates.get(insight.key)
        if finding and _same_direction(insight, finding):
            rows.append(_estimated(insight, findings.pop(insight.key), now))
        elif estimate and not finding:
            row = _estimated(insight, estimate.finding, now)
            is_over = estimate.has_ended or not _same_direction(insight, estimate.finding)
            rows.append(row._replace(status="ended") if is_over else row)
        else:
            rows.append(insight)
    new = [_new_insight(finding, person, now) for finding in findings.values()]
    updated = [_replaced(row, new) for row in rows]
    return InsightChanges([row for row, before in zip(updated, live, strict=True) if row != before], new)


def _replaced(row: InsightRow, new: Sequence[InsightRow]) -> InsightRow:
    """The row, replaced if a new insight has the same factor in the other direction or with other copies."""
    if row.status == "ended":
        return row
    place = (row.kind, row.outcome, row.lag)
    for insight in new:
        if (insight.kind, insight.outcome, insight.lag) == place and not {*insight.names}.isdisjoint(row.names):
            return row._replace(status="replaced", replaced_by=insight.id)
    return row


def _same_direction(insight: InsightRow, finding: Finding) -> bool:
    return (insight.effect > 0) == (finding.effect > 0)


def _estimated(insight: InsightRow, finding: Finding, now: datetime) -> InsightRow:
    return insight._replace(
        **finding._asdict(), method_version=METHOD_VERSION, estimated_at=now, expires_at=now + EXPIRES_AFTER
    )


def _new_insight(finding: Finding, person: UUID, now: datetime) -> InsightRow:
    return InsightRow(
        **finding._asdict(),
        user_id=person,
        id=new_id(),
        method_version=METHOD_VERSION,
        status="new",
        useful=None,
        found_at=now,
        estimated_at=now,
        expires_at=now + EXPIRES_AFTER,
        replaced_by=None,
    )
