"""One event, and the Pub/Sub message that carries it, alone or with others."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import from_json, to_json

from shared.clock import utc_now
from shared.ids import new_id

EVENT_TYPE = r"^[a-z]+(\.[a-z_]+)+$"
STRUCTURED_MODE = "application/cloudevents+json"  # the content type of a CloudEvent in structured mode
TICK_NAMESPACE = UUID("6f1de0c2-3f0c-5a71-9a55-0b7c5f6f2f7e")  # the namespace of ids made for ticks of a schedule
MESSAGE_NAMESPACE = UUID("1d0a5b0e-2f5b-5c1c-9d0e-6a4c8f0f5a37")  # the namespace of ids made for messages of several
ATTRIBUTES = ("kind", "plan", "streak", "note")  # the fields of the data by which a subscription may filter
MAX_EVENTS = 100  # of one message; the relay puts fewer into one


class Unprocessable(Exception):
    """this event can never be handled"""


class NoPerson(Unprocessable):
    """it names no person"""


class Event(BaseModel):
    """What happened, to whom and when. The producer gives it its id, which every redelivery keeps."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

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
        return attributes_of(self.type, self.data)

    def traced(self, traceparent: str | None) -> Self:
        """The event with this trace, unless it has one."""
        return self if self.traceparent or not traceparent else self.model_copy(update={"traceparent": traceparent})

    @property
    def person(self) -> UUID:
        """The person it concerns. Raises `NoPerson` if there is none."""
        if self.user_id is None:
            raise NoPerson
        return self.user_id


class Events(tuple[Event, ...]):
    """Events of one type, and of one person or of nobody, by id. There is at least one."""

    __slots__ = ()

    @property
    def person(self) -> UUID:
        """The person they concern. Raises `NoPerson` if there is none."""
        return self[0].person

    @property
    def occurred_at(self) -> datetime:
        """The time of the latest of them."""
        return max(event.occurred_at for event in self)


def by_person(events: Iterable[Event]) -> list[Events]:
    """Groups of one person and type. Their order is the same in every process, so that no two wait for each other."""
    groups: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        groups[str(event.user_id), event.type].append(event)
    return [Events(sorted(group, key=attrgetter("id"))) for _, group in sorted(groups.items())]


def topic_name(event_type: str) -> str:
    return event_type.replace(".", "-").replace("_", "-")


def tick(event_type: str, at: datetime) -> Event:
    """The event of one minute of a schedule. Every process makes the same one."""
    at = at.replace(second=0, microsecond=0)
    return Event(id=uuid5(TICK_NAMESPACE, f"{event_type} {at.isoformat()}"), type=event_type, occurred_at=at)


def attributes_of(event_type: str, data: Mapping[str, JsonValue]) -> dict[str, str]:
    """The type, and the fields of the data that a subscription may filter by."""
    texts = {name: value for name in ATTRIBUTES if isinstance(value := data.get(name), str)}
    return {"type": event_type, **texts}


def read_events(body: bytes, content_type: str) -> list[Event | bytes]:
    """The events in the body of a push; for one of several that cannot be read, the body of a push of it alone.

    Raises a `ValueError`, `TypeError`, `LookupError` or `AttributeError` if there is none. A raw push and a CloudEvent
    in binary mode have the same body; in structured mode it is the CloudEvent's data.
    """
    content = from_json(body, allow_inf_nan=False)
    push = content["data"] if content_type.startswith(STRUCTURED_MODE) else content
    message = push["message"]
    data = from_json(base64.b64decode(message["data"], validate=True), allow_inf_nan=False)
    if not isinstance(data, list):
        return [_read_event(data, message)]
    if not 0 < len(data) <= MAX_EVENTS:
        raise ValueError
    return [_read_one_of_several(part, message) for part in data]


def _read_event(data: Any, message: Mapping[str, Any]) -> Event:  # noqa: ANN401 - an event, possibly malformed
    if str(data.get("type", "")).startswith("schedule.") and "id" not in data:
        # Cloud Scheduler publishes the same text every time: the time of its publication counts.
        return tick(data["type"], datetime.fromisoformat(message["publishTime"]))
    return Event.model_validate(data)


def _read_one_of_several(data: Any, message: Mapping[str, Any]) -> Event | bytes:  # noqa: ANN401 - the same
    try:
        return _read_event(data, message)
    except Exception:  # noqa: BLE001 - the same bytes fail in the same way each time
        return to_json({"message": {**message, "data": base64.b64encode(to_json(data)).decode()}})


def message_data(events: Sequence[Event]) -> bytes:
    """What a message of these events holds: an event, or a list of several."""
    texts = [event.model_dump_json() for event in events]
    return (texts[0] if len(texts) == 1 else f"[{','.join(texts)}]").encode()


def message_id(events: Sequence[Event]) -> UUID:
    """The id of an event alone, or one made from those of several. The same events have the same one."""
    if len(events) == 1:
        return events[0].id
    return uuid5(MESSAGE_NAMESPACE, " ".join(str(event.id) for event in events))


def push_message(*events: Event) -> dict[str, Any]:
    """The body of the push that a subscription makes of a message. All of its events have the same attributes."""
    return {
        "message": {
            "data": base64.b64encode(message_data(events)).decode(),
            "messageId": str(message_id(events)),
            "publishTime": utc_now().isoformat(),
            "attributes": events[0].attributes,
        },
        "subscription": f"local/{events[0].topic}",
    }
