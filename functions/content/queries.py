"""The statements of the import."""

from typing import LiteralString

from psycopg.rows import TupleRow

from functions.content.models import Item
from shared.db import Connection, Result

# A provider may change an item, and we may delete it: a deleted one is not inserted again.
UPSERT: LiteralString = """
    INSERT INTO public.content AS c (
        id, key, provider, provider_id, kind, title, body, minutes, effort, fits, leads_valence, leads_arousal, tags,
        url, image_url, thumbnail_url, attribution, repeatable
    ) VALUES (
        %(id)s, %(key)s, %(provider)s, %(provider_id)s, %(kind)s, %(title)s, %(body)s, %(minutes)s, %(effort)s,
        %(fits)s::text[], %(leads_valence)s, %(leads_arousal)s, %(tags)s::text[],
        %(url)s, %(image_url)s, %(thumbnail_url)s, %(attribution)s, %(repeatable)s
    )
    ON CONFLICT (provider, provider_id) DO UPDATE SET
        (title, body, minutes, fits, leads_valence, leads_arousal, tags, url, image_url, thumbnail_url, attribution,
         version, updated_at)
      = (excluded.title, excluded.body, excluded.minutes, excluded.fits, excluded.leads_valence,
         excluded.leads_arousal, excluded.tags, excluded.url, excluded.image_url, excluded.thumbnail_url,
         excluded.attribution, c.version + 1, now())
    WHERE c.deleted_at IS NULL
      AND (c.title, c.body, c.minutes, c.fits, c.leads_valence, c.leads_arousal, c.tags, c.url, c.image_url,
           c.thumbnail_url, c.attribution)
      IS DISTINCT FROM
          (excluded.title, excluded.body, excluded.minutes, excluded.fits, excluded.leads_valence,
           excluded.leads_arousal, excluded.tags, excluded.url, excluded.image_url,
           excluded.thumbnail_url, excluded.attribution)
    RETURNING version
"""


def queue_item(conn: Connection, item: Item) -> Result[TupleRow]:
    """The result has a row if the item is new or has changed."""
    return conn.queue(UPSERT, item.row())
