"""Imports items from all providers at the same time, each independently. Only valid items are written."""

import asyncio
from collections.abc import Sequence
from typing import Protocol, get_args

from functions.content import queries
from functions.content.errors import SourceDown
from functions.content.import_batch import ImportBatch
from functions.content.models import Provider, ProviderItem
from functions.content.providers.bible import Bible
from functions.content.providers.google_books import GoogleBooks
from functions.content.providers.spotify import Spotify
from functions.content.providers.tmdb import Tmdb
from functions.content.settings import ContentSettings
from shared import logs
from shared.db import Database
from shared.settings import Settings


class Source(Protocol):
    name: Provider

    async def gather(self, batch: ImportBatch) -> None:
        """Add items to the batch. Raises `SourceDown` if it stops early; items added by then are stored."""


def sources(settings: Settings) -> list[Source]:
    """The sources whose keys are set. The others are named in the log."""
    available: list[Source] = []
    own = settings.of(ContentSettings)
    if settings.spotify_client_id and own.spotify_client_secret:
        available.append(Spotify(settings.spotify_client_id, own.spotify_client_secret))
    if own.tmdb_token:
        available.append(Tmdb(own.tmdb_token))
    if own.google_books_key:
        available.append(GoogleBooks(own.google_books_key))
    if own.bible_api_key:
        available.append(Bible(own.bible_api_key))
    missing = set(get_args(Provider)) - {source.name for source in available}
    if missing:
        logs.event("content_import_skipped", providers=", ".join(sorted(missing)), reason="no key is set")
    return available


async def import_content(database: Database, selected: Sequence[Source]) -> None:
    """Store the items of all providers. If one failed unexpectedly, raise its error when the others are done."""
    outcomes = await asyncio.gather(*(_import_from(source, database) for source in selected), return_exceptions=True)
    for error in filter(None, outcomes):
        raise error


async def _import_from(source: Source, database: Database) -> None:
    batch = ImportBatch(source.name)
    try:
        await source.gather(batch)
    except SourceDown as error:
        logs.warn("content_import_incomplete", provider=source.name, reason=str(error))
    written = [await _write(item, database) for item in batch.items.values()]
    logs.event(
        "content_imported",
        provider=source.name,
        valid=len(batch.items),
        written=sum(written),
        skipped=batch.skipped,
    )


async def _write(item: ProviderItem, database: Database) -> bool:
    """Store the item in a transaction of its own, sent as one message: later failures do not undo it."""

    async def upsert() -> bool:
        async with database.service() as conn:
            written = queries.upsert_item(conn, item)
        return bool(written.rows)

    return await database.retry(upsert)
