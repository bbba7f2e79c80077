"""Rows of insights. The fields are the columns that are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from shared import logs

METHOD_VERSION = "2026-12-10"
OVER = ("ended", "replaced")  # statuses that nothing changes any more

InsightKey: TypeAlias = tuple[str, str, str, int]  # kind, about, outcome and lag: one insight each is not over


@dataclass(frozen=True)
class CountRow:
    """Whether a person's changed days could be counted. A request does not read it, so it logs by itself if not."""

    counted: bool

    def __post_init__(self) -> None:
        if not self.counted:
            logs.warn("insight_days_not_counted")


class Finding(NamedTuple):
    """What the statistics say about one factor, measure, content or kind of content."""

    kind: str
    about: str
    names: Sequence[str]
    outcome: str
    lag: int
    unit: float
    effect: float  # in points from -10 to 10; of a single mood, in days of a hundred
    effect_sd: float
    low: float
    high: float
    level: float
    adjusted_p: float | None
    n_with: int
    n_without: int | None
    n_effective: float | None
    first_day: date
    last_day: date
    forgets_tags: bool

    @property
    def key(self) -> InsightKey:
        return self.kind, self.about, self.outcome, self.lag


class InsightRow(NamedTuple):
    user_id: UUID
    id: UUID
    kind: str
    about: str
    names: Sequence[str]
    outcome: str
    lag: int
    unit: float
    effect: float
    effect_sd: float
    low: float
    high: float
    level: float
    adjusted_p: float | None
    n_with: int
    n_without: int | None
    n_effective: float | None
    first_day: date
    last_day: date
    forgets_tags: bool
    method_version: str
    status: str
    useful: bool | None
    found_at: datetime
    estimated_at: datetime
    expires_at: datetime
    replaced_by: UUID | None

    @property
    def key(self) -> InsightKey:
        return self.kind, self.about, self.outcome, self.lag
