"""The erase list and the receipts, in a folder and in a bucket: both behave in the same way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from functions.account.erasure.receipts import person_digest
from functions.account.erasure.records import (
    BucketRecords,
    Listed,
    LocalRecords,
    ReceiptNotFound,
    Records,
    RecordsUnavailable,
    records,
)
from shared.settings import Settings
from tests.conftest import Clone
from tests.integration.shared.files.storage_server import serving

TOKEN = "token-of-a-test"
PAGE = 2


@dataclass
class FakeBucket:
    """The three calls of Google Cloud Storage's JSON API that we use, as it documents them."""

    objects: dict[str, bytes] = field(default_factory=dict)
    is_away: bool = False

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/upload/storage/v1/b/{bucket}/o", self._insert, methods=["POST"]),
                Route("/storage/v1/b/{bucket}/o", self._list),
                Route("/storage/v1/b/{bucket}/o/{name:path}", self._get),
            ]
        )

    async def _insert(self, request: Request) -> Response:
        assert request.query_params["uploadType"] == "media"
        if refusal := self._refusal(request):
            return refusal
        self.objects[request.query_params["name"]] = await request.body()
        return JSONResponse({"name": request.query_params["name"]})

    async def _get(self, request: Request) -> Response:
        assert b"%2F" in request.scope["raw_path"]
        if refusal := self._refusal(request):
            return refusal
        content = self.objects.get(unquote(request.path_params["name"]))
        return Response(status_code=404) if content is None else Response(content)

    async def _list(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        begin = int(request.query_params.get("pageToken", "0"))
        names = sorted(name for name in self.objects if name.startswith(request.query_params["prefix"]))
        page = {"items": [{"name": name} for name in names[begin : begin + PAGE]]} if names else {}
        return JSONResponse(page | ({"nextPageToken": str(begin + PAGE)} if len(names) > begin + PAGE else {}))

    def _refusal(self, request: Request) -> Response | None:
        if request.headers["authorization"] != f"Bearer {TOKEN}":
            return Response(status_code=401)
        return Response(status_code=403) if self.is_away else None


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    if request.param == "folder":
        yield LocalRecords(tmp_path / "erasures")
        return
    with serving(FakeBucket().app()) as url:
        yield BucketRecords("erasures", url, TOKEN)


async def test_a_receipt_is_read_as_it_was_written_last(store: Records) -> None:
    """It is issued anew."""
    await store.put("receipts/one.json", b"first")
    await store.put("receipts/one.json", b"second")

    assert await store.get("receipts/one.json") == b"second"


async def test_a_receipt_that_nobody_wrote_is_not_found(store: Records) -> None:
    """With a 404 for the caller."""
    with pytest.raises(ReceiptNotFound):
        await store.get("receipts/none.json")


async def test_the_erase_list_has_every_entry_once(store: Records) -> None:
    """However often it was written, over all pages, and nothing else."""
    entries = [Listed(person_digest(uuid4()), uuid4()) for _ in range(5)]
    for entry in [*entries, *entries]:
        await store.put(entry.name, b"")
    await store.put("receipts/one.json", b"first")

    assert sorted(map(Listed.from_name, await store.names("list/"))) == sorted(entries)


async def test_an_empty_list_is_empty(store: Records) -> None:
    """Before the first erasure."""
    assert await store.names("list/") == []


async def test_a_bucket_that_refuses_is_an_outage() -> None:
    """Nothing counts as listed that is not."""
    bucket = FakeBucket(is_away=True)
    with serving(bucket.app()) as url:
        store = BucketRecords("erasures", url, TOKEN)

        for call in (store.put("list/x", b""), store.get("receipts/one.json"), store.names("list/")):
            with pytest.raises(RecordsUnavailable):
                await call


def test_a_remote_database_needs_a_bucket() -> None:
    """A folder of one instance would be gone with it."""
    remote = Settings(
        database_url=SecretStr("postgresql://mend_app@db.example.org/mend"),
        event_auth="iam",
        event_audience="x",
        event_sender="y",
    )

    with pytest.raises(RecordsUnavailable):
        records(remote)


def test_the_database_computes_the_same_digest(database: Clone) -> None:
    """Of every person alike."""
    person = uuid4()

    assert database.value("SELECT mend.person_digest(%s)", person) == person_digest(person)
