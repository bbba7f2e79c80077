"""The requests and responses of `notify`."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.errors import RuleBroken
from shared.http import RequestModel, ResponseModel, TimeOfDay
from shared.http.paging import PageQuery

MAX_CHECK_IN_TIMES = 6
MAX_READ_IDS = 200


def _sorted_times(times: list[str]) -> list[str]:
    return sorted(set(times))


Times = Annotated[list[TimeOfDay], Field(max_length=MAX_CHECK_IN_TIMES), AfterValidator(_sorted_times)]


class QuietHours(RequestModel):
    """Local times of the person. They span midnight where `to` is earlier than `from`."""

    model_config = ConfigDict(serialize_by_alias=True)

    begins: TimeOfDay = Field(alias="from")
    ends: TimeOfDay = Field(alias="to")

    @model_validator(mode="after")
    def _must_differ(self) -> Self:
        if self.begins == self.ends:
            raise RuleBroken("must not end when they begin")
        return self

    def contains(self, local_time: str) -> bool:
        if self.begins < self.ends:
            return self.begins <= local_time < self.ends
        return local_time >= self.begins or local_time < self.ends


class ChannelSwitches(RequestModel):
    push: bool
    email: bool
    in_app: bool


class KindSwitches(RequestModel):
    check_in: bool
    plan: bool
    insight: bool
    weekly_summary: bool
    streak: bool
    monthly_review: bool = True
    yearly_review: bool = True
    experiment: bool = True


class Preferences(RequestModel):
    channels: ChannelSwitches
    kinds: KindSwitches
    quiet_hours: QuietHours | None
    check_in_times: Times
    max_per_day: Annotated[int, Field(ge=1, le=20)]

    @property
    def local_times(self) -> list[time]:
        return [time.fromisoformat(text) for text in self.check_in_times]

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of `public.notification_settings` by name."""
        quiet = self.quiet_hours
        return {
            "channels": _switched_on(self.channels),
            "kinds": _switched_on(self.kinds),
            "quiet_from": quiet and time.fromisoformat(quiet.begins),
            "quiet_to": quiet and time.fromisoformat(quiet.ends),
            "check_in_times": self.local_times,
            "max_per_day": self.max_per_day,
        }

    @classmethod
    def from_columns(  # noqa: PLR0913, PLR0917 - the columns of one row
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
                "channels": {name: name in channels for name in ChannelSwitches.model_fields},
                "kinds": {name: name in kinds for name in KindSwitches.model_fields},
                "quiet_hours": quiet_from and {"from": quiet_from, "to": quiet_to},
                "check_in_times": check_in_times,
                "max_per_day": max_per_day,
            }
        )


def _switched_on(switches: BaseModel) -> list[str]:
    return [name for name, on in switches.model_dump().items() if on]


# For people who have stored none: no times for check-in reminders, and no notifications about streaks.
DEFAULT_PREFERENCES = Preferences.from_columns(
    channels=["push", "email", "in_app"],
    kinds=["check_in", "plan", "insight", "weekly_summary", "monthly_review", "yearly_review", "experiment"],
    quiet_from="22:00",
    quiet_to="07:00",
    check_in_times=[],
    max_per_day=4,
)


class DeviceDraft(RequestModel):
    platform: Literal["ios", "android", "web"]


class InboxQuery(PageQuery):
    unread: bool = False


class ReadSelection(RequestModel):
    """Which notifications to mark as read: either these ids or all."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_READ_IDS)] | None = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _has_ids_or_all(self) -> Self:
        if (self.ids is None) == (self.all is None):
            raise RuleBroken("name either ids or all")
        return self


class InboxItem(ResponseModel):
    notification_id: UUID
    kind: str
    title: str
    body: str
    link: str
    source_id: UUID | None
    sent_at: datetime
    read_at: datetime | None


class Inbox(ResponseModel):
    items: list[InboxItem]
    next_cursor: str | None


class UnreadCount(ResponseModel):
    unread: int


class DeviceCount(ResponseModel):
    """The number of devices that a test push is sent to."""

    devices: int
