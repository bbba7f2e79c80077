"""The feed as a live document that the app listens to."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic_core import to_jsonable_python

from functions.recommend.feed import make_feed
from functions.recommend.models import FeedQuery
from shared.db import Connection
from shared.errors import NoMoodYet
from shared.live.refresh import LiveDocument, LiveRefresher

DOCUMENT_NAME = "feed"
LIFETIME = timedelta(days=2)


async def build(conn: Connection, person: UUID, now: datetime) -> LiveDocument:
    """What is likely to help the person now. Without a mood the document is empty and has expired."""
    try:
        feed, expires_at = (await make_feed(conn, person, FeedQuery(), now)).__dict__, now + LIFETIME
    except NoMoodYet:
        feed, expires_at = {"items": []}, now
    return LiveDocument(to_jsonable_python({**feed, "made_at": now}), expires_at)


documents = LiveRefresher({DOCUMENT_NAME: build})
