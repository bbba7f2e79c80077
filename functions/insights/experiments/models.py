"""API models of experiments."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from functions.insights.rules.experiment_draw import FEWEST_DAYS, MOST_DAYS
from shared.errors import RuleBroken
from shared.http import OMITTABLE, ChangeModel, Kind, RequestModel, ResponseModel, Text
from shared.pattern import Pattern

ReminderTime = Annotated[
    str, Pattern(r"^(0[6-9]|1[0-9]|2[01]):[0-5][0-9]$", "must be a time of day from 06:00 to 21:59, like 09:00")
]


class ExperimentDraft(RequestModel):
    """What to try, a factor or a kind of content, and for how many days. On half of them you do it."""

    factor: Annotated[Text, Field(min_length=1, max_length=80)] = OMITTABLE
    kind: Kind = OMITTABLE
    days: Annotated[int, Field(ge=FEWEST_DAYS, le=MOST_DAYS)] = 28
    remind_at: ReminderTime = "09:00"

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.factor is None) == (self.kind is None):
            raise RuleBroken("name either a factor or a kind")
        return self


class ExperimentQuery(RequestModel):
    """With `dry_run`, nothing is started."""

    dry_run: Annotated[bool, Field(strict=False)] = False


class ExperimentChange(ChangeModel):
    """`kept`: whether you did today as drawn, which includes leaving it on a day without."""

    kept: bool = OMITTABLE
    status: Literal["stopped"] = OMITTABLE


class ExperimentDay(ResponseModel):
    date: date
    do_it: bool  # as drawn
    kept: bool | None
    paused: bool  # for care: it does not count


class ExperimentVerdict(ResponseModel):
    """The effect of being asked to do it, on the scale from -10 to 10, with its 95 % interval."""

    verdict: Literal["helped", "not_shown", "not_told"]
    text: str
    effect: float | None
    low: float | None
    high: float | None
    p: float | None
    yes_days: int  # with a mood
    no_days: int
    kept_on_yes_days: float | None  # the share of days with an answer on which it was done
    kept_on_no_days: float | None


class ExperimentPreview(ResponseModel):
    """`power` is the chance to show an effect of 0.8 standard deviations of your moods, if there is one."""

    factor: str | None
    kind: str | None
    days: int
    first_day: date
    last_day: date
    remind_at: str
    power: float


class Experiment(ExperimentPreview):
    """Only today's draw is shown before it is over. `drawn_days` has all of them then, but not in the list."""

    experiment_id: UUID
    status: Literal["running", "paused", "stopped", "finished"]
    today: ExperimentDay | None
    seed_hash: str  # SHA-256 of the seed, so that the draw cannot be changed afterwards
    seed: str | None
    drawn_days: list[ExperimentDay] | None
    verdict: ExperimentVerdict | None
    created_at: datetime
    ended_at: datetime | None


class ExperimentPage(ResponseModel):
    items: list[Experiment]
    next_cursor: str | None
