"""The events that Mixpanel is told, made by the reviewed list in `events.toml`, which is all that they can contain."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias
from uuid import uuid5

from pydantic import BaseModel, ConfigDict, JsonValue

from functions.analytics.queries import PublishedEvent
from shared import capability

LIST = Path(__file__).with_name("events.toml")

MixpanelEvent: TypeAlias = Mapping[str, JsonValue]


class ReviewedEvent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    fields: Mapping[str, tuple[str, ...]] = {}  # the values that each may have


@cache
def reviewed_events() -> Mapping[str, ReviewedEvent]:
    """By the type of the event."""
    return {kind: ReviewedEvent.model_validate(entry) for kind, entry in capability.read(LIST).items()}


def mixpanel_event(event: PublishedEvent) -> MixpanelEvent | None:
    """What Mixpanel is told of an event. None if one of its values is not on the list.

    The `$insert_id`, by which Mixpanel drops duplicates, is the same each time. It cannot be found in our logs, which
    have the ids of events.
    """
    reviewed = reviewed_events()[event.type]
    fields = {name: event.data.get(name) for name in reviewed.fields}
    if any(value not in reviewed.fields[name] for name, value in fields.items()):
        return None
    return {
        "event": reviewed.name,
        "properties": {
            "time": int(event.occurred_at.timestamp()),
            "distinct_id": str(event.distinct_id),
            "$insert_id": str(uuid5(event.distinct_id, str(event.id))),
            "ip": "0",  # no place is derived from the address of our server
            **fields,
        },
    }
