"""One event, and the Pub/Sub message that carries it."""

import base64
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import from_json

from shared.clock import utc_now
from shared.ids import new_id

EVENT_TYPE = r"^[a-z]+(\.[a-z_]+)+$"
STRUCTURED_MODE = "application/cloudevents+json"  # the content type of a CloudEvent in structured mode
TICK_NAMESPACE = UUID("6f1de0c2-3f0c-5a71-9a55-0b7c5f6f2f7e")  # the namespace of ids made for ticks of a schedule


class Unprocessable(Exception):
    """this event can never be handled"""


class NoPerson(Unprocessable):
    """it names no person"""


class Event(BaseModel):
    """What happened, to whom and when. The producer gives it its id, which every redelivery keeps."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: UUID = Field(default_factory=new_id)
    type: str = Field(pattern=EVENT_TYPE)
    version: Literal[1] = 1  # another one is parked until there is code that knows it
    user_id: UUID | None = None
    occurred_at: AwareDatetime
    data: dict[str, JsonValue] = {}
    traceparent: str | None = None  # the trace of the request or event that it follows from; the outbox sets it

    @property
    def topic(self) -> str:
        return topic_name(self.type)

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes of its message, by which a subscription may filter."""
        kind = self.data.get("kind")
        return {"type": self.type} | ({"kind": kind} if isinstance(kind, str) else {})

    @property
    def person(self) -> UUID:
        """The person it concerns. Raises `NoPerson` if there is none."""
        if self.user_id is None:
            raise NoPerson
        return self.user_id


def topic_name(event_type: str) -> str:
    return event_type.replace(".", "-").replace("_", "-")


def tick(event_type: str, at: datetime) -> Event:
    """The event of one minute of a schedule. Every process makes the same one."""
    at = at.replace(second=0, microsecond=0)
    return Event(id=uuid5(TICK_NAMESPACE, f"{event_type} {at.isoformat()}"), type=event_type, occurred_at=at)


def read_event(body: bytes, content_type: str) -> Event:
    """The event in the body of a push. Raises a `ValueError`, `TypeError` or `LookupError` if there is none.

    A raw push and a CloudEvent in binary mode have the same body; in structured mode it is the CloudEvent's data.
    """
    content = from_json(body, allow_inf_nan=False)
    push = content["data"] if content_type.startswith(STRUCTURED_MODE) else content
    message = push["message"]
    event = from_json(base64.b64decode(message["data"], validate=True), allow_inf_nan=False)
    if str(event.get("type", "")).startswith("schedule.") and "id" not in event:
        # Cloud Scheduler publishes the same text every time: the time of its publication counts.
        return tick(event["type"], datetime.fromisoformat(message["publishTime"]))
    return Event.model_validate(event)


def push_message(event: Event) -> dict[str, Any]:
    """The body of the push that a subscription makes of an event."""
    return {
        "message": {
            "data": base64.b64encode(event.model_dump_json().encode()).decode(),
            "messageId": str(event.id),
            "publishTime": utc_now().isoformat(),
            "attributes": event.attributes,
        },
        "subscription": f"local/{event.topic}",
    }
