"""A circuit breaker for each topic: after a failure nothing is published to it, for longer each time."""

from datetime import datetime, timedelta

from shared.clock import utc_now

FIRST_PAUSE = timedelta(seconds=1)
MAX_PAUSE = timedelta(minutes=1)


class TopicPauses:
    def __init__(self) -> None:
        self._pauses: dict[str, tuple[datetime, timedelta]] = {}  # by event type: its end and its length

    def paused_types(self) -> list[str]:
        now = utc_now()
        return [event_type for event_type, (ends_at, _) in self._pauses.items() if ends_at > now]

    def record_failure(self, event_type: str) -> None:
        _, last = self._pauses.get(event_type, (None, FIRST_PAUSE / 2))
        pause = min(2 * last, MAX_PAUSE)
        self._pauses[event_type] = (utc_now() + pause, pause)

    def record_success(self, event_type: str) -> None:
        self._pauses.pop(event_type, None)
