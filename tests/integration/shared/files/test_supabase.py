"""Supabase Storage when it is slow, unreachable, or responds incorrectly."""

import asyncio
import subprocess
import sys
from uuid import uuid4

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, PlainTextResponse, Response

from shared.files import supabase as module
from shared.files.categories import CATEGORIES
from shared.files.port import FileNotStored, FilesUnavailable, StoredContent, path_of
from shared.files.supabase import SupabaseFileStore
from shared.settings import BadSettings, Settings
from tests.integration.shared.files.conftest import InSupabase
from tests.integration.shared.files.storage_server import KEY, FakeStorage, StoredObject, serving
from tests.sample_files import PNG

OPERATIONS = ["upload_url", "read_url", "read", "write", "delete", "list", "ping"]


async def call(store: SupabaseFileStore, operation: str) -> object:
    person = uuid4()
    path = path_of(person, uuid4())
    match operation:
        case "upload_url":
            return await store.upload_url("avatars", path)
        case "read_url":
            return await store.read_url("avatars", path, download=False)
        case "read":
            return await store.read("avatars", path, 10)
        case "write":
            await store.write("avatars", path, StoredContent("image/png", b"x"))
        case "delete":
            await store.delete("avatars", [path])
        case "list":
            return await store.list("avatars", person)
        case _:
            await store.ping()
    return None


def failing(status: int, **headers: str) -> Response:
    body = {"statusCode": str(status), "error": "Internal", "message": "Internal Server Error"}
    return JSONResponse(body, status, headers)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 502, 503, 544])
async def test_an_error_of_storage_is_unavailable(supabase: InSupabase, operation: str, status: int) -> None:
    """Any error status becomes `FilesUnavailable`."""
    supabase.server.replies = [failing(status)]

    with pytest.raises(FilesUnavailable) as caught:
        await call(supabase.store, operation)

    assert caught.value.headers["Retry-After"] == "2"


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_retry_after_of_storage_is_passed_on(supabase: InSupabase, operation: str) -> None:
    """Our error has the same Retry-After."""
    supabase.server.replies = [failing(503, **{"Retry-After": "17"})]

    with pytest.raises(FilesUnavailable) as caught:
        await call(supabase.store, operation)

    assert caught.value.headers["Retry-After"] == "17"


@pytest.mark.parametrize("operation", ["upload_url", "read_url", "list", "ping"])
@pytest.mark.parametrize("body", ["", "<html>", "null", "[1]", "{}", '{"url": "/object", "signedURL": 7}'])
async def test_an_invalid_response_is_unavailable(supabase: InSupabase, operation: str, body: str) -> None:
    """HTML of a gateway or an incomplete response becomes `FilesUnavailable`."""
    supabase.server.replies = [PlainTextResponse(body)]

    with pytest.raises(FilesUnavailable):
        await call(supabase.store, operation)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_silent_storage_times_out(
    supabase: InSupabase, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request to Storage has a timeout."""
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(module, "CONTENT_SECONDS", 0.05)
    store = SupabaseFileStore(supabase.store._settings)  # noqa: SLF001 - the same settings, with a new client
    supabase.server.hang = True

    async with asyncio.timeout(5):
        with pytest.raises(FilesUnavailable):
            await call(store, operation)
    await store.close()


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_storage_that_is_away_is_unavailable(operation: str) -> None:
    """The port is closed."""
    with serving(FakeStorage().app()) as url:
        pass
    store = SupabaseFileStore(Settings(supabase_url=url, supabase_service_key=SecretStr(KEY)))

    with pytest.raises(FilesUnavailable):
        await call(store, operation)
    await store.close()


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_wrong_key_is_no_missing_file(supabase: InSupabase, operation: str) -> None:
    """A wrong service key is reported as unavailable, not as a missing file."""
    store = SupabaseFileStore(Settings(supabase_url=supabase.server.url, supabase_service_key=SecretStr("wrong")))

    with pytest.raises(FilesUnavailable):
        await call(store, operation)
    await store.close()


@pytest.mark.parametrize("operation", ["read_url", "read"])
async def test_a_file_that_is_not_there_is_not_found(supabase: InSupabase, operation: str) -> None:
    """Storage's HTTP status is 400, with 404 in the body."""
    with pytest.raises(FileNotStored):
        await call(supabase.store, operation)


async def test_buckets_have_their_limits_and_only_that_of_the_catalogue_is_public(supabase: InSupabase) -> None:
    """Preparing them again updates their limits."""
    supabase.server.buckets["avatars"] |= {"public": True, "file_size_limit": 7}

    await supabase.store.prepare_buckets()

    assert {
        name: (bucket["public"], bucket["file_size_limit"], frozenset(bucket["allowed_mime_types"]))
        for name, bucket in supabase.server.buckets.items()
    } == {
        name: (name == "catalogue", category.max_bytes, category.media_types) for name, category in CATEGORIES.items()
    }


async def test_a_missing_bucket_fails_the_ping(supabase: InSupabase) -> None:
    """The ping fails before the first upload would."""
    del supabase.server.buckets["exports"]

    with pytest.raises(FilesUnavailable):
        await supabase.store.ping()


async def test_each_event_loop_has_a_client_of_its_own(supabase: InSupabase) -> None:
    """Connections cannot be used in another loop."""
    path = path_of(uuid4(), uuid4())
    supabase.server.objects["avatars", path] = StoredObject("image/png", PNG)

    def elsewhere() -> bytes:
        async def read() -> bytes:
            try:
                return (await store.read("avatars", path, 1000)).body
            finally:
                await store.close()

        return asyncio.run(read())

    store = SupabaseFileStore(supabase.store._settings)  # noqa: SLF001 - the same settings

    assert await asyncio.to_thread(elsewhere) == PNG
    assert (await store.read("avatars", path, 1000)).body == PNG
    await store.close()


def test_the_package_is_not_imported_before_it_is_used() -> None:
    """Its import takes longer than all of ours, so it must not be part of a cold start."""
    program = """
import sys
from shared.services import Services
from shared.settings import Settings
Services(Settings.from_mapping({"SUPABASE_URL": "https://a.test", "SUPABASE_SERVICE_KEY": "k"})).files
print(sorted({"supabase", "storage3", "httpx"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("url", ["http://project.example.org", "http://127.0.0.1.example.org"])
@pytest.mark.parametrize("key", [{}, {"SUPABASE_SERVICE_KEY": "k"}])
def test_supabase_needs_https(url: str, key: dict[str, str]) -> None:
    """Its key has all rights, and its public keys decide who signs in. On this machine http is enough."""
    with pytest.raises(BadSettings, match="https"):
        Settings.from_mapping({"SUPABASE_URL": url, **key})
    with pytest.raises(BadSettings, match="SUPABASE_URL"):
        Settings.from_mapping({"SUPABASE_SERVICE_KEY": "k"})

    Settings.from_mapping({"SUPABASE_URL": "http://127.0.0.1:54321", "SUPABASE_SERVICE_KEY": "k"})
