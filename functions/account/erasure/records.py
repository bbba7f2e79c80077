"""The erase list and the receipts. They are kept outside of the database, so that they survive its restoration.

An entry of the erase list has no content: its name holds the digest of the person and the id of the receipt.
"""

import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, Self
from uuid import UUID

from pydantic import BaseModel, Field

from functions.account.google_sign_in import access_token
from functions.account.settings import AccountSettings
from shared.errors import NotFound, Unavailable
from shared.settings import Settings

LIST, RECEIPTS = "list/", "receipts/"
STORAGE = "https://storage.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
OK, NOT_FOUND = 200, 404


class RecordsUnavailable(Unavailable):
    """The erase list cannot be reached, so nothing can be erased just now. Try again shortly."""

    code = "erase_list_unavailable"


class ReceiptNotFound(NotFound):
    """There is no such receipt."""

    code = "receipt_not_found"


class Listed(NamedTuple):
    """An entry of the erase list."""

    digest: bytes
    receipt_id: UUID

    @property
    def name(self) -> str:
        return f"{LIST}{self.digest.hex()}.{self.receipt_id}"

    @classmethod
    def from_name(cls, name: str) -> Self:
        digest, _, receipt_id = name.removeprefix(LIST).partition(".")
        return cls(bytes.fromhex(digest), UUID(receipt_id))


class Records(Protocol):
    """Every method raises `RecordsUnavailable` when the store does not respond."""

    async def put(self, name: str, content: bytes) -> None: ...

    async def get(self, name: str) -> bytes:
        """The content. Raises `ReceiptNotFound`."""

    async def names(self, prefix: str) -> list[str]: ...


def records(settings: Settings) -> Records:
    """The bucket of the settings; without one a folder, if the database is on this machine as well."""
    bucket = settings.of(AccountSettings).erasure_bucket
    if bucket is not None:
        return _bucket(bucket)
    if not settings.database_is_local:
        raise RecordsUnavailable
    return LocalRecords(settings.mend_home / "erasures")


@cache
def _bucket(name: str) -> "BucketRecords":
    return BucketRecords(name)


class LocalRecords:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
            file.write(content)
        os.replace(file.name, path)  # noqa: PTH105 - readers never see a part

    async def get(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            raise ReceiptNotFound from None

    async def names(self, prefix: str) -> list[str]:
        folder = self._folder / prefix
        return sorted(f"{prefix}{path.name}" for path in folder.iterdir()) if folder.exists() else []


class ObjectName(BaseModel):
    name: str


class ObjectPage(BaseModel):
    items: list[ObjectName] = []
    next_page: str = Field("", alias="nextPageToken")


class BucketRecords:
    """A bucket of Google Cloud Storage, by its JSON API."""

    def __init__(self, bucket: str, api: str = STORAGE, token: str | None = None) -> None:
        self._bucket, self._api, self._token = bucket, api, token

    async def put(self, name: str, content: bytes) -> None:
        await self._call("POST", "/upload/storage/v1/b/{bucket}/o", {"uploadType": "media", "name": name}, content)

    async def get(self, name: str) -> bytes:
        return await self._call("GET", "/storage/v1/b/{bucket}/o/{object}", {"alt": "media"}, object_name=name)

    async def names(self, prefix: str) -> list[str]:
        names: list[str] = []
        page = ObjectPage(nextPageToken="")
        while True:
            query = {"prefix": prefix, "pageToken": page.next_page, "fields": "items(name),nextPageToken"}
            page = ObjectPage.model_validate_json(await self._call("GET", "/storage/v1/b/{bucket}/o", query))
            names += [item.name for item in page.items]
            if not page.next_page:
                return names

    async def _call(
        self,
        method: Literal["GET", "POST"],
        route: str,
        query: Mapping[str, str],
        body: bytes = b"",
        object_name: str = "",
    ) -> bytes:
        from shared.outbound.host import Host
        from shared.outbound.messages import Limits, OutboundRequest, RequestFailed
        from shared.outbound.run import Run

        token = self._token or await access_token(SCOPE)
        request = OutboundRequest(
            method,
            route,
            {"bucket": self._bucket} | ({"object": object_name} if object_name else {}),
            {name: value for name, value in query.items() if value},
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body,
            repeatable=True,
        )
        try:
            async with Run(Host(self._api, Limits(response_bytes=1024 * 1024))) as run:
                response = await run.send(request)
        except RequestFailed as error:
            raise RecordsUnavailable from error
        if response.status == NOT_FOUND and object_name:
            raise ReceiptNotFound
        if response.status != OK or response.incomplete:
            raise RecordsUnavailable
        return response.body
