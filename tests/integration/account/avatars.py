"""A person who uploads pictures, and the delivery of the events that render it."""

from uuid import UUID

import httpx
from starlette.applications import Starlette

from functions.pictures.main import consumer
from infra.local.storage import storage_routes
from shared.events import Event
from shared.files import uploads
from shared.services import Services
from tests.conftest import Client, Clone
from tests.event_delivery import deliver

UPLOADED = """
    SELECT id, type, user_id, occurred_at, data FROM mend.outbox
    WHERE type = 'picture.uploaded' AND user_id = %s ORDER BY id
"""


def browser_of(services: Services) -> httpx.AsyncClient:
    """Sends and fetches files by signed URLs."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=storage_routes(services))))


async def upload(me: Client, browser: httpx.AsyncClient, content: bytes, media_type: str = "image/jpeg") -> str:
    """The id of an upload by a signed URL, not completed yet."""
    begun = (await me.post("/avatar", json={"media_type": media_type})).json()
    await browser.put(begun["upload_url"], content=content, headers={"Content-Type": media_type})
    return str(begun["id"])


async def attach(services: Services, me: Client, content: bytes) -> UUID:
    """The id of a picture that is uploaded for a message, not rendered yet."""
    return (await uploads.save(services.database, services.files, me.person, "attachments", content)).id


async def send_form(me: Client, content: bytes, name: str = "me.jpg") -> httpx.Response:
    return await me.put("/avatar", files={"file": (name, content, "image/jpeg")})


def uploaded_events(database: Clone, me: Client) -> list[Event]:
    columns = ("id", "type", "user_id", "occurred_at", "data")
    return [Event(**dict(zip(columns, row, strict=True))) for row in database.rows(UPLOADED, me.person)]


async def render(database: Clone, me: Client) -> None:
    """Deliver the events of a person's uploads, as Pub/Sub does: some for another time."""
    for event in uploaded_events(database, me):
        assert await deliver(consumer, event)
