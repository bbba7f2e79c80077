"""What the local store's routes do beyond the contract."""

import asyncio
import socket
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from infra.local.storage import storage_routes
from shared.files.categories import category_of
from shared.files.port import AlreadyStored, path_of
from shared.ids import new_id
from shared.services import Services
from shared.settings import Settings
from tests.integration.shared.files.conftest import InFolder
from tests.sample_files import HTML, PNG

APP, STRANGER = "https://app.test", "https://stranger.test"
AS_PNG = {"Content-Type": "image/png"}


async def stored(local: InFolder, browser: httpx.AsyncClient, body: bytes = PNG) -> str:
    path = path_of(uuid4(), new_id())
    answer = await browser.put(await local.store.upload_url("avatars", path), content=body, headers=AS_PNG)
    assert (answer.status_code, answer.json()) == (200, {"Key": f"avatars/{path}"})
    return path


async def test_an_image_is_shown_only_if_it_is_one(local: InFolder, browser: httpx.AsyncClient) -> None:
    """HTML that was uploaded as an image is saved, not shown."""
    answers = [
        await browser.get(await local.store.read_url("avatars", await stored(local, browser, body), download=False))
        for body in (PNG, HTML)
    ]

    assert [answer.headers["content-disposition"] for answer in answers] == ["inline", "attachment"]


async def test_responses_have_safe_headers(local: InFolder, browser: httpx.AsyncClient) -> None:
    """Responses have the headers that forbid sniffing, scripts, caching and referrers."""
    answer = await browser.get(await local.store.read_url("avatars", await stored(local, browser), download=False))

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_pages_of_the_app_may_upload_and_read(local: InFolder, browser: httpx.AsyncClient) -> None:
    """Only the origins in CORS_ORIGINS and those of this machine may."""
    url = await local.store.upload_url("avatars", path_of(uuid4(), new_id()))

    preflights = [
        await browser.options(url, headers={"Origin": origin, "Access-Control-Request-Method": "PUT"})
        for origin in (APP, "http://localhost:3000", STRANGER)
    ]
    refused = await browser.put(url + "x", content=PNG, headers={**AS_PNG, "Origin": APP})

    allowed = [answer.headers.get("access-control-allow-origin") for answer in preflights]
    assert allowed == [APP, "http://localhost:3000", None]
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (400, APP)


async def test_errors_look_like_those_of_storage(local: InFolder, browser: httpx.AsyncClient) -> None:
    """The HTTP status is 400, and the body has the actual status."""
    url = await local.store.upload_url("avatars", path_of(uuid4(), new_id()))

    answers = [
        await browser.put(url + "x", content=PNG, headers=AS_PNG),
        await browser.put(url, content=PNG, headers={"Content-Type": "text/html"}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert [answer.json()["statusCode"] for answer in answers] == ["403", "415"]
    assert answers[0].json().keys() == {"statusCode", "error", "message"}


async def test_a_form_has_the_file_as_clients_of_storage_send_it(local: InFolder, browser: httpx.AsyncClient) -> None:
    """With the media type of its part. A form without a file, or with one of another type or size, is refused."""
    path = path_of(uuid4(), new_id())
    url = await local.store.upload_url("avatars", path)
    too_large = PNG + bytes(category_of("avatars").max_bytes)

    refused = [
        await browser.put(url, files={"file": ("a.png", PNG, "text/html")}),
        await browser.put(url, files={"file": ("a.png", too_large, "image/png")}),
        await browser.put(url, content=b"x", headers={"Content-Type": "multipart/form-data; boundary=b"}),
    ]
    accepted = await browser.put(url, data={"cacheControl": "3600"}, files={"file": ("a.png", PNG, "image/png")})

    assert [answer.json()["statusCode"] for answer in refused] == ["415", "413", "415"]
    assert accepted.json() == {"Key": f"avatars/{path}"}
    assert await local.store.read("avatars", path, 1000) == ("image/png", PNG)


async def test_only_the_api_signs_urls(local: InFolder, browser: httpx.AsyncClient) -> None:
    """As in production, where clients have no rights on buckets."""
    base = urlsplit(await local.store.upload_url("avatars", path_of(uuid4(), new_id())))

    answers = [
        await browser.post(f"{base.scheme}://{base.netloc}/storage/v1/object/{route}/avatars/a.png", json={})
        for route in ("upload/sign", "sign", "list")
    ]

    assert {answer.json()["statusCode"] for answer in answers} == {"403"}


@pytest.mark.parametrize(
    ("length", "sent"), [(len(PNG) + 1, PNG), (len(PNG) - 1, PNG), (10**15, PNG)], ids=["short", "long", "huge"]
)
async def test_a_wrong_content_length_stores_no_incomplete_file(local: InFolder, length: int, sent: bytes) -> None:
    """An incomplete body is discarded. A longer one ends at the declared length."""
    person = uuid4()
    parts = urlsplit(await local.store.upload_url("avatars", path_of(person, new_id())))
    headers = f"Host: a\r\nContent-Type: image/png\r\nContent-Length: {length}\r\n\r\n"
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\n{headers}"
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as raw:
        raw.sendall(head.encode() + sent)
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(4096):
            pass

    paths = (await local.store.list("avatars", person)).paths
    assert [(await local.store.read("avatars", path, 1000)).body for path in paths] == (
        [sent[:length]] if length < len(sent) else []
    )
    unfinished = local.store._root / ".unfinished"  # noqa: SLF001 - to see what is left in it
    async with asyncio.timeout(5):
        while any(unfinished.iterdir()):  # noqa: ASYNC110 - another thread serves
            await asyncio.sleep(0.01)


async def test_of_two_uploads_at_once_one_is_stored(local: InFolder) -> None:
    """The other one is refused, although no file existed when it began."""
    path = path_of(uuid4(), new_id())
    slow = local.store.open_upload("avatars", path, "image/png")
    slow.__enter__().write(HTML)
    with local.store.open_upload("avatars", path, "image/png") as fast:
        fast.write(PNG)

    with pytest.raises(AlreadyStored):
        slow.__exit__(None, None, None)
    assert (await local.store.read("avatars", path, 1000)).body == PNG


def test_where_supabase_keeps_the_files_there_are_no_local_routes() -> None:
    """The local routes cannot bypass the limits of the project."""
    remote = Settings.from_mapping({"SUPABASE_URL": "https://a.test", "SUPABASE_SERVICE_KEY": "k"})

    assert storage_routes(Services(remote)) == []
