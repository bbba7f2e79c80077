"""Imports items from all providers at the same time, each independently. Only valid items are written."""

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
from functions.content.settings import ContentSettings
from shared import logs
from shared.db import Database


class Source(Protocol):
    name: Provider

    async def gather(self, harvest: Harvest) -> None:
        """Adds the items there are. Raises `SourceDown` where it stops early; the items added by then are kept."""


def sources(settings: ContentSettings) -> list[Source]:
    """The sources whose keys are set; the others are named in the log."""
    available: list[Source] = []
    if settings.spotify_client_id and settings.spotify_client_secret:
        available.append(Spotify(settings.spotify_client_id, settings.spotify_client_secret))
    if settings.tmdb_token:
        available.append(Tmdb(settings.tmdb_token))
    if settings.google_books_key:
        available.append(GoogleBooks(settings.google_books_key))
    if settings.bible_api_key:
        available.append(Bible(settings.bible_api_key))
    missing = set(get_args(Provider)) - {source.name for source in available}
    if missing:
        logs.event("content_import_skipped", providers=", ".join(sorted(missing)), reason="no key is set")
    return available


async def import_content(database: Database, selected: Sequence[Source]) -> None:
    """The items of every provider that works are stored. Then the error of one that failed unexpectedly is raised."""
    outcomes = await asyncio.gather(*(_import_from(source, database) for source in selected), return_exceptions=True)
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
    """In a transaction of its own, sent as one message: it stays, whether or not later items fail."""

    async def upsert() -> bool:
        async with database.service() as conn:
            written = queries.queue_item(conn, item)
        return bool(written.rows)

    return await database.retry(upsert)
