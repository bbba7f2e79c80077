"""A person with a device, ticks of the schedule, and what both left behind."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from functions.notify import live
from functions.notify.job.reminder_job import remind
from functions.notify.main import event_consumer
from shared.events import Event, tick
from shared.services import services
from tests.conftest import Client, ClientFactory, Clone

EVERYTHING: dict[str, Any] = {
    "channels": {"push": True, "email": True, "in_app": True},
    "kinds": {"check_in": True, "plan": True, "insight": True, "weekly_summary": False, "streak": True},
    "quiet_hours": None,
    "check_in_times": [],
    "max_per_day": 20,
}
STATES = """
    SELECT kind, local_date::text, slot, state, why FROM public.notifications
    WHERE user_id = %s ORDER BY local_date, kind, slot
"""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def living_in(client_for: ClientFactory, zone: str = "UTC", **wishes: Any) -> Client:  # noqa: ANN401
    """Somebody with one device, who wants to be told whatever comes at any hour, unless said otherwise."""
    me = client_for("notify")
    moved = await client_for("account", me.person).patch("/profile", json={"timezone": zone})
    registered = await me.put(f"/devices/phone-{me.person}", json={"platform": "ios"})
    kept = await me.put("/preferences", json=EVERYTHING | wishes)
    assert [answer.status_code for answer in (moved, registered, kept)] == [200, 204, 200]
    return me


def plan(database: Clone, person: UUID, at: datetime, kind: str = "plan", slot: str | None = None) -> UUID:
    """An intent as other functions leave it, for somebody who lives in UTC."""
    id_ = uuid4()
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (person, id_, kind, at.date(), slot or str(id_), at.time(), at),
        )
    return id_


async def ticked(*moments: datetime) -> None:
    for moment in moments:
        await remind(tick("schedule.reminders", moment))


async def happened(kind: str, person: UUID, at: datetime, **data: Any) -> None:  # noqa: ANN401
    event = Event(type=kind, user_id=person, occurred_at=at, data=data)
    async with services().database.service() as conn:
        await event_consumer.handler_of(event)(conn, event)
    await live.documents.refresh(person)


def states(database: Clone, person: UUID) -> list[tuple[Any, ...]]:
    return database.rows(STATES, person)


def pushed(database: Clone, person: UUID) -> list[tuple[str, str]]:
    """What has appeared on the person's device."""
    query = "SELECT title, link FROM local.pushes WHERE token = %s ORDER BY id"
    return database.rows(query, f"phone-{person}")


def mailed(database: Clone, person: UUID) -> list[tuple[str, str | None]]:
    query = "SELECT subject, unsubscribe FROM local.mails WHERE address = %s ORDER BY id"
    return database.rows(query, f"{person}@example.org")
