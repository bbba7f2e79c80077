"""Fixtures for both stores, each with a real server."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from infra.local.cors import with_cors
from infra.local.storage import storage_routes
from shared.db import Connection
from shared.files.local import LocalFileStore
from shared.files.port import FileStore
from shared.files.supabase import SupabaseFileStore
from shared.services import Services
from shared.settings import Settings
from tests.integration.shared.files.storage_server import KEY, SECRET, FakeStorage, serving
from tests.servers import NO_TLS

ROUTES = {"PUT": "object/upload/sign", "GET": "object/sign"}


class StoreStage(Protocol):
    """A store, and access to its signatures for tests."""

    store: FileStore

    def signed_url(self, method: str, bucket: str, path: str, lifetime: timedelta) -> str: ...


@dataclass
class InFolder:
    store: LocalFileStore

    def signed_url(self, method: str, bucket: str, path: str, lifetime: timedelta) -> str:
        return self.store.signed_url("PUT" if method == "PUT" else "GET", bucket, path, lifetime)


@dataclass
class InSupabase:
    store: SupabaseFileStore
    server: FakeStorage

    def signed_url(self, method: str, bucket: str, path: str, lifetime: timedelta) -> str:
        token = self.server.token(f"{bucket}/{path}", lifetime, SECRET)
        return f"{self.server.url}/storage/v1/{ROUTES[method]}/{bucket}/{path}?token={token}"


@pytest.fixture
def local(services: Services) -> Iterator[InFolder]:
    app = Starlette()
    with serving(with_cors(app, ["https://app.test"])) as url:
        parts = Services(services.settings.model_copy(update={"public_url": url}))
        app.router.routes.extend(storage_routes(parts))
        assert isinstance(parts.files, LocalFileStore)
        yield InFolder(parts.files)


@pytest.fixture
async def supabase() -> AsyncIterator[InSupabase]:
    server = FakeStorage()
    with serving(server.app()) as server.url:
        settings = Settings(supabase_url=server.url, supabase_service_key=SecretStr(KEY))
        store = SupabaseFileStore(settings)
        await store.prepare_buckets()
        yield InSupabase(store, server)
        server.hang = False
        await store.close()


@pytest.fixture(params=["local", "supabase"])
def stage(request: pytest.FixtureRequest) -> StoreStage:
    both: StoreStage = request.getfixturevalue(request.param)
    return both


@pytest.fixture
def store(stage: StoreStage) -> FileStore:
    return stage.store


@pytest.fixture
async def conn(services: Services) -> AsyncIterator[Connection]:
    async with services.database.service() as open_transaction:
        yield open_transaction


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """A client without authorization, which only has signed URLs."""
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        yield client


def with_path(url: str, change: tuple[str, str]) -> str:
    """The same URL and token with another path."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.replace(*change)))
