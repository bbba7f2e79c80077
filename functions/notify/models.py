"""What comes in and what goes out of `notify`."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.http import RequestModel, ResponseModel
from shared.http.paging import PageQuery

TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
MOST_TIMES = 6
MOST_READ_AT_ONCE = 200


def _sorted_times(times: list[str]) -> list[str]:
    return sorted(set(times))


TimeOfDay = Annotated[str, Field(pattern=TIME_OF_DAY)]
Times = Annotated[list[TimeOfDay], Field(max_length=MOST_TIMES), AfterValidator(_sorted_times)]


class QuietHours(RequestModel):
    """By the clock where the person is; across midnight where they end earlier than they begin."""

    model_config = ConfigDict(serialize_by_alias=True)

    begins: TimeOfDay = Field(alias="from")
    ends: TimeOfDay = Field(alias="to")

    @model_validator(mode="after")
    def _end(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("must not end when they begin")
        return self

    def holds(self, wall: str) -> bool:
        if self.begins < self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends


class Channels(RequestModel):
    push: bool
    email: bool
    in_app: bool


class Kinds(RequestModel):
    check_in: bool
    plan: bool
    insight: bool
    weekly_summary: bool
    streak: bool


class Preferences(RequestModel):
    channels: Channels
    kinds: Kinds
    quiet_hours: QuietHours | None
    check_in_times: Times
    max_per_day: Annotated[int, Field(ge=1, le=20)]

    @property
    def times(self) -> list[time]:
        return [time.fromisoformat(text) for text in self.check_in_times]

    @property
    def columns(self) -> dict[str, Any]:
        quiet = self.quiet_hours
        return {
            "channels": _on(self.channels),
            "kinds": _on(self.kinds),
            "quiet_from": quiet and time.fromisoformat(quiet.begins),
            "quiet_to": quiet and time.fromisoformat(quiet.ends),
            "check_in_times": self.times,
            "max_per_day": self.max_per_day,
        }

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 - the columns of one row
        cls,
        channels: Sequence[str],
        kinds: Sequence[str],
        quiet_from: str | None,
        quiet_to: str | None,
        check_in_times: list[str],
        max_per_day: int,
    ) -> Self:
        return cls.model_validate(
            {
                "channels": {name: name in channels for name in Channels.model_fields},
                "kinds": {name: name in kinds for name in Kinds.model_fields},
                "quiet_hours": quiet_from and {"from": quiet_from, "to": quiet_to},
                "check_in_times": check_in_times,
                "max_per_day": max_per_day,
            }
        )


def _on(switches: BaseModel) -> list[str]:
    return [name for name, on in switches.model_dump().items() if on]


# Who has said nothing yet: reminded of nothing that they did not ask for, and not of runs of days.
NEWCOMER = Preferences.of(
    ["push", "email", "in_app"], ["check_in", "plan", "insight", "weekly_summary"], "22:00", "07:00", [], 4
)


class DeviceDraft(RequestModel):
    platform: Literal["ios", "android", "web"]


class InboxQuery(PageQuery):
    unread: bool = False


class ReadDraft(RequestModel):
    """Some of them, or all."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_READ_AT_ONCE)] | None = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.ids is None) == (self.all is None):
            raise ValueError("name either ids or all")
        return self


class InboxItem(ResponseModel):
    notification_id: UUID
    kind: str
    title: str
    body: str
    link: str
    source_id: UUID | None
    told_at: datetime
    read_at: datetime | None


class Inbox(ResponseModel):
    items: list[InboxItem]
    next_cursor: str | None


class Unread(ResponseModel):
    unread: int


class Tested(ResponseModel):
    """On how many devices a notification should appear shortly."""

    devices: int
