"""Events: written in the transaction of a change, published by the relay, and handled once by each consumer."""

from shared.events.consumer import Consumer, LongRunningConsumer, LongRunningHandler
from shared.events.envelope import EVENT_TYPE, Event, Events, Unprocessable, push_message, tick, topic_name
from shared.events.outbox import emit

__all__ = [
    "EVENT_TYPE",
    "Consumer",
    "Event",
    "Events",
    "LongRunningConsumer",
    "LongRunningHandler",
    "Unprocessable",
    "emit",
    "push_message",
    "tick",
    "topic_name",
]
