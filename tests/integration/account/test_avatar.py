"""The avatar: uploads by a signed URL and by a form, renditions, reads, quota, and deletion."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import httpx
import pytest
from PIL import Image
from pydantic import SecretStr

from functions.pictures.main import consumer
from shared.clock import utc_now
from shared.events.types import picture_uploaded
from shared.files import uploads
from shared.files.supabase import SupabaseFileStore
from shared.services import Services
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, Clone
from tests.event_delivery import deliver
from tests.integration.account.avatars import browser_of, render, send_form, upload, uploaded_events
from tests.sample_pictures import PLACE, UNDECODABLE, photo


@pytest.fixture
def browser(services: Services) -> httpx.AsyncClient:
    return browser_of(services)


@pytest.fixture
def me(client_for: ClientFactory) -> Client:
    return client_for("account")


async def picture(browser: httpx.AsyncClient, url: str) -> Image.Image:
    answer = await browser.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    return Image.open(BytesIO(answer.content))


async def stored(services: Services, me: Client) -> int:
    return (await uploads.count_all(services.files, me.person))["avatars"]


async def test_the_account_has_the_url_of_the_avatar(me: Client, browser: httpx.AsyncClient, database: Clone) -> None:
    """It is null before there is one. Then it reads the picture of medium size."""
    before = (await me.get("/me")).json()
    await send_form(me, photo("PNG"))
    await render(database, me)

    after = (await me.get("/me")).json()

    assert before["avatar_url"] is None
    assert (await picture(browser, after["avatar_url"])).size == (384, 512)


@pytest.mark.parametrize("fault", ["away", "deleted"])
async def test_the_account_is_there_without_the_file_store(
    me: Client, database: Clone, services: Services, fault: str
) -> None:
    """Then its URL is null, as it is where the picture was replaced a moment ago."""
    await send_form(me, photo("PNG"))
    await render(database, me)
    if fault == "away":
        elsewhere = Settings(supabase_url="http://127.0.0.1:9", supabase_service_key=SecretStr("service"))
        vars(services)["files"] = SupabaseFileStore(elsewhere)
    else:
        paths = (await services.files.list("avatars", me.person)).paths
        await services.files.delete("avatars", paths)

    account = await me.get("/me")

    assert (account.status_code, account.json()["avatar_url"]) == (200, None)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
async def test_an_uploaded_picture_becomes_the_avatar_in_three_sizes(
    me: Client, browser: httpx.AsyncClient, database: Clone, format_: str
) -> None:
    """It is turned upright and is never enlarged."""
    id_ = await upload(me, browser, photo(format_, (2000, 1000)), f"image/{format_.lower()}")
    accepted = await me.put(f"/avatar/{id_}")
    await render(database, me)

    avatar = (await me.get("/avatar")).json()

    assert (accepted.status_code, accepted.json()) == (202, {"id": id_})
    sizes = [(await picture(browser, avatar[f"{size}_url"])).size for size in ("small", "medium", "large")]
    assert (avatar["id"], sizes) == (id_, [(64, 128), (256, 512), (640, 1280)])


async def test_a_form_uploads_an_avatar_in_one_request(me: Client, browser: httpx.AsyncClient, database: Clone) -> None:
    """Its type is what the content is; the name and the type that the form tells are ignored."""
    accepted = await send_form(me, photo("PNG"), "../../etc/passwd")
    await render(database, me)

    avatar = (await me.get("/avatar")).json()

    assert (accepted.status_code, avatar["id"]) == (202, accepted.json()["id"])
    assert (await picture(browser, avatar["large_url"])).size == (480, 640)


async def test_no_metadata_of_a_picture_is_kept(
    me: Client, browser: httpx.AsyncClient, database: Clone, services: Services
) -> None:
    """The place where a photo was taken is in no rendition, and the upload itself is deleted."""
    assert PLACE in photo()
    await send_form(me, photo())
    await render(database, me)

    avatar = (await me.get("/avatar")).json()

    for size in ("small", "medium", "large"):
        answer = await browser.get(avatar[f"{size}_url"])
        assert PLACE not in answer.content
        assert not Image.open(BytesIO(answer.content)).getexif()
    assert await stored(services, me) == 3


async def test_a_completion_can_be_repeated(me: Client, browser: httpx.AsyncClient, database: Clone) -> None:
    """It is accepted until the avatar is there, and then has its URLs."""
    id_ = await upload(me, browser, photo())

    statuses = [(await me.put(f"/avatar/{id_}")).status_code for _ in range(2)]
    await render(database, me)
    completed = await me.put(f"/avatar/{id_}")

    assert statuses == [202, 202]
    assert (completed.status_code, completed.json()["id"]) == (200, id_)


async def test_a_redelivered_event_changes_nothing(me: Client, database: Clone, services: Services) -> None:
    """Nor does one whose first delivery crashed after its effect, nor one about a file that does not exist."""
    await send_form(me, photo())
    await render(database, me)
    before = (await me.get("/avatar")).json()["id"]
    [event] = uploaded_events(database, me)
    again = [event, event.model_copy(update={"id": uuid4()}), picture_uploaded(me.person, utc_now(), file=uuid4())]

    for each in again:
        assert await deliver(consumer, each)

    assert (await me.get("/avatar")).json()["id"] == before
    assert await stored(services, me) == 3


async def test_a_new_avatar_replaces_the_former_one(
    me: Client, browser: httpx.AsyncClient, database: Clone, services: Services
) -> None:
    """The former one is shown until the new one is rendered, and then it is deleted."""
    await send_form(me, photo())
    await render(database, me)
    former = (await me.get("/avatar")).json()
    accepted = await send_form(me, photo("PNG"))
    meanwhile = (await me.get("/avatar")).json()

    await render(database, me)

    avatar = (await me.get("/avatar")).json()
    assert (meanwhile["id"], avatar["id"]) == (former["id"], accepted.json()["id"])
    assert await stored(services, me) == 3
    assert (await browser.get(former["large_url"])).status_code == 400


async def test_the_picture_that_was_uploaded_last_wins(me: Client, database: Clone, services: Services) -> None:
    """Also when its event comes first."""
    await send_form(me, photo())
    last = (await send_form(me, photo("PNG"))).json()["id"]

    for event in reversed(uploaded_events(database, me)):
        assert await deliver(consumer, event)

    assert (await me.get("/avatar")).json()["id"] == last
    assert await stored(services, me) == 3


async def test_the_same_picture_is_stored_once(
    me: Client, browser: httpx.AsyncClient, database: Clone, services: Services
) -> None:
    """A second upload of it is the first one, before and after it is rendered. Another person has their own."""
    first = (await send_form(me, photo())).json()["id"]
    second = await send_form(me, photo())
    await render(database, me)
    third = await me.put(f"/avatar/{await upload(me, browser, photo())}")

    assert second.json()["id"] == third.json()["id"] == first
    assert (second.status_code, third.status_code) == (202, 200)
    assert await stored(services, me) == 3


@pytest.mark.parametrize("content", UNDECODABLE.values(), ids=UNDECODABLE)
async def test_a_picture_that_cannot_be_decoded_is_refused(
    me: Client, browser: httpx.AsyncClient, database: Clone, services: Services, content: bytes
) -> None:
    """It is deleted, the former avatar stays, and its completion says so from then on."""
    media_type = "image/webp" if content.startswith(b"RIFF") else "image/png"
    id_ = await upload(me, browser, content, media_type)
    await me.put(f"/avatar/{id_}")
    await render(database, me)

    refused = await me.put(f"/avatar/{id_}")

    assert (refused.status_code, refused.json()["code"]) == (422, "file_refused")
    assert (await me.get("/avatar")).status_code == 404
    assert await stored(services, me) == 0


async def test_a_deleted_avatar_is_gone(
    me: Client, browser: httpx.AsyncClient, database: Clone, services: Services
) -> None:
    """So is an upload whose event is still on its way."""
    await send_form(me, photo())
    await render(database, me)
    url = (await me.get("/avatar")).json()["small_url"]
    await send_form(me, photo("PNG"))

    deleted = [(await me.delete("/avatar")).status_code for _ in range(2)]
    await render(database, me)

    assert deleted == [204, 204]
    assert ((await me.get("/avatar")).status_code, (await browser.get(url)).status_code) == (404, 400)
    assert await stored(services, me) == 0


async def test_a_person_reads_no_avatar_of_another(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Neither the picture nor the upload."""
    id_ = (await send_form(me, photo())).json()["id"]
    await render(database, me)
    other = client_for("account")

    answers = [await other.get("/avatar"), await other.put(f"/avatar/{id_}")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_a_person_uploads_at_most_100_megabytes_within_a_day(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Deleted files count. The next day there is room again, and others are not concerned."""
    await send_form(me, photo())
    with database.admin() as conn:
        conn.execute("UPDATE mend.files SET size = 100000000, state = 'deleted' WHERE user_id = %s", (me.person,))

    answers = [await me.post("/avatar", json={"media_type": "image/png"}), await send_form(me, photo("PNG"))]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(429, "upload_quota_used_up")] * 2
    assert (await send_form(client_for("account"), photo("PNG"))).status_code == 202
    with database.admin() as conn:
        conn.execute(
            "UPDATE mend.files SET begun_at = begun_at - %s WHERE user_id = %s", (timedelta(days=1), me.person)
        )
    assert (await send_form(me, photo("PNG"))).status_code == 202


async def test_an_upload_that_exceeds_the_quota_is_no_file(
    me: Client, browser: httpx.AsyncClient, database: Clone
) -> None:
    """Its size is known when it is completed."""
    await send_form(me, photo("PNG"))
    id_ = await upload(me, browser, photo())
    with database.admin() as conn:
        conn.execute("UPDATE mend.files SET size = 99999999 WHERE state = 'complete' AND user_id = %s", (me.person,))

    answer = await me.put(f"/avatar/{id_}")

    assert (answer.status_code, len(uploaded_events(database, me))) == (429, 1)


async def test_renditions_that_were_not_finished_are_swept(me: Client, database: Clone, services: Services) -> None:
    """A crash of the renderer leaves pending rows; the repeated event makes new ones."""
    await send_form(me, photo())
    await render(database, me)
    with database.admin() as conn:
        conn.execute(
            "UPDATE mend.files SET state = 'pending', begun_at = begun_at - %s"
            " WHERE rendition IS NOT NULL AND user_id = %s",
            (uploads.SWEEP_AFTER + timedelta(minutes=1), me.person),
        )

    await uploads.sweep(services.database, services.files, utc_now())

    assert await stored(services, me) == 0
