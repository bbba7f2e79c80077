"""Puts events that wait at once into messages of several, so that each listener is called once for all of them."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from shared.events import Event
from shared.events.types import ALONE

MESSAGE_EVENTS = 25  # docs/decisions.md has the measurement
MESSAGE_BYTES = 128 * 1024  # of the data, which a push holds as base64; a consumer takes 256 KiB

Message: TypeAlias = list[Event]


def in_messages(events: Sequence[Event]) -> Iterator[Message]:
    """Messages of events of one type and with the same attributes, oldest first, a person's together where they fit.

    Events with a trace share no message with those without, so that what follows from an event has its trace or none.
    """
    for _, alike in groupby(sorted(events, key=_likeness), key=_likeness):
        message, size = Message(), 0
        for event in sorted(alike, key=lambda event: (str(event.user_id), event.id)):
            length = len(event.model_dump_json())
            if message and (len(message) == _most(event) or size + length > MESSAGE_BYTES):
                yield sorted(message, key=attrgetter("id"))
                message, size = Message(), 0
            message.append(event)
            size += length
        yield sorted(message, key=attrgetter("id"))


def _likeness(event: Event) -> tuple[list[tuple[str, str]], bool]:
    return sorted(event.attributes.items()), event.traceparent is not None


def _most(event: Event) -> int:
    return 1 if event.type in ALONE else MESSAGE_EVENTS
