"""The contract of file stores, for our code and for holders of URLs."""

from datetime import timedelta
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from shared.files.categories import CATEGORIES
from shared.files.port import (
    PAGE_SIZE,
    AlreadyStored,
    FileNotStored,
    FileStore,
    FileTooLarge,
    StoredContent,
    path_of,
)
from shared.ids import new_id
from tests.integration.shared.files.conftest import StoreStage, with_path
from tests.sample_files import PNG

AVATARS = CATEGORIES["avatars"]
HOUR = timedelta(hours=1)
NOTHING_SIGNED = ("", "x", "1.2", "9999999999." + "0" * 64, "a.b.c")


async def upload(browser: httpx.AsyncClient, url: str, body: bytes = PNG, media_type: str = "image/png") -> int:
    return (await browser.put(url, content=body, headers={"Content-Type": media_type})).status_code


async def put(store: FileStore, browser: httpx.AsyncClient, person: UUID, bucket: str = "avatars") -> str:
    """The path of a new file of that person."""
    path = path_of(person, new_id())
    assert await upload(browser, await store.upload_url(bucket, path)) == 200
    return path


async def test_what_is_uploaded_can_be_read(store: FileStore, browser: httpx.AsyncClient) -> None:
    """Our code reads it, and so does a client with a read URL."""
    path = await put(store, browser, uuid4())

    assert await store.read("avatars", path, len(PNG)) == StoredContent("image/png", PNG)
    answer = await browser.get(await store.read_url("avatars", path, download=False))
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")


async def test_what_our_code_writes_can_be_read(store: FileStore, browser: httpx.AsyncClient) -> None:
    """It is like an upload. It never overwrites a file."""
    path = path_of(uuid4(), new_id())
    await store.write("avatars", path, StoredContent("image/png", PNG))

    with pytest.raises(AlreadyStored):
        await store.write("avatars", path, StoredContent("image/png", b"other"))

    answer = await browser.get(await store.read_url("avatars", path, download=False))
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")


async def test_urls_look_like_those_of_storage(store: FileStore, browser: httpx.AsyncClient) -> None:
    """URLs of both stores have the same form."""
    path = await put(store, browser, uuid4())
    to_upload = urlsplit(await store.upload_url("avatars", path_of(uuid4(), uuid4())))
    to_read = urlsplit(await store.read_url("avatars", path, download=True))

    assert to_upload.path.startswith("/storage/v1/object/upload/sign/avatars/")
    assert to_upload.query.startswith("token=")
    assert to_read.path == f"/storage/v1/object/sign/avatars/{path}"
    assert to_read.query.startswith("token=")


async def test_a_download_is_saved_and_never_shown(store: FileStore, browser: httpx.AsyncClient) -> None:
    """The response has `Content-Disposition: attachment`."""
    path = await put(store, browser, uuid4())

    answer = await browser.get(await store.read_url("avatars", path, download=True))

    assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_file_is_never_overwritten(store: FileStore, browser: httpx.AsyncClient) -> None:
    """A second upload to the same URL is refused."""
    path = path_of(uuid4(), new_id())
    url = await store.upload_url("avatars", path)
    assert await upload(browser, url) == 200

    assert await upload(browser, url, PNG + PNG) == 400
    assert (await store.read("avatars", path, 1000)).body == PNG


async def test_a_url_takes_a_file_again_after_a_delete(store: FileStore, browser: httpx.AsyncClient) -> None:
    """Upload URLs cannot be revoked, which is why the sweep also deletes what was uploaded after a delete."""
    path = path_of(uuid4(), new_id())
    url = await store.upload_url("avatars", path)
    assert await upload(browser, url) == 200
    await store.delete("avatars", [path])

    assert await upload(browser, url) == 200


async def test_a_read_url_ends_with_its_file(store: FileStore, browser: httpx.AsyncClient) -> None:
    """It fails although its ten minutes are not over."""
    path = await put(store, browser, uuid4())
    url = await store.read_url("avatars", path, download=False)

    await store.delete("avatars", [path, path_of(uuid4(), uuid4())])

    assert (await browser.get(url)).status_code == 400
    with pytest.raises(FileNotStored):
        await store.read("avatars", path, 1000)
    with pytest.raises(FileNotStored):
        await store.read_url("avatars", path, download=False)


@pytest.mark.parametrize("method", ["PUT", "GET"])
async def test_an_expired_url_is_refused(stage: StoreStage, browser: httpx.AsyncClient, method: str) -> None:
    """Its signature is valid, but it has expired."""
    path = await put(stage.store, browser, uuid4())
    target = path if method == "GET" else path_of(uuid4(), uuid4())
    good, expired = (stage.signed_url(method, "avatars", target, lifetime) for lifetime in (HOUR, -HOUR))

    assert (await browser.request(method, expired, headers={"Content-Type": "image/png"})).status_code == 400
    assert (await browser.request(method, good, headers={"Content-Type": "image/png"})).status_code == 200


@pytest.mark.parametrize("token", NOTHING_SIGNED)
@pytest.mark.parametrize("method", ["PUT", "GET"])
async def test_a_forged_token_is_refused(store: FileStore, browser: httpx.AsyncClient, method: str, token: str) -> None:
    """Only a valid signature gives access."""
    path = await put(store, browser, uuid4())
    signed = await (
        store.upload_url("avatars", path_of(uuid4(), uuid4()))
        if method == "PUT"
        else store.read_url("avatars", path, download=False)
    )
    url = signed.partition("?")[0]

    answer = await browser.request(method, url, params={"token": token}, headers={"Content-Type": "image/png"})

    assert answer.status_code == 400


async def test_a_token_is_for_one_path_and_one_bucket(store: FileStore, browser: httpx.AsyncClient) -> None:
    """A token is not valid for another prefix, file or bucket."""
    person, file, other = uuid4(), new_id(), uuid4()
    url = await store.upload_url("avatars", path_of(person, file))
    changes = [(str(person), str(other)), (str(file), str(other)), ("avatars", "attachments")]

    assert [await upload(browser, with_path(url, change)) for change in changes] == [400, 400, 400]
    assert (await store.list("avatars", other)).paths == []


async def test_a_token_to_read_does_not_write(stage: StoreStage, browser: httpx.AsyncClient) -> None:
    """A token to upload cannot read either."""
    path = await put(stage.store, browser, uuid4())
    read = await stage.store.read_url("avatars", path, download=False)
    await stage.store.delete("avatars", [path])

    assert await upload(browser, read) in (400, 405)
    assert (await browser.get(stage.signed_url("PUT", "avatars", path, HOUR))).status_code in (400, 405)


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../../issuer.pem",
        "{person}/../../../issuer.pem",
        "{person}/..%2f..%2fissuer.pem",
        "%2e%2e/%2e%2e/issuer.pem",
        "{person}//{person}",
        "{person}/{person}/x",
        "{person}/{person}%00",
        "{person}/{person}.png",
        "/etc/passwd",
    ],
)
async def test_an_invalid_path_is_refused(stage: StoreStage, browser: httpx.AsyncClient, path: str) -> None:
    """This holds with a valid token of another path, and for encoded paths."""
    person = uuid4()
    mine = path_of(person, person)
    requested = path.format(person=person)
    signed = stage.signed_url("PUT", "avatars", mine, HOUR)
    for url in {with_path(signed, (mine, requested)), with_path(signed, (mine, quote(requested, safe="")))}:
        answer = await browser.put(url, content=PNG, headers={"Content-Type": "image/png"})
        assert answer.status_code in (400, 404, 405)

    assert (await stage.store.list("avatars", person)).paths == []


async def test_a_type_that_its_category_does_not_allow_is_refused(store: FileStore, browser: httpx.AsyncClient) -> None:
    """The store refuses it by its media type alone."""
    url = await store.upload_url("avatars", path_of(uuid4(), new_id()))

    types = ["text/html", "image/svg+xml", "application/pdf", "", "image/png; charset=x"]
    assert [await upload(browser, url, media_type=name) for name in types] == [400] * len(types)


async def test_a_file_may_have_its_limit_and_not_a_byte_more(store: FileStore, browser: httpx.AsyncClient) -> None:
    """The store refuses a larger file during the upload."""
    person = uuid4()
    most, more = (path_of(person, new_id()) for _ in range(2))

    assert await upload(browser, await store.upload_url("avatars", most), bytes(AVATARS.max_bytes)) == 200
    assert await upload(browser, await store.upload_url("avatars", more), bytes(AVATARS.max_bytes + 1)) == 400
    assert (await store.list("avatars", person)).paths == [most]


async def test_reading_stops_at_the_limit(store: FileStore, browser: httpx.AsyncClient) -> None:
    """Reading a larger file raises `FileTooLarge`."""
    path = await put(store, browser, uuid4())

    with pytest.raises(FileTooLarge):
        await store.read("avatars", path, len(PNG) - 1)


async def test_an_empty_file_can_be_stored(store: FileStore, browser: httpx.AsyncClient) -> None:
    """The store accepts an empty upload; completion refuses it."""
    path = path_of(uuid4(), new_id())

    assert await upload(browser, await store.upload_url("avatars", path), b"") == 200
    assert (await store.read("avatars", path, 10)).body == b""


async def test_a_list_comes_in_pages(store: FileStore, browser: httpx.AsyncClient) -> None:
    """Every file is listed once and in order. The last page has no cursor."""
    person = uuid4()
    paths = sorted([await put(store, browser, person) for _ in range(PAGE_SIZE + 3)])

    first = await store.list("avatars", person)
    second = await store.list("avatars", person, first.cursor)

    assert (first.paths, second.paths) == (paths[:PAGE_SIZE], paths[PAGE_SIZE:])
    assert (first.cursor is None, second.cursor) == (False, None)


async def test_a_list_is_of_one_person_and_one_bucket(store: FileStore, browser: httpx.AsyncClient) -> None:
    """The list of a person without files is empty."""
    alice, bob = uuid4(), uuid4()
    mine = await put(store, browser, alice)
    await put(store, browser, alice, "attachments")
    await put(store, browser, bob)

    assert (await store.list("avatars", alice)).paths == [mine]
    assert (await store.list("avatars", uuid4())).paths == []


async def test_a_ping_is_answered(store: FileStore) -> None:
    """A working store raises no error."""
    await store.ping()
