"""The picture that an admin gives an item: a signed upload, verified and rendered, in a public bucket."""

from io import BytesIO

import httpx
import pytest
from PIL import Image

from shared.files.categories import CATEGORIES
from shared.services import Services
from tests.conftest import Client, Clone
from tests.integration.account.avatars import browser_of, render
from tests.integration.recommend.library import Json, added
from tests.sample_pictures import PLACE, SVG, photo

PROVIDED = "UPDATE public.content SET provider = 'tmdb', provider_id = '1' WHERE id = %s"
FILES = "SELECT state FROM mend.files WHERE category = 'catalogue_uploads' AND user_id = %s ORDER BY begun_at"


@pytest.fixture
def browser(services: Services) -> httpx.AsyncClient:
    return browser_of(services)


async def upload(admin: Client, browser: httpx.AsyncClient, path: str, content: bytes) -> httpx.Response:
    """The answer to a completed upload."""
    begun = (await admin.post(f"{path}/picture", json={"media_type": "image/jpeg"})).json()
    await browser.put(begun["upload_url"], content=content, headers={"Content-Type": "image/jpeg"})
    return await admin.put(f"{path}/picture/{begun['id']}")


async def with_picture(admin: Client, browser: httpx.AsyncClient, database: Clone, path: str) -> Json:
    """The item with a new picture."""
    assert (await upload(admin, browser, path, photo())).status_code == 202
    await render(database, admin)
    item: Json = (await admin.get(path)).json()
    return item


async def test_an_item_has_its_own_picture_in_three_sizes(
    admin: Client, me: Client, browser: httpx.AsyncClient, database: Clone
) -> None:
    """Anybody reads them by URLs that caches may keep. They are upright, drawn anew, and have no metadata."""
    path = f"/content/{(await added(admin, image_url=None))['content_id']}"
    drawn = (await me.get(path)).json()["image_url"]

    item = await with_picture(admin, browser, database, path)

    large = item["image_url"]
    answers = [await browser.get(large.replace("/large", f"/{size}")) for size in ("small", "medium", "large")]
    assert drawn.endswith(".svg")
    assert (await me.get(path)).json()["image_url"] == large
    assert item["thumbnail_url"] == large.replace("/large", "/small")
    assert [Image.open(BytesIO(answer.content)).size for answer in answers] == [(96, 128), (384, 512), (480, 640)]
    assert {answer.headers["content-type"] for answer in answers} == {"image/webp"}
    assert {answer.headers["cache-control"] for answer in answers} == {"public, max-age=31536000, immutable"}
    assert not any(PLACE in answer.content for answer in answers)
    assert database.rows(FILES, admin.person) == [("replaced",)]


async def test_a_completion_can_be_repeated(admin: Client, browser: httpx.AsyncClient, database: Clone) -> None:
    """Until the picture is rendered it is waiting; then the answer is the item. So can the event."""
    path = f"/content/{(await added(admin))['content_id']}"
    accepted = await upload(admin, browser, path, photo())
    again = f"{path}/picture/{accepted.json()['id']}"
    waiting = await admin.put(again)
    await render(database, admin)
    await render(database, admin)

    shown = await admin.put(again)

    assert (accepted.status_code, waiting.status_code, shown.status_code) == (202, 202, 200)
    assert accepted.json()["id"] in shown.json()["image_url"]
    assert (await browser.get(shown.json()["image_url"])).status_code == 200


async def test_a_new_picture_has_new_urls(
    admin: Client, browser: httpx.AsyncClient, database: Clone, services: Services
) -> None:
    """The earlier one is deleted. Without a picture the item has its drawing again."""
    path = f"/content/{(await added(admin))['content_id']}"
    first = await with_picture(admin, browser, database, path)
    second = await with_picture(admin, browser, database, path)
    statuses = [(await browser.get(item["image_url"])).status_code for item in (first, second)]

    deleted = await admin.delete(f"{path}/picture")

    assert first["image_url"] != second["image_url"]
    assert statuses == [400, 200]
    assert deleted.status_code == 204
    assert (await admin.get(path)).json()["image_url"].endswith(".svg")
    assert (await browser.get(second["image_url"])).status_code == 400


async def test_the_picture_outlives_the_account_of_its_admin(
    admin: Client, browser: httpx.AsyncClient, database: Clone, services: Services
) -> None:
    """It belongs to the catalogue. Only the upload was theirs, and that is gone."""
    item = await with_picture(admin, browser, database, f"/content/{(await added(admin))['content_id']}")

    for category in CATEGORIES:
        assert (await services.files.list(category, admin.person)).paths == []
    assert (await browser.get(item["image_url"])).status_code == 200


async def test_an_item_that_was_deleted_meanwhile_gets_no_picture(
    admin: Client, browser: httpx.AsyncClient, database: Clone, services: Services
) -> None:
    """What was rendered is deleted again."""
    path = f"/content/{(await added(admin))['content_id']}"
    accepted = await upload(admin, browser, path, photo())
    await admin.delete(path)

    await render(database, admin)

    url = services.files.public_url("catalogue", f"{accepted.json()['id']}/large")
    assert (await browser.get(url)).status_code == 400


async def test_only_pictures_are_accepted(admin: Client, browser: httpx.AsyncClient) -> None:
    """By their content, not by what is said of it."""
    path = f"/content/{(await added(admin))['content_id']}"

    declared = await admin.post(f"{path}/picture", json={"media_type": "image/svg+xml"})
    sent = await upload(admin, browser, path, SVG)

    assert declared.status_code == 422
    assert (sent.status_code, sent.json()["code"]) == (422, "file_refused")


async def test_only_admins_give_pictures_and_only_to_items_of_ours(admin: Client, me: Client, database: Clone) -> None:
    """Those of providers come with them."""
    path = f"/content/{(await added(admin))['content_id']}/picture"
    draft = {"media_type": "image/png"}
    answers = [await me.post(path, json=draft), await me.put(f"{path}/{admin.person}"), await me.delete(path)]
    with database.admin() as conn:
        conn.execute(PROVIDED, (path.split("/")[2],))

    refused = await admin.post(path, json=draft)

    assert {answer.status_code for answer in answers} == {403}
    assert refused.status_code == 404


async def test_nobody_uploads_to_the_public_bucket(browser: httpx.AsyncClient, services: Services) -> None:
    """And it is the only one that is read without a signature."""
    public = [name for name, category in CATEGORIES.items() if category.public]
    url = services.files.public_url("avatars", "01990000-0000-7000-8000-000000000000/large")

    assert public == ["catalogue"]
    assert (await browser.get(url)).status_code == 400
