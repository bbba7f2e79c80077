"""Helpers: what a person does with a plan, and how days pass."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from pydantic import JsonValue

from functions.plan.main import day_consumer, event_consumer
from shared.clock import utc_now
from shared.events import Event, tick
from shared.events.types import content_interacted
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.event_delivery import deliver

SAD_TO_PEACEFUL = {"current": "sad", "target": "peaceful"}
EVENTS = "SELECT type, data FROM mend.outbox WHERE user_id = %s AND type LIKE 'plan.%%' ORDER BY id"
REMINDERS = """
    SELECT local_date, slot, to_char(local_time, 'HH24:MI') FROM public.notifications
    WHERE user_id = %s AND kind = 'plan' AND state = 'planned' ORDER BY local_date, local_time
"""
# Moves a person's plan into the past by a number of days.
MOVE_BACK = (
    """UPDATE public.elevation_plans SET start_date = start_date - %(days)s, last_date = last_date - %(days)s,
       paused_on = paused_on - %(days)s, next_day_starts_at = next_day_starts_at - make_interval(days => %(days)s),
       created_at = created_at - make_interval(days => %(days)s) WHERE user_id = %(person)s""",
    "UPDATE public.plan_days SET local_date = local_date - %(days)s WHERE user_id = %(person)s",
    "UPDATE public.plan_changes SET from_date = from_date - %(days)s WHERE user_id = %(person)s",
    # In two steps: moved row by row, a reminder would violate the unique constraint with that of the day before.
    "UPDATE public.notifications SET local_date = local_date - 100000 WHERE user_id = %(person)s",
    """UPDATE public.notifications SET local_date = local_date + 100000 - %(days)s,
       due_at = due_at - make_interval(days => %(days)s) WHERE user_id = %(person)s""",
    """UPDATE public.mood_entries SET local_date = local_date - %(days)s,
       occurred_at = occurred_at - make_interval(days => %(days)s) WHERE user_id = %(person)s""",
)


async def create_plan(client: Client, **draft: object) -> dict[str, Any]:
    """The answer to a new plan."""
    response = await client.post("/", json=SAD_TO_PEACEFUL | draft)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def get(client: Client, path: str) -> dict[str, Any]:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def change_plan(client: Client, plan_id: str, **change: object) -> dict[str, Any]:
    response = await client.patch(f"/{plan_id}", json=change)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def finish(client: Client, plan_id: str, activity: dict[str, Any], status: str = "done") -> httpx.Response:
    return await client.patch(f"/{plan_id}/activities/{activity['activity_id']}", json={"status": status})


async def progress_of(client: Client, plan_id: str) -> dict[str, Any]:
    return await get(client, f"/{plan_id}/progress")


async def reasons_of(client: Client, plan_id: str) -> list[str]:
    """The reasons of its changes, oldest first."""
    return [change["reason"] for change in (await progress_of(client, plan_id))["changes"]]


async def check_in(client_for: ClientFactory, client: Client, mood: str, **fields: object) -> Event:
    """Record a check-in, and return its event."""
    checkin = client_for("checkin", client.person)
    response = await checkin.post("/", json={"mood": mood, "intensity": 7} | fields)
    assert response.status_code == 201, response.text
    return event_of(client, "mood.recorded")


def event_of(client: Client, kind: str, /, **data: JsonValue) -> Event:
    return Event(type=kind, user_id=client.person, occurred_at=utc_now(), data=data)


def interacted(client: Client, content_id: str, kind: str) -> Event:
    fields: dict[str, Any] = {"interaction_id": uuid4(), "content_id": UUID(content_id), "occurred_at": utc_now()}
    return content_interacted(client.person, utc_now(), kind=kind, **fields)


async def handle(event: Event) -> None:
    """Deliver the event to `plan_events`."""
    assert await deliver(event_consumer, event)


async def start_days(at: datetime, move_clock: ClockMover | None = None) -> None:
    """Deliver the schedule to `plan_days`. The clock is moved first if that is a later time."""
    if move_clock and at > utc_now():
        move_clock(at - utc_now() + timedelta(seconds=1))
    assert await deliver(day_consumer, tick("schedule.plans", at))


def days_pass(database: Clone, client: Client, days: int) -> None:
    with database.admin() as conn, conn.transaction():
        for statement in MOVE_BACK:
            conn.execute(statement.encode(), {"days": days, "person": client.person})


def events_of(database: Clone, client: Client) -> list[str]:
    return [kind for kind, _ in database.rows(EVENTS, client.person)]


def reminders_of(database: Clone, client: Client) -> list[tuple[Any, ...]]:
    return database.rows(REMINDERS, client.person)


def today_document(database: Clone, client: Client) -> dict[str, Any]:
    rows = database.rows(
        "SELECT document FROM public.live_documents WHERE user_id = %s AND name = 'plan_today'", client.person
    )
    document: dict[str, Any] = rows[0][0] if rows else {}
    return document


def unknown_id() -> str:
    return str(uuid4())
