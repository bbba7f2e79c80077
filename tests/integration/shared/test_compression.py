"""Responses are compressed where that pays."""

import gzip

import pytest

from tests.conftest import Client, ClientFactory

PLAIN = {"Accept-Encoding": "identity"}


async def test_a_long_answer_is_compressed_for_who_accepts_it(client_for: ClientFactory) -> None:
    """A client that asks for gzip gets the same content, in a tenth of the bytes."""
    anonymous = client_for(signed_in=False)
    plain = await anonymous.get("/moods", headers=PLAIN)

    async with anonymous.stream("GET", "/moods", headers={"Accept-Encoding": "br, gzip;q=0.8"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(raw) < len(plain.content) / 3
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "gzip;q=1e9"])
async def test_nobody_gets_gzip_who_does_not_accept_it(client_for: ClientFactory, accepted: str) -> None:
    """Nor is a header that refuses gzip taken for one that accepts it."""
    answer = await client_for(signed_in=False).get("/moods", headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in answer.headers
    assert "accept-encoding" in answer.headers["Vary"].lower()


async def test_a_short_answer_is_sent_as_it_is(me: Client) -> None:
    answer = await me.get("/streak", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in answer.headers


async def test_a_compressed_answer_has_a_weak_tag_that_gets_a_304(client_for: ClientFactory) -> None:
    """The tag is that of the content, so it is weak, and holds for both forms."""
    anonymous = client_for(signed_in=False)
    tag = (await anonymous.get("/moods", headers={"Accept-Encoding": "gzip"})).headers["ETag"]

    for accepted in ("gzip", "identity"):
        again = await anonymous.get("/moods", headers={"If-None-Match": tag, "Accept-Encoding": accepted})
        assert (again.status_code, again.content) == (304, b"")
    assert tag.startswith('W/"')
