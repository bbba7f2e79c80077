"""The feed as a live document that the app listens to."""

from datetime import timedelta
from uuid import UUID

from pydantic_core import to_jsonable_python

from functions.recommend.errors import NoMoodYet
from functions.recommend.feed import make
from functions.recommend.models import FeedQuery
from shared.clock import utc_now
from shared.db import Connection
from shared.services import services

DOCUMENT_NAME = "feed"
LASTS = timedelta(days=2)


async def update(conn: Connection, person: UUID) -> None:
    """Write the document anew from the record: late and repeated events end in the same one."""
    now = utc_now()
    try:
        feed, expires_at = (await make(conn, person, FeedQuery(), now)).__dict__, now + LASTS
    except NoMoodYet:
        if await services().live.get(conn, person, DOCUMENT_NAME) is None:
            return  # there may be no such person any more
        feed, expires_at = {"items": []}, now
    document = to_jsonable_python({**feed, "made_at": now})
    await services().live.put(conn, person, DOCUMENT_NAME, document, expires_at)
