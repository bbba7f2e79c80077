"""Bring in what providers offer: all of them at once, each on its own, and nothing written before it is whole."""

import asyncio
from collections.abc import Sequence
from typing import Protocol, get_args

from functions.content import queries
from functions.content.errors import SourceDown
from functions.content.harvest import Harvest
from functions.content.models import Item, Provider
from functions.content.providers.bible import Bible
from functions.content.providers.google_books import GoogleBooks
from functions.content.providers.spotify import Spotify
from functions.content.providers.tmdb import Tmdb
from shared import logs
from shared.db import Database
from shared.settings import Settings


class Source(Protocol):
    name: Provider

    async def gather(self, harvest: Harvest) -> None:
        """Add what there is. Raises `SourceDown` where it has to stop early; what was added by then is kept."""


def sources(settings: Settings) -> list[Source]:
    """Those there are keys for; the others are named in the log."""
    found: list[Source] = []
    if settings.spotify_client_id and settings.spotify_client_secret:
        found.append(Spotify(settings.spotify_client_id, settings.spotify_client_secret))
    if settings.tmdb_token:
        found.append(Tmdb(settings.tmdb_token))
    if settings.google_books_key:
        found.append(GoogleBooks(settings.google_books_key))
    if settings.bible_api_key:
        found.append(Bible(settings.bible_api_key))
    without = set(get_args(Provider)) - {source.name for source in found}
    if without:
        logs.event("content_import_skipped", providers=", ".join(sorted(without)), reason="no key is set")
    return found


async def import_content(database: Database, wanted: Sequence[Source]) -> None:
    """A provider that fails in whatever way keeps none of the others from being stored; then it is raised."""
    outcomes = await asyncio.gather(*(_import_from(source, database) for source in wanted), return_exceptions=True)
    for error in filter(None, outcomes):
        raise error


async def _import_from(source: Source, database: Database) -> None:
    harvest = Harvest(source.name)
    try:
        await source.gather(harvest)
    except SourceDown as error:
        logs.warn("content_import_incomplete", provider=source.name, reason=str(error))
    written = [await _write(item, database) for item in harvest.items.values()]
    logs.event(
        "content_imported",
        provider=source.name,
        found=len(harvest.items),
        written=sum(written),
        skipped=harvest.skipped,
    )


async def _write(item: Item, database: Database) -> bool:
    """In a transaction of its own, which is one message: what is written stays, whatever becomes of the rest."""

    async def upsert() -> bool:
        async with database.service() as conn:
            written = queries.post_item(conn, item)
        return bool(written.rows)

    return await database.retrying(upsert)
