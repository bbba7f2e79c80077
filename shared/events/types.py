"""Every type of event: its name and its data, for producers and consumers.

Data holds ids and codes, never what a person felt or wrote. A consumer ignores fields that it does not know, so that a
field can be added.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Generic, Literal, ParamSpec, Self, TypeVar
from uuid import UUID

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from shared.events.envelope import Event, Unprocessable


class WrongData(Unprocessable):
    """its data is not what its type says"""


@dataclass(frozen=True, kw_only=True)
class EventData:
    """The data of an event: none, unless a subclass says what."""

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """An event's data, typed. Raises `WrongData` if it does not fit."""
        try:
            data: Self = _adapter(cls).validate_python(event.data)  # type: ignore[arg-type] # any class can be hashed
        except ValidationError:
            raise WrongData from None
        return data


@cache
def _adapter(data: type[EventData]) -> TypeAdapter[Any]:
    """Made when the first event arrives: at import it would slow every cold start."""
    return TypeAdapter(data)


DataFields = ParamSpec("DataFields")
Data = TypeVar("Data", bound=EventData)


class EventType(Generic[DataFields, Data]):
    """One type of event. Called, it makes an event from the fields of its data."""

    def __init__(self, name: str, data: Callable[DataFields, Data]) -> None:
        self.name = name
        self._data = data

    def __call__(
        self, person: UUID | None, now: datetime, /, *args: DataFields.args, **fields: DataFields.kwargs
    ) -> Event:
        data = to_jsonable_python(self._data(*args, **fields))
        return Event(type=self.name, user_id=person, occurred_at=now, data=data)


AnyEventType = EventType[..., Any]


@dataclass(frozen=True, kw_only=True)
class EntryReferences(EventData):
    """The entries that one request has changed in the same way, by `occurred_at`. After an import of many, none."""

    entry_ids: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class RecordedEntry(EntryReferences):
    """The entry of one check-in, and what it concerns, so that only those are called who have something to do.

    Subscriptions filter by these fields. Without one, or in an event of several entries, everybody is called.
    """

    plan: Literal["active", "none"]
    streak: Literal["same", "changed", "milestone"] | None  # None: all entries were counted
    note: Literal["some", "none"]


@dataclass(frozen=True, kw_only=True)
class ContentInteraction(EventData):
    interaction_id: UUID
    content_id: UUID
    kind: str
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class PlanReference(EventData):
    plan_id: UUID


@dataclass(frozen=True, kw_only=True)
class FinishedActivity(EventData):
    plan_id: UUID
    activity_id: UUID
    content_id: UUID
    status: Literal["done", "skipped"]


@dataclass(frozen=True, kw_only=True)
class ChangedFields(EventData):
    """The fields that changed, without their values."""

    fields: list[str]


@dataclass(frozen=True, kw_only=True)
class NotificationRequest(EventData):
    """A notification to send at once, without waiting for the schedule."""

    kind: Literal["account", "test"]
    slot: str | None = None  # if two have the same slot and day, only the first is sent
    data: dict[str, JsonValue] | None = None


@dataclass(frozen=True, kw_only=True)
class ChangedConsent(EventData):
    """The purpose. Whether the person agrees to it by now is read when the event is handled."""

    purpose: str


@dataclass(frozen=True, kw_only=True)
class InsightReference(EventData):
    insight_id: UUID


@dataclass(frozen=True, kw_only=True)
class UploadedPicture(EventData):
    file: UUID
    content_id: UUID | None = None  # the item of the catalogue that it is for; without one it is an avatar


@dataclass(frozen=True, kw_only=True)
class HandOverReference(EventData):
    hand_over_id: UUID


@dataclass(frozen=True, kw_only=True)
class ErasureReference(EventData):
    """An erasure, by the id of its receipt. Nothing in the event names the person."""

    receipt_id: UUID


mood_recorded = EventType("mood.recorded", EntryReferences)
mood_changed = EventType("mood.changed", EntryReferences)
mood_deleted = EventType("mood.deleted", EntryReferences)
content_interacted = EventType("content.interacted", ContentInteraction)
plan_created = EventType("plan.created", PlanReference)
plan_changed = EventType("plan.changed", PlanReference)
plan_activity_finished = EventType("plan.activity_finished", FinishedActivity)
plan_ended = EventType("plan.ended", PlanReference)
# By a trigger of Supabase Auth's table: a sign-in, or another address. What is new is read when the event is handled.
account_changed = EventType("account.changed", EventData)
profile_changed = EventType("profile.changed", ChangedFields)
notification_requested = EventType("notification.requested", NotificationRequest)
inbox_changed = EventType("inbox.changed", EventData)
reply_changed = EventType("reply.changed", EventData)  # a reply of the companion was queued, or has ended
conversation_handed_over = EventType("conversation.handed_over", HandOverReference)  # to the team, by mail
insight_found = EventType("insight.found", InsightReference)
insights_requested = EventType("insights.requested", EventData)  # the person wants theirs before the night
guardian_asked = EventType("guardian.asked", EventData)  # by a person too young to decide alone: a mail is to be sent
consent_changed = EventType("consent.changed", ChangedConsent)
care_opened = EventType("care.opened", EventData)  # a care period, after words of danger in any request
care_closed = EventType("care.closed", EventData)  # by the person, before its end
picture_uploaded = EventType("picture.uploaded", UploadedPicture)  # and verified; its renditions are to be made

user_erased = EventType("user.erased", ErasureReference)  # from now on; their data goes next

# What follows from these takes long, so each comes in a message of its own.
ALONE = frozenset(
    each.name
    for each in (
        conversation_handed_over,
        guardian_asked,
        insights_requested,
        notification_requested,
        picture_uploaded,
        user_erased,
    )
)

# Made by Cloud Scheduler, or locally by `tick`.
schedule_live = EventType("schedule.live", EventData)
schedule_relay = EventType("schedule.relay", EventData)
schedule_plans = EventType("schedule.plans", EventData)
schedule_reminders = EventType("schedule.reminders", EventData)
schedule_content = EventType("schedule.content", EventData)
schedule_insights = EventType("schedule.insights", EventData)
schedule_ranking = EventType("schedule.ranking", EventData)
schedule_erasure = EventType("schedule.erasure", EventData)
schedule_accounts = EventType("schedule.accounts", EventData)
schedule_analytics = EventType("schedule.analytics", EventData)
schedule_retention = EventType("schedule.retention", EventData)
