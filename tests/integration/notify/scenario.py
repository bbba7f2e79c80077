"""A recipient, notifications, ticks of the reminder job, and what the job stored and sent."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from functions.notify import live
from functions.notify.job import reminder_job
from functions.notify.main import event_consumer
from shared.events import Event, Events, tick
from shared.services import services
from tests.conftest import Client, ClientFactory, Clone

ALL_ON: dict[str, Any] = {
    "channels": {"push": True, "email": True, "in_app": True},
    "kinds": {"check_in": True, "plan": True, "insight": True, "weekly_summary": False, "streak": True},
    "quiet_hours": None,
    "check_in_times": [],
    "max_per_day": 20,
}
STATES = """
    SELECT kind, local_date::text, slot, state, state_reason FROM public.notifications
    WHERE user_id = %s ORDER BY local_date, kind, slot
"""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def create_recipient(client_for: ClientFactory, zone: str = "UTC", **preferences: Any) -> Client:  # noqa: ANN401
    """A person with one device and without quiet hours, who gets every kind except weekly summaries."""
    me = client_for("notify")
    profile = await client_for("account", me.person).patch("/profile", json={"timezone": zone})
    device = await me.put(f"/devices/phone-{me.person}", json={"platform": "ios"})
    stored = await me.put("/preferences", json=ALL_ON | preferences)
    assert [response.status_code for response in (profile, device, stored)] == [200, 204, 200]
    return me


def add_notification(database: Clone, person: UUID, at: datetime, kind: str = "plan", slot: str | None = None) -> UUID:
    """Insert a notification for a person in UTC, as other capabilities schedule it."""
    id_ = uuid4()
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (person, id_, kind, at.date(), slot or str(id_), at.time(), at),
        )
    return id_


async def run_ticks(*moments: datetime) -> None:
    for moment in moments:
        await reminder_job.run(tick("schedule.reminders", moment))


async def handle_event(kind: str, person: UUID, at: datetime, **data: Any) -> None:  # noqa: ANN401
    event = Event(type=kind, user_id=person, occurred_at=at, data=data)
    async with services().database.service() as conn:
        await event_consumer.handler_of(event)(conn, Events([event]))
    await live.documents.refresh([person])


def states(database: Clone, person: UUID) -> list[tuple[Any, ...]]:
    return database.rows(STATES, person)


def pushes_to(database: Clone, person: UUID) -> list[tuple[str, str]]:
    """Title and link of each push to the device of the person."""
    query = "SELECT title, link FROM local.pushes WHERE token = %s ORDER BY id"
    return database.rows(query, f"phone-{person}")


def mails_to(database: Clone, person: UUID) -> list[tuple[str, str | None]]:
    query = "SELECT subject, unsubscribe FROM local.mails WHERE address = %s ORDER BY id"
    return database.rows(query, f"{person}@example.org")
