"""A person who checks in over days, as a client of `checkin` and `insights`, and the events that follow."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from functions.insights.job import queries
from functions.insights.main import event_consumer
from infra.registry import registry
from shared.clock import at_wall_time, utc_now
from shared.events import Event
from shared.services import services
from tests.conftest import ClientFactory, Clone
from tests.event_delivery import deliver

Json = dict[str, Any]
UTC = ZoneInfo("UTC")
EVENTS = "SELECT id, type, user_id, occurred_at, data FROM mend.outbox WHERE user_id = %s ORDER BY id"
DAYS = """
    SELECT day, entries, value_sum::float, arousal_sum::float, tagged_entries, moods, factors
    FROM mend.insight_days WHERE user_id = %s ORDER BY day
"""
CHANGED_DAYS = "SELECT day FROM mend.changed_insight_days WHERE user_id = %s"
SUMS = "SELECT to_jsonb(d) FROM mend.insight_days AS d WHERE user_id = %s ORDER BY day"
PERIODS = "SELECT to_jsonb(p) FROM mend.insight_periods AS p WHERE user_id = %s ORDER BY unit, first_day"
INSERT = """
    INSERT INTO public.mood_entries
        (user_id, id, mood, intensity, note, factors, occurred_at, timezone, local_date, edited_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 'UTC', %s, '1900-01-01Z')
"""


async def count_days(person: UUID) -> None:
    """Count the changed days, as a reader does."""
    async with services().database.service() as conn:
        queries.count_changed_days(conn, [person], utc_now())


def today() -> date:
    return utc_now().date()


def ago(days: int) -> date:
    return today() - timedelta(days=days)


class Diary:
    """The entries of one person in UTC."""

    def __init__(self, client_for: ClientFactory, database: Clone) -> None:
        self.insights = client_for("insights")
        self.person = self.insights.person
        self.checkin = client_for("checkin", self.person)
        self.database = database
        self.handled: set[Any] = set()

    async def check_in(self, mood: str, day: date, hour: int = 12, **fields: object) -> str:
        draft = {"mood": mood, "intensity": 5, "occurred_at": _moment(day, hour).isoformat(), "id": str(uuid4())}
        response = await self.checkin.post("/", json=draft | fields)
        assert response.status_code == 201, response.text
        return str(response.json()["mood_id"])

    def write(self, entries: Sequence[tuple[date, str, int, list[str]]], note: str | None = None) -> None:
        """Store many entries at once: of a day, with a mood, its intensity and factors."""
        rows = [
            (self.person, uuid4(), mood, intensity, note, factors, _moment(day, 8 + index % 12), day)
            for index, (day, mood, intensity, factors) in enumerate(entries)
        ]
        with self.database.admin() as conn, conn.cursor() as cursor:
            cursor.executemany(INSERT, rows)

    def events(self) -> list[Event]:
        names = ("id", "type", "user_id", "occurred_at", "data")
        events = [Event(**dict(zip(names, row, strict=True))) for row in self.database.rows(EVENTS, self.person)]
        return [event for event in events if "insights_events" in registry().listeners(event.type, event.attributes)]

    async def handle(self, *events: Event) -> None:
        """Let the event function handle these events, or all new ones if none is passed. Count what has changed."""
        for event in events or [event for event in self.events() if event.id not in self.handled]:
            assert await deliver(event_consumer, event)
            self.handled.add(event.id)
        await self.count()

    async def count(self) -> None:
        await count_days(self.person)

    def days(self) -> list[tuple[Any, ...]]:
        return self.database.rows(DAYS, self.person)

    def sums(self) -> list[Any]:
        """All that is stored of the person's days, weeks, months and years."""
        return [row for query in (SUMS, PERIODS) for (row,) in self.database.rows(query, self.person)]

    async def measure_id(self, name: str) -> str:
        [id_] = [item["measure_id"] for item in (await self.get("/measures"))["items"] if item["name"] == name]
        return str(id_)

    async def get(self, path: str, **query: str | int) -> Json:
        response = await self.insights.get(path, params=query)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer


def _moment(day: date, hour: int) -> datetime:
    return min(at_wall_time(day, time(hour), UTC), utc_now())
