"""Books, as the Google Books API documents its answers."""

from typing import Any

import pytest
from pydantic import SecretStr

from functions.content.import_batch import ImportBatch
from functions.content.providers.google_books import GoogleBooks
from functions.content.rules.moods_by_genre import BOOK_SUBJECTS
from shared.outbound.messages import Limits
from tests.integration.content.server import Provider, ReceivedRequest, Reply, json_reply

QUICK = Limits(requests=100, seconds=10, request_seconds=2, first_pause=0.001, response_bytes=2**21)
ID = "zyTCAlFPjgYC"


def volume(identifier: str = ID, **about: object) -> dict[str, Any]:
    return {
        "kind": "books#volume",
        "id": identifier,
        "volumeInfo": {
            "title": "Three Men in a Boat",
            "authors": ["Jerome K. Jerome"],
            "publishedDate": "1889-09",
            "description": "<b>Somebody else's words</b> about it.",
            "categories": ["Humor"],
            "maturityRating": "NOT_MATURE",
            "imageLinks": {"thumbnail": "http://books.google.com/books/content?id=zyTCAlFPjgYC&edge=curl"},
            "infoLink": "http://evil.example/",
            **about,
        },
    }


def offering(provider: Provider, *volumes: object) -> GoogleBooks:
    """A provider whose humorous books are these."""

    def search(request: ReceivedRequest) -> Reply:
        start = int(request["startIndex"])
        page_volumes = volumes[start : start + 40] if request["q"] == 'subject:"humor"' else ()
        return json_reply(
            {"kind": "books#volumes", "totalItems": 1_000_000, **({"items": page_volumes} if page_volumes else {})}
        )

    provider.answers["/books/v1/volumes"] = search
    return GoogleBooks(SecretStr("AIza-key"), api=f"{provider.url}/books/v1", limits=QUICK)


@pytest.fixture
def batch() -> ImportBatch:
    return ImportBatch("google_books")


async def test_books_are_read_page_by_page(provider: Provider, batch: ImportBatch) -> None:
    """Each takes twenty minutes, and has the link and attribution that Google requires."""
    await offering(provider, volume(), *(volume(f"{number:012d}") for number in range(60))).gather(batch)

    assert len(batch.items) == 61
    item = batch.items[ID]
    assert item.body == "Read for twenty minutes in Three Men in a Boat by Jerome K. Jerome (1889)."
    assert (item.minutes, item.kind, *item.flavours) == (20, "book", "funny")
    assert item.url == f"https://books.google.com/books?id={ID}"
    assert item.image_url
    assert item.image_url.startswith(f"https://books.google.com/books/content?id={ID}&")
    assert item.attribution.endswith("Powered by Google Books.")


async def test_the_key_is_in_no_url(provider: Provider, batch: ImportBatch) -> None:
    """URLs are logged."""
    await offering(provider, volume()).gather(batch)

    assert {request.headers["x-goog-api-key"] for request in provider.requests} == {"AIza-key"}
    assert not any("AIza" in value for request in provider.requests for value in request.query.values())
    assert {request["country"] for request in provider.requests} == {"US"}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        {"id": ID},
        volume("../volumes"),
        volume(title=None),
        volume(title="How to kill myself"),
        volume(authors=[]),
        volume(authors=["Jerome", " "]),
        volume(authors="Jerome"),
        volume(maturityRating="MATURE"),
        volume(categories=["Fiction / Horror / General"]),
        volume(categories=["True Crime"]),
        volume(publishedDate=1889),
    ],
)
async def test_an_invalid_book_is_left_out(provider: Provider, batch: ImportBatch, bad: object) -> None:
    await offering(provider, volume("a" * 12), bad, volume("b" * 12)).gather(batch)

    assert (list(batch.items), batch.skipped) == (["a" * 12, "b" * 12], 1)


async def test_an_exhausted_quota_does_not_end_the_run(provider: Provider, batch: ImportBatch) -> None:
    """The daily quota answers 403, which is counted for each subject."""
    books = offering(provider, volume())
    spent = {"error": {"code": 403, "errors": [{"domain": "usageLimits", "reason": "dailyLimitExceeded"}]}}
    search = provider.answers["/books/v1/volumes"]
    provider.answers["/books/v1/volumes"] = lambda request: (
        search(request) if "humor" in request["q"] else json_reply(spent, 403)
    )

    await books.gather(batch)

    assert (list(batch.items), batch.skipped) == ([ID], len(BOOK_SUBJECTS) - 1)
