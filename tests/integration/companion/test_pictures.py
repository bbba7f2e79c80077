"""Pictures that are sent with a message."""

import json
from base64 import b64decode
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.ai.models import ModelLimits, model_limits
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.account.avatars import attach, browser_of, render
from tests.integration.companion.conftest import Begin, says, send
from tests.integration.companion.test_memory import receipt_of
from tests.integration.shared.scripted_host import ScriptedHost
from tests.sample_pictures import PLACE, photo


@pytest.fixture(autouse=True)
def _model_that_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = ModelLimits(input_tokens=32_000, output_tokens=800, vision=True)
    monkeypatch.setitem(model_limits(), "compatible/test", limits)


@pytest.fixture
def account(client_for: ClientFactory, me: Client) -> Client:
    return client_for("account", me.person)


async def ready(services: Services, account: Client, database: Clone, content: bytes | None = None) -> str:
    """A picture that can be sent."""
    id_ = await attach(services, account, content or photo())
    await render(database, account)
    return str(id_)


def pictures_in(model: ScriptedHost, index: int = -1) -> list[list[bytes]]:
    """The pictures of each message of a request."""
    contents = [message["content"] for message in json.loads(model.seen[index].body)["messages"]]
    urls = [
        [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        for parts in contents
        if isinstance(parts, list)
    ]
    return [[b64decode(url.removeprefix("data:image/webp;base64,"), validate=True) for url in each] for each in urls]


async def test_a_picture_is_uploaded_sent_and_deleted(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services, me: Client, account: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """As WebP without its metadata, beside the words. Once it is deleted, the next reply says that it misses it."""
    browser, path = browser_of(services), await begin()
    begun = (await account.post("/attachments", json={"media_type": "image/jpeg"})).json()
    await browser.put(begun["upload_url"], content=photo(), headers={"Content-Type": "image/jpeg"})
    waiting = (await account.put(f"/attachments/{begun['id']}")).json()
    early = await me.post(path, json={"content": "Look", "attachments": [begun["id"]]})
    await render(database, account)
    completed = (await account.get(f"/attachments/{begun['id']}")).json()
    shown = (await browser.get(completed["url"])).content

    seen = await send(me, path, "What do you see?", attachments=[begun["id"]])
    deleted = await account.delete(f"/attachments/{begun['id']}")
    unseen = await send(me, path, "And now?")

    receipts = [await receipt_of(me, path, exchange) for exchange in (seen, unseen)]
    [[picture]] = pictures_in(model, 0)
    assert (waiting["url"], early.status_code, early.json()["code"]) == (None, 409, "picture_not_ready")
    assert shown == picture
    assert picture.startswith(b"RIFF")
    assert PLACE not in picture
    assert seen["message"]["attachments"] == [begun["id"]]
    assert deleted.status_code == 204
    assert pictures_in(model) == []
    assert [(receipt["pictures"], receipt["pictures_left_out"]) for receipt in receipts] == [
        ([begun["id"]], 0),
        ([], 1),
    ]
    assert [receipt["notices"] for receipt in receipts] == [[], ["pictures"]]
    assert receipts[0]["input_bound"] > 2_118  # what a picture has at most, beside the words


async def test_only_ones_own_pictures_can_be_sent(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services, me: Client, client_for: ClientFactory, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """Another person's picture is not found, and neither is one that does not exist."""
    other = client_for("account")
    foreign = await ready(services, other, database)
    path = await begin()

    answers = [await me.post(path, json={"content": "Look", "attachments": [id_]}) for id_ in (foreign, str(uuid4()))]
    others = [
        await client_for("account", me.person).request(verb, f"/attachments/{foreign}")
        for verb in ("GET", "PUT", "DELETE")
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "file_not_found")] * 2
    assert [answer.status_code for answer in others] == [404] * 3
    assert model.seen == []
    assert len((await me.get(path)).json()["items"]) == 1


async def test_a_model_that_does_not_see_is_sent_no_picture(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services,
    me: Client,
    account: Client,
    begin: Begin,
    model: ScriptedHost,
    database: Clone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The person is told at once. Danger is answered all the same."""
    monkeypatch.setitem(model_limits(), "compatible/test", ModelLimits(input_tokens=32_000, output_tokens=800))
    picture, path = await ready(services, account, database), await begin()

    refused = await me.post(path, json={"content": "Look", "attachments": [picture]})
    danger = await send(me, path, "I want to kill myself", attachments=[picture])

    assert (refused.status_code, refused.json()["code"]) == (422, "pictures_not_seen")
    assert danger["reply"]["support"]
    assert danger["message"]["attachments"] == []
    assert model.seen == []


async def test_the_newest_pictures_are_sent(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services, me: Client, account: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """Four at most, each with the message that it belongs to."""
    model.scripts = [says("I see.")]
    ids = [await ready(services, account, database, photo(size=(640 + number, 480))) for number in range(5)]
    path = await begin()
    await send(me, path, "First", attachments=ids[:2])

    exchange = await send(me, path, "Then", attachments=ids[2:])

    receipt = await receipt_of(me, path, exchange)
    assert [len(each) for each in pictures_in(model)] == [1, 3]
    assert (receipt["pictures"], receipt["pictures_left_out"]) == (ids[1:], 1)
    assert (
        await me.post(path, json={"content": "More", "attachments": [str(uuid4()) for _ in range(5)]})
    ).status_code == 422


async def test_pictures_go_with_their_conversation(
    services: Services, me: Client, account: Client, begin: Begin, database: Clone
) -> None:
    """Unless another conversation has them, too. A replaced message loses its own."""
    ids = [await ready(services, account, database, photo(size=(640 + number, 480))) for number in range(2)]
    path, other = await begin(), await begin()
    exchange = await send(me, path, "Look", attachments=ids)
    await send(me, other, "Look", attachments=ids[1:])
    await send(me, other, "Look again", replaces=(await me.get(other)).json()["items"][1]["id"])
    await send(me, other, "Look once more", attachments=ids[1:])

    await me.delete(path.removesuffix("/messages"))

    assert exchange["message"]["attachments"] == ids
    assert [(await account.get(f"/attachments/{id_}")).status_code for id_ in ids] == [404, 200]
    assert database.rows("SELECT count(*) FROM mend.files WHERE state = 'complete'") == [(3,)]


async def test_nothing_of_a_picture_is_in_a_log(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services,
    me: Client,
    account: Client,
    begin: Begin,
    database: Clone,
    model: ScriptedHost,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither its content nor its id."""
    picture, path = await ready(services, account, database), await begin()
    capsys.readouterr()

    await send(me, path, "Look", attachments=[picture])

    written: Any = capsys.readouterr()
    content = json.loads(model.seen[-1].body)["messages"][-1]["content"][0]["image_url"]["url"]
    assert UUID(picture)
    assert picture not in written.out + written.err
    assert content[-40:] not in written.out + written.err
