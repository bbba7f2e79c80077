"""Weeks of a person's life, as their app would tell of them, and what the event functions make of it."""

from datetime import datetime, timedelta
from typing import Any

from functions.recommend import live
from functions.recommend.main import event_consumer
from infra.registry import registry
from shared.clock import utc_now
from shared.events import Event
from shared.services import services
from tests.conftest import ClientFactory, Clone
from tests.integration.recommend.library import Json, did

EVENTS = """
    SELECT id, type, user_id, occurred_at, data FROM mend.outbox
    WHERE user_id = %s ORDER BY id
"""
LEARNED = "SELECT uplift, taste, entries, population FROM mend.learned WHERE user_id = %s"
HOUR = timedelta(hours=1)


class Week:
    """What one person does, at `checkin` and at `recommend`."""

    def __init__(self, client_for: ClientFactory, database: Clone) -> None:
        self.recommend = client_for("recommend")
        self.person = self.recommend.person
        self.checkin = client_for("checkin", self.person)
        self.database = database
        self.heard: set[Any] = set()

    async def felt(self, mood: str, at: datetime, intensity: int = 6) -> Json:
        draft = {"mood": mood, "intensity": intensity, "occurred_at": at.isoformat()}
        answer: Json = (await self.checkin.post("/", json=draft)).json()
        return answer

    async def completed(self, content_id: str, at: datetime) -> Json:
        return await did(self.recommend, content_id, "complete", occurred_at=at.isoformat())

    async def tried(self, content_id: str, *, then: str, days: int = 6, until: int = 0) -> None:
        """Day after day, until so many days ago: sad, then this, then that mood."""
        for day in range(until + days, until, -1):
            morning = utc_now() - timedelta(days=day)
            await self.felt("sad", morning)
            await self.completed(content_id, morning + HOUR)
            await self.felt(then, morning + 2 * HOUR)

    def events(self) -> list[Event]:
        names = ("id", "type", "user_id", "occurred_at", "data")
        events = [Event(**dict(zip(names, row, strict=True))) for row in self.database.rows(EVENTS, self.person)]
        return [event for event in events if "recommend_events" in registry().listeners(event.type)]

    async def heard_of(self, *events: Event) -> None:
        """The event function has dealt with these; with all that are new if none is named."""
        for event in events or [event for event in self.events() if event.id not in self.heard]:
            async with services().database.service() as conn:
                await event_consumer.handler_of(event)(conn, event)
            await live.documents.refresh(self.person)
            self.heard.add(event.id)

    def learned(self) -> tuple[Any, ...]:
        [row] = self.database.rows(LEARNED, self.person)
        return tuple(row)

    async def feed(self, **query: str | int) -> Json:
        response = await self.recommend.get("/", params=query)
        assert response.status_code == 200, response.text
        feed: Json = response.json()
        return feed

    async def kinds(self, times: int = 20, **query: str | int) -> list[str]:
        """Of everything on so many lists, each for another question: the same one has the same answer for an hour."""
        feeds = [await self.feed(mood="sad", limit=2, minutes=600 - turn, **query) for turn in range(times)]
        return [item["kind"] for feed in feeds for item in feed["items"]]
