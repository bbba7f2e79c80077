"""The feed as a live document that the app listens to."""

from datetime import timedelta
from uuid import UUID

from pydantic_core import to_jsonable_python

from functions.recommend.feed import make_feed
from functions.recommend.models import FeedQuery
from shared.clock import utc_now
from shared.db import Connection
from shared.errors import NoMoodYet
from shared.services import services

DOCUMENT_NAME = "feed"
LIFETIME = timedelta(days=2)


async def update_feed(conn: Connection, person: UUID) -> None:
    """Rebuild the document from Postgres, so that late and duplicate events give the same result."""
    now = utc_now()
    try:
        feed, expires_at = (await make_feed(conn, person, FeedQuery(), now)).__dict__, now + LIFETIME
    except NoMoodYet:
        if await services().live.get(conn, person, DOCUMENT_NAME) is None:
            return  # the account may be deleted, so no document is created
        feed, expires_at = {"items": []}, now
    document = to_jsonable_python({**feed, "made_at": now})
    await services().live.put(conn, person, DOCUMENT_NAME, document, expires_at)
