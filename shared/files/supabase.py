"""Files in Supabase Storage, with the project's service key.

The `supabase` package is imported on first use, because its import takes longer than a whole cold start.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from math import ceil
from typing import TYPE_CHECKING
from uuid import UUID

from shared.clock import utc_now
from shared.errors import MendError
from shared.files.categories import CATEGORIES, category_of
from shared.files.port import (
    PAGE_SIZE,
    READ_FOR,
    AlreadyStored,
    FileNotStored,
    FilesUnavailable,
    FileTooLarge,
    PathPage,
    StoredContent,
)
from shared.outbound.retries import retry_after
from shared.settings import Settings

if TYPE_CHECKING:
    import httpx
    from storage3 import AsyncStorageClient
    from storage3.types import CreateOrUpdateBucketOptions, FileOptions, SearchV2Options

ANSWER_SECONDS = 5.0  # for one request to Storage
CONNECT_SECONDS = 2.0
CONTENT_SECONDS = 15.0  # for the whole content of a file
PUBLIC_SECONDS = "31536000"  # for which caches keep a public file: a year
NOT_FOUND, DUPLICATE = "404", "409"
MALFORMED = (
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)  # what the package raises for a response that it cannot parse


class SupabaseFileStore:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: tuple[asyncio.AbstractEventLoop, httpx.AsyncClient, AsyncStorageClient] | None = None

    async def upload_url(self, bucket: str, path: str) -> str:
        async with self._storage() as storage:
            return (await storage.from_(bucket).create_signed_upload_url(path))["signed_url"]

    async def read_url(self, bucket: str, path: str, *, download: bool) -> str:
        seconds = int(READ_FOR.total_seconds())
        async with self._storage() as storage:
            signed = await storage.from_(bucket).create_signed_url(path, seconds, {"download": download})
            return str(signed["signedURL"])

    def public_url(self, bucket: str, path: str) -> str:
        return f"{self._settings.supabase_url}/storage/v1/object/public/{bucket}/{path}"

    async def read(self, bucket: str, path: str, at_most: int) -> StoredContent:
        """Streams with httpx, because the package would load a file of any size into memory."""
        url = f"{self._settings.supabase_url}/storage/v1/object/authenticated/{bucket}/{path}"
        async with self._storage(CONTENT_SECONDS) as storage, storage.session.stream("GET", url) as response:
            if not response.is_success:
                await response.aread()
                raise _failure(response, _status_in(response))
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > at_most:
                    raise FileTooLarge
            return StoredContent(response.headers.get("content-type", ""), bytes(body))

    async def write(self, bucket: str, path: str, content: StoredContent) -> None:
        options: FileOptions = {"content-type": content.media_type, "upsert": "false"}
        if category_of(bucket).public:
            options["cache-control"] = PUBLIC_SECONDS
        async with self._storage(CONTENT_SECONDS) as storage:
            await storage.from_(bucket).upload(path, content.body, options)

    async def delete(self, bucket: str, paths: Sequence[str]) -> None:
        async with self._storage() as storage:
            await storage.from_(bucket).remove(list(paths))

    async def list(self, bucket: str, person: UUID, cursor: str | None = None) -> PathPage:
        async with self._storage() as storage:
            options: SearchV2Options = {"prefix": f"{person}/", "limit": PAGE_SIZE}
            if cursor:
                options["cursor"] = cursor
            page = await storage.from_(bucket).list_v2(options)
        names = [each.name.rpartition("/")[2] for each in page.objects]
        return PathPage([f"{person}/{name}" for name in names], page.nextCursor if page.hasNext else None)

    async def ping(self) -> None:
        async with self._storage() as storage:
            buckets = {bucket.id for bucket in await storage.list_buckets()}
        if not CATEGORIES.keys() <= buckets:
            raise FilesUnavailable

    async def close(self) -> None:
        if self._client is not None:
            await self._client[1].aclose()
            self._client = None

    async def prepare_buckets(self) -> None:
        """Create or update the buckets of all categories, with their limits. Only that of the catalogue is public."""
        async with self._storage() as storage:
            existing = {bucket.id for bucket in await storage.list_buckets()}
            for category in CATEGORIES.values():
                write = storage.update_bucket if category.name in existing else storage.create_bucket
                options: CreateOrUpdateBucketOptions = {
                    "public": category.public,
                    "file_size_limit": category.max_bytes,
                    "allowed_mime_types": sorted(category.media_types),
                }
                await write(category.name, options=options)

    @asynccontextmanager
    async def _storage(self, seconds: float = ANSWER_SECONDS) -> AsyncIterator["AsyncStorageClient"]:
        """The client, with a timeout. Translates all its errors to ours."""
        import httpx
        from storage3.exceptions import StorageApiError
        from storage3.utils import StorageException

        try:
            client = self._current_client()
            async with asyncio.timeout(seconds):
                yield client
        except StorageApiError as error:
            cause = error.__cause__  # the package keeps the response there
            raise _failure(getattr(cause, "response", None), str(error.status)) from error
        except (StorageException, httpx.HTTPError, TimeoutError, *MALFORMED) as error:
            raise FilesUnavailable from error

    def _current_client(self) -> "AsyncStorageClient":
        """One client per event loop: connections cannot be used after a fork or in another loop."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._client[0] is not loop:
            self._client = (loop, *self._new_client())
        return self._client[2]

    def _new_client(self) -> "tuple[httpx.AsyncClient, AsyncStorageClient]":
        import httpx
        from supabase import AsyncClient, AsyncClientOptions

        url, key = self._settings.supabase_url, self._settings.supabase_service_key
        if url is None or key is None:
            raise FilesUnavailable
        secret = key.get_secret_value()
        http = httpx.AsyncClient(
            headers={"apikey": secret, "Authorization": f"Bearer {secret}"},  # for `read`, which bypasses the package
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        )
        options = AsyncClientOptions(httpx_client=http, auto_refresh_token=False, persist_session=False)
        return http, AsyncClient(url, secret, options).storage


def _status_in(response: "httpx.Response") -> str:
    """The status in the body: Storage answers 400 to most errors."""
    try:
        return str(response.json()["statusCode"])
    except (KeyError, TypeError, ValueError):
        return str(response.status_code)


def _failure(response: "httpx.Response | None", status: str) -> MendError:
    if status == NOT_FOUND:
        return FileNotStored()
    if status == DUPLICATE:
        return AlreadyStored()
    wait = retry_after(response.headers.get("Retry-After"), utc_now()) if response is not None else None
    return FilesUnavailable() if wait is None else FilesUnavailable(retry_after=ceil(wait))
