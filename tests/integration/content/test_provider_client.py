"""How a provider's responses are read, whatever they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import JsonValue

from functions.content.errors import BadResponse, SourceDown
from functions.content.provider_client import ProviderClient, ProviderModel, paged
from shared.outbound.host import Host
from shared.outbound.messages import Limits
from shared.outbound.run import Run
from tests.integration.content.server import Provider, Reply, always_reply, json_reply, replies_in_order

QUICK = Limits(requests=20, seconds=5, request_seconds=2, first_pause=0.001, response_bytes=1000)
DOWN = Reply(503, b"upstream connect error")


class Song(ProviderModel):
    title: str
    seconds: int


SONG = {"title": "Clair de lune", "seconds": 300, "somebody": "adds a field"}


@asynccontextmanager
async def client(provider: Provider, limits: Limits = QUICK) -> AsyncIterator[ProviderClient]:
    """A client that does not sleep between two tries."""

    async def pause(_: float) -> None:
        pass

    async with Run(Host(provider.url, limits, {"Authorization": "Bearer token"}, pause=pause)) as run:
        yield ProviderClient(run)


async def test_only_the_fields_we_use_are_read(provider: Provider) -> None:
    """A field that we do not know is ignored."""
    provider.answers["/songs/a%2Fb"] = always_reply(SONG)

    async with client(provider) as api:
        song = await api.get(Song, "/songs/{id}", {"market": "US"}, id="a/b")

    assert (song.title, song.seconds) == ("Clair de lune", 300)
    assert provider.requests[0].query == {"market": "US"}
    assert provider.requests[0].headers["authorization"] == "Bearer token"


async def test_a_request_is_repeated_after_a_temporary_failure(provider: Provider) -> None:
    """After an error of the server or a truncated response, a later try may succeed."""
    whole = json_reply(SONG)
    cut = whole._replace(headers={"Content-Length": "5000"})
    provider.answers["/song"] = replies_in_order(DOWN, cut, whole)

    async with client(provider) as api:
        song = await api.get(Song, "/song")

    assert song.seconds == 300
    assert len(provider.requests) == 3


async def test_repeated_429_ends_the_run(provider: Provider) -> None:
    """No further request is made."""
    provider.answers["/song"] = always_reply({}, 429)

    async with client(provider) as api:
        with pytest.raises(SourceDown):
            await api.get(Song, "/song")

    assert len(provider.requests) == QUICK.tries


@pytest.mark.parametrize("wait", ["3600", "9" * 400])
async def test_a_pause_beyond_the_run_ends_it(provider: Provider, wait: str) -> None:
    """A quota that is exhausted until tomorrow ends the run at once."""
    provider.answers["/song"] = lambda _: json_reply({}, 429, **{"Retry-After": wait})

    async with client(provider) as api:
        with pytest.raises(SourceDown):
            await api.get(Song, "/song")

    assert len(provider.requests) == 1


async def test_a_failing_route_costs_one_response(provider: Provider) -> None:
    """Other routes are still read."""
    provider.answers |= {"/broken": lambda _: DOWN, "/song": always_reply(SONG)}

    async with client(provider) as api:
        with pytest.raises(BadResponse, match="status 503"):
            await api.get(Song, "/broken")
        assert (await api.get(Song, "/song")).seconds == 300


async def test_a_refused_key_ends_the_run(provider: Provider) -> None:
    """No other request would succeed with it."""
    provider.answers["/song"] = always_reply({"status_code": 7, "success": False}, 401)

    async with client(provider) as api:
        with pytest.raises(SourceDown):
            await api.get(Song, "/song")

    assert len(provider.requests) == 1


async def test_the_requests_of_a_run_are_limited(provider: Provider) -> None:
    """Repeated requests count."""
    provider.answers["/song"] = replies_in_order(DOWN, json_reply(SONG))

    async with client(provider, Limits(requests=3)) as api:
        await api.get(Song, "/song")
        await api.get(Song, "/song")
        with pytest.raises(SourceDown, match="requests"):
            await api.get(Song, "/song")

    assert len(provider.requests) == 3


@pytest.mark.parametrize(
    "useless",
    [
        Reply(200, b""),
        Reply(200, b"null"),
        Reply(200, b'{"title": "Clair de lu'),
        Reply(200, b"<!doctype html><title>Be right back</title>"),
        Reply(200, b"\x1f\x8b\x08\x00\x00\x00\x00\x00", {"Content-Encoding": "gzip"}),
        Reply(200, b'{"title": "\xff\xfe", "seconds": 1}'),
        Reply(200, b'{"title": "\\ud800", "seconds": 1}'),
        Reply(200, b"[" * 900),
        Reply(200, b" " * 1001),
        json_reply([SONG]),
        json_reply({"title": "Clair de lune"}),
        json_reply({"title": "Clair de lune", "seconds": "300"}),
        json_reply({"title": ["Clair de lune"], "seconds": 300}),
        json_reply({"title": "Clair de lune", "seconds": None}),
        json_reply({"error": "bad request"}, 400),
        json_reply({"error": "forbidden"}, 403),
        json_reply(SONG, 204),
        json_reply(SONG, 302, Location="/song"),
    ],
)
async def test_an_unusable_response_is_not_repeated(provider: Provider, useless: Reply) -> None:
    """Empty, truncated, HTML, compressed, too large, wrong shape or type, an error, a redirect: each is tried once."""
    provider.answers["/song"] = lambda _: useless

    async with client(provider) as api:
        with pytest.raises(BadResponse):
            await api.get(Song, "/song")

    assert len(provider.requests) == 1


async def test_paging_ends_when_nothing_new_comes() -> None:
    """It ends at an empty page, a repeated page, or the limit."""

    async def read(pages: list[list[JsonValue]]) -> list[JsonValue]:
        async def read_page(start: int) -> list[JsonValue]:
            return pages[min(start // 2, len(pages) - 1)]

        return [item async for item in paged(read_page, 2, 8)]

    assert await read([[]]) == []
    assert await read([[1, 2], [3], []]) == [1, 2, 3]
    assert await read([[1, 2]]) == [1, 2]
    assert await read([[1], [2], [3], [4], [5]]) == [1, 2, 3, 4]
