"""Hostile uploads of avatars: nothing of them is accepted, and none takes much memory."""

import sys
from datetime import timedelta
from subprocess import run
from uuid import UUID, uuid4

import httpx
import pytest

from functions.pictures import renderer
from shared.files import uploads
from shared.files.local import LocalFileStore
from shared.files.port import UPLOAD_FOR, path_of
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.account.avatars import browser_of, render, send_form, upload
from tests.sample_files import JPEG, PNG, WEBP
from tests.sample_pictures import HOSTILE, MEDIA_TYPES, UNDECODABLE

LARGE = b"\xff\xd8" + bytes(60_000_000)
NAMES = ["../../main.py", "..\\..\\x.png", "/etc/passwd", "a\0.png", "x.php.jpg", "%2e%2e%2fx", "ü" * 300, ""]
LIMIT = 200 * 1024  # KiB


@pytest.fixture
def browser(services: Services) -> httpx.AsyncClient:
    return browser_of(services)


@pytest.fixture
def me(client_for: ClientFactory) -> Client:
    return client_for("account")


async def stored(services: Services, me: Client) -> int:
    return sum((await uploads.count_all(services.files, me.person)).values())


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_content_is_refused_under_every_media_type(
    me: Client, browser: httpx.AsyncClient, services: Services, content: bytes, media_type: str
) -> None:
    """It is judged by its content, and deleted."""
    answers = [await me.put(f"/avatar/{await upload(me, browser, content, media_type)}"), await send_form(me, content)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "file_refused")] * 2
    assert await stored(services, me) == 0


@pytest.mark.parametrize("content", [PNG, WEBP, JPEG], ids=["png", "webp", "jpeg"])
async def test_a_picture_of_another_type_than_its_declared_one_is_refused(
    me: Client, browser: httpx.AsyncClient, services: Services, content: bytes
) -> None:
    """Also if that other type would be allowed."""
    declared = "image/jpeg" if content != JPEG else "image/png"

    answer = await me.put(f"/avatar/{await upload(me, browser, content, declared)}")

    assert (answer.status_code, await stored(services, me)) == (422, 0)


async def test_60_megabytes_are_refused(me: Client, browser: httpx.AsyncClient, services: Services) -> None:
    """The store refuses them by a signed URL, and the function in a form."""
    begun = (await me.post("/avatar", json={"media_type": "image/jpeg"})).json()

    uploaded = await browser.put(begun["upload_url"], content=LARGE, headers={"Content-Type": "image/jpeg"})
    answers = [await me.put(f"/avatar/{begun['id']}"), await send_form(me, LARGE)]

    assert [uploaded.status_code, *(answer.status_code for answer in answers)] == [400, 409, 413]
    assert await stored(services, me) == 0


@pytest.mark.parametrize("name", NAMES)
async def test_the_name_of_a_file_is_ignored(me: Client, services: Services, name: str) -> None:
    """The server chooses the path."""
    accepted = await send_form(me, PNG, name)

    page = await services.files.list("avatars", me.person)
    assert page.paths == [path_of(me.person, UUID(accepted.json()["id"]))]


@pytest.mark.parametrize("media_type", ["image/svg+xml", "image/gif", "text/html", "application/pdf", "image/png; x=y"])
async def test_no_upload_of_another_media_type_begins(me: Client, media_type: str) -> None:
    """No URL is signed for it."""
    assert (await me.post("/avatar", json={"media_type": media_type})).status_code == 422


async def test_a_url_that_is_not_ones_own_stores_nothing(
    me: Client, browser: httpx.AsyncClient, services: Services
) -> None:
    """It is expired, of another path, of another method, or forged."""
    store = services.files
    assert isinstance(store, LocalFileStore)
    path, other = path_of(me.person, uuid4()), path_of(uuid4(), uuid4())
    signed = store.signed_url("PUT", "avatars", other, UPLOAD_FOR)
    urls = [
        store.signed_url("PUT", "avatars", path, timedelta(seconds=-1)),
        signed.replace(other, path),
        signed.replace("/avatars/", "/exports/"),
        store.signed_url("GET", "avatars", path, UPLOAD_FOR).replace("object/sign", "object/upload/sign"),
        signed.replace(other, path)[:-64] + "0" * 64,
        signed.replace(other, f"{path}/../../x"),
    ]

    answers = [await browser.put(url, content=PNG, headers={"Content-Type": "image/png"}) for url in urls]

    assert {answer.status_code for answer in answers} <= {400, 404}
    assert await stored(services, me) == 0


@pytest.mark.parametrize("content", UNDECODABLE.values(), ids=UNDECODABLE)
async def test_what_only_the_renderer_finds_out_is_refused(
    me: Client, services: Services, database: Clone, content: bytes
) -> None:
    """Its process ends with a status of its own, and the upload is deleted."""
    await send_form(me, content)

    await render(database, me)

    assert (await me.get("/avatar")).status_code == 404
    assert await stored(services, me) == 0


@pytest.mark.parametrize("content", [*HOSTILE.values(), *UNDECODABLE.values()], ids=[*HOSTILE, *UNDECODABLE])
def test_the_renderer_survives_what_should_never_reach_it(content: bytes) -> None:
    """Even so it decodes nothing beyond its memory: it refuses, and has no output unless it has three renditions."""
    command = [sys.executable, "-c", WITH_PEAK, renderer.__file__]

    ended = run(command, input=content, capture_output=True, check=False)

    assert ended.returncode in {0, renderer.REFUSED}
    assert int(ended.stderr.split()[-1]) < LIMIT


WITH_PEAK = """
import resource, runpy, sys
try:
    runpy.run_path(sys.argv[1], run_name="__main__")
finally:
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(peak.split()[1], file=sys.stderr)
"""
