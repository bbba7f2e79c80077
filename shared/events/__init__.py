"""Events: written with the change they tell of, published by the relay, handled once however often they arrive."""

from shared.events.consumer import Consumer, LongRunningConsumer, LongRunningHandler
from shared.events.dead_letters import MOST_ATTEMPTS
from shared.events.envelope import EVENT_TYPE, Event, Unprocessable, push_message, tick, topic_name
from shared.events.outbox import emit

__all__ = [
    "EVENT_TYPE",
    "MOST_ATTEMPTS",
    "Consumer",
    "Event",
    "LongRunningConsumer",
    "LongRunningHandler",
    "Unprocessable",
    "emit",
    "push_message",
    "tick",
    "topic_name",
]
