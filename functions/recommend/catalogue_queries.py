"""The SQL of pages of the catalogue and of what a search finds in it."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from pydantic import Field

from functions.recommend.models import CatalogueQuery, Content
from functions.recommend.queries import CONTENT_COLUMNS, IN_LANGUAGE
from shared.db import Connection
from shared.ranking import picture_folder
from shared.ranking.eligibility import GENTLE_EFFORT, GENTLE_KINDS

# An item that may be shown: beside words of danger, and in a care period, only a gentle one.
IS_SHOWN: LiteralString = """
    (c.kind = ANY (%(gentle_kinds)s) AND c.effort <= %(gentle_effort)s
     OR NOT (%(in_danger)s OR (SELECT mend.in_care(%(now)s))))
"""

# The catalogue with the best evidence first, without the items that the person has hidden.
CONTENT_PAGE: LiteralString = (
    CONTENT_COLUMNS  # noqa: S608 - of constants
    + """
    , stored.effect AS rank
    FROM (
        SELECT * FROM public.content AS c
        WHERE c.deleted_at IS NULL
          AND (c.effect, c.id) < (%(rank)s::float8, %(id)s)
          AND (%(kind)s::text IS NULL OR c.kind = %(kind)s)
          AND (%(mood)s::text IS NULL OR %(mood)s = ANY (c.fits))
          AND c.id NOT IN (SELECT mend.hidden_content())
          AND """
    + IS_SHOWN
    + """
        ORDER BY c.effect DESC, c.id DESC
        LIMIT %(limit)s
    ) AS page
    JOIN public.content AS stored USING (id)
"""
    + IN_LANGUAGE
    + "ORDER BY stored.effect DESC, stored.id DESC"
)

SEARCH_PAGE: LiteralString = (
    CONTENT_COLUMNS  # noqa: S608 - of constants
    + """
    , page.rank
    FROM (
        SELECT hit.id, hit.rank
        FROM mend.search_content(%(q)s) AS hit
        JOIN public.content AS c USING (id)
        WHERE (hit.rank, hit.id) < (%(rank)s::float8, %(id)s)
          AND (%(kind)s::text IS NULL OR c.kind = %(kind)s)
          AND (%(mood)s::text IS NULL OR %(mood)s = ANY (c.fits))
          AND """
    + IS_SHOWN
    + """
        ORDER BY hit.rank DESC, hit.id DESC
        LIMIT %(limit)s
    ) AS page
    JOIN public.content AS stored USING (id)
"""
    + IN_LANGUAGE
    + "ORDER BY page.rank DESC, page.id DESC"
)


class RankedContent(Content):
    rank: float = Field(exclude=True)  # for the cursor; not part of the answer


async def load_content_page(  # noqa: PLR0913 - what decides about a page
    conn: Connection,
    query: CatalogueQuery,
    before: tuple[float, UUID],
    limit: int,
    now: datetime,
    *,
    in_danger: bool,
) -> list[RankedContent]:
    """A page of the catalogue, or of what a search found. In danger and in a care period, its items are gentle."""
    params = {
        "q": query.q,
        "kind": query.kind,
        "mood": query.mood,
        "rank": before[0],
        "id": before[1],
        "limit": limit,
        "now": now,
        "in_danger": in_danger,
        "gentle_kinds": list(GENTLE_KINDS),
        "gentle_effort": GENTLE_EFFORT,
        "pictures": picture_folder(),
    }
    return (await conn.run(SEARCH_PAGE if query.q else CONTENT_PAGE, params, RankedContent)).rows
