"""Verses, as API.Bible documents its answers."""

from typing import Any

import pytest
from pydantic import SecretStr

from functions.content.import_batch import ImportBatch
from functions.content.providers.bible import PASSAGES, TRANSLATION_ID, Bible
from shared.outbound.messages import Limits
from tests.integration.content.server import Provider, Reply, always_reply, json_reply

QUICK = Limits(requests=100, seconds=10, request_seconds=2, first_pause=0.001, response_bytes=2**21)
PASSAGE = "PSA.23.1-PSA.23.4"


def path_of(passage: str) -> str:
    return f"/v1/bibles/{TRANSLATION_ID}/passages/{passage}"


def answer(**other: object) -> dict[str, Any]:
    data = {
        "id": PASSAGE,
        "bibleId": TRANSLATION_ID,
        "reference": "Psalms 23:1-4",
        "content": "     \u00b6 Yahweh is my shepherd;\n    I shall lack nothing.\n",
        "verseCount": 4,
        "copyright": "\n          PUBLIC DOMAIN\n        ",
        **other,
    }
    return {"data": data, "meta": {"fumsToken": "x"}}


@pytest.fixture
def bible(provider: Provider) -> Bible:
    return Bible(SecretStr("key"), api=f"{provider.url}/v1", limits=QUICK)


@pytest.fixture
def batch() -> ImportBatch:
    return ImportBatch("bible")


async def test_a_passage_becomes_an_item(bible: Bible, provider: Provider, batch: ImportBatch) -> None:
    """It has its reference, its translation and "public domain". Passages that are not found are counted."""
    provider.answers[path_of(PASSAGE)] = always_reply(answer())

    await bible.gather(batch)

    [item] = batch.items.values()
    assert item.title == "Psalms 23:1-4"
    assert item.body == '"Yahweh is my shepherd; I shall lack nothing." Read it slowly, and once more.'
    assert item.attribution == "Psalms 23:1-4, World English Bible, public domain. By way of API.Bible."
    assert (item.minutes, item.kind, item.url) == (2, "verse", None)
    assert "spiritual" in item.tags
    assert batch.skipped == len(PASSAGES) - 1
    assert {request.headers["api-key"] for request in provider.requests} == {"key"}
    assert {request["content-type"] for request in provider.requests} == {"text"}


@pytest.mark.parametrize(
    "bad",
    [
        json_reply(answer(copyright="The Holy Bible, \u00a9 2011 Somebody. All rights reserved.")),
        json_reply(answer(copyright=None)),
        json_reply(answer(content="")),
        json_reply(answer(content=["In JSON"])),
        json_reply(answer(content="x" * 2000)),
        json_reply(answer(reference="")),
        json_reply({"data": []}),
        json_reply({"statusCode": 403, "error": "Forbidden"}, 403),
        Reply(200, b"<html>"),
        Reply(503, b""),
    ],
)
async def test_an_invalid_passage_is_left_out(bible: Bible, provider: Provider, batch: ImportBatch, bad: Reply) -> None:
    """Above all one that is not in the public domain."""
    provider.answers |= {path_of(passage): always_reply(answer(reference=passage)) for passage in PASSAGES}
    provider.answers[path_of(PASSAGE)] = lambda _: bad

    await bible.gather(batch)

    assert (len(batch.items), batch.skipped) == (len(PASSAGES) - 1, 1)
