"""Simulates the app of a person over several days, and lets the event function handle their events."""

from datetime import datetime, timedelta
from typing import Any

from functions.recommend import live
from functions.recommend.main import event_consumer
from infra.registry import registry
from shared.clock import utc_now
from shared.events import Event, Events
from shared.services import services
from tests.conftest import ClientFactory, Clone
from tests.integration.recommend.library import Json, did

EVENTS = """
    SELECT id, type, user_id, occurred_at, data FROM mend.outbox
    WHERE user_id = %s ORDER BY id
"""
LEARNED = "SELECT uplift_sums, taste, entry_count, population_version FROM mend.person_learning WHERE user_id = %s"
HOUR = timedelta(hours=1)


class Week:
    """One person, as a client of `checkin` and `recommend`."""

    def __init__(self, client_for: ClientFactory, database: Clone) -> None:
        self.recommend = client_for("recommend")
        self.person = self.recommend.person
        self.checkin = client_for("checkin", self.person)
        self.database = database
        self.handled: set[Any] = set()

    async def check_in(self, mood: str, at: datetime, intensity: int = 6) -> Json:
        draft = {"mood": mood, "intensity": intensity, "occurred_at": at.isoformat()}
        answer: Json = (await self.checkin.post("/", json=draft)).json()
        return answer

    async def complete(self, content_id: str, at: datetime) -> Json:
        return await did(self.recommend, content_id, "complete", occurred_at=at.isoformat())

    async def repeat_days(self, content_id: str, *, then: str, days: int = 6, until: int = 0) -> None:
        """On each of `days` days, the last of them `until` days ago: sad, then this content, then the mood `then`."""
        for day in range(until + days, until, -1):
            morning = utc_now() - timedelta(days=day)
            await self.check_in("sad", morning)
            await self.complete(content_id, morning + HOUR)
            await self.check_in(then, morning + 2 * HOUR)

    def events(self) -> list[Event]:
        names = ("id", "type", "user_id", "occurred_at", "data")
        events = [Event(**dict(zip(names, row, strict=True))) for row in self.database.rows(EVENTS, self.person)]
        return [event for event in events if "recommend_events" in registry().listeners(event.type, event.attributes)]

    async def handle_events(self, *events: Event) -> None:
        """Let the event function handle these events, or all new ones if none is passed."""
        for event in events or [event for event in self.events() if event.id not in self.handled]:
            async with services().database.service() as conn:
                await event_consumer.handler_of(event)(conn, Events([event]))
            await live.documents.refresh([self.person])
            self.handled.add(event.id)

    def load_learning(self) -> tuple[Any, ...]:
        [row] = self.database.rows(LEARNED, self.person)
        return tuple(row)

    async def feed(self, **query: str | int) -> Json:
        response = await self.recommend.get("/", params=query)
        assert response.status_code == 200, response.text
        feed: Json = response.json()
        return feed

    async def kinds(self, times: int = 20, **query: str | int) -> list[str]:
        """The kinds of all items of `times` feeds. Each query differs, because an equal one has the same answer."""
        feeds = [await self.feed(mood="sad", limit=2, minutes=600 - turn, **query) for turn in range(times)]
        return [item["kind"] for feed in feeds for item in feed["items"]]
