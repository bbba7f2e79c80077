"""How a provider is asked, whatever it answers."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from functions.content.errors import BadAnswer, SourceDown
from functions.content.provider_client import Answer, Fetching, Limits, paged
from shared.clock import utc_now
from shared.retrying import retry_after
from tests.integration.content.serving import Asked, Provider, Reply, always, one_by_one, says

QUICK = Limits(requests=20, seconds=5, request_seconds=2, first_pause=0.001, most_bytes=1000)
DOWN = Reply(503, b"upstream connect error")


class Song(Answer):
    title: str
    seconds: int


SONG = {"title": "Clair de lune", "seconds": 300, "somebody": "adds a field"}


@asynccontextmanager
async def asking(provider: Provider, limits: Limits = QUICK) -> AsyncIterator[tuple[Fetching, list[float]]]:
    """And how long it would have paused, without doing so."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with Fetching(provider.url, limits, {"Authorization": "Bearer token"}, pause=pause) as fetching:
        yield fetching, pauses


async def test_an_answer_is_read_for_what_we_use(provider: Provider) -> None:
    """A field that we do not know is nothing to us."""
    provider.answers["/song"] = always(SONG)

    async with asking(provider) as (fetching, _):
        song = await fetching.get(Song, "/song", market="US")

    assert (song.title, song.seconds) == ("Clair de lune", 300)
    assert provider.asked[0].query == {"market": "US"}
    assert provider.asked[0].headers["authorization"] == "Bearer token"


@pytest.mark.parametrize("passing", [DOWN, Reply(500, b""), Reply(429, b""), Reply(408, b"{}"), Reply(504, b"<html>")])
async def test_what_may_pass_is_tried_again(provider: Provider, passing: Reply) -> None:
    """After a pause that grows and is never twice the same."""
    provider.answers["/song"] = one_by_one(passing, passing, says(SONG))

    async with asking(provider) as (fetching, pauses):
        song = await fetching.get(Song, "/song")

    assert song.seconds == 300
    assert 0.0005 <= pauses[0] <= 0.001 <= pauses[1] <= 0.002


async def test_an_answer_cut_short_is_asked_for_again(provider: Provider) -> None:
    """The connection ends before the length that was promised."""
    whole = says(SONG)
    provider.answers["/song"] = one_by_one(whole._replace(headers={"Content-Length": "5000"}), whole)

    async with asking(provider) as (fetching, pauses):
        assert (await fetching.get(Song, "/song")).seconds == 300

    assert len(pauses) == 1


async def test_a_provider_says_how_long_to_wait(provider: Provider) -> None:
    """`Retry-After` is kept to, to the second."""
    provider.answers["/song"] = one_by_one(says({}, 429, **{"Retry-After": "3"}), says(SONG))

    async with asking(provider) as (fetching, pauses):
        await fetching.get(Song, "/song")

    assert pauses == [3]


@pytest.mark.parametrize("wait", ["3600", "9" * 400])
async def test_nobody_waits_beyond_the_run(provider: Provider, wait: str) -> None:
    """A quota that is spent until tomorrow ends today's run at once."""
    provider.answers["/song"] = lambda _: says({}, 429, **{"Retry-After": wait})

    async with asking(provider) as (fetching, pauses):
        with pytest.raises(SourceDown):
            await fetching.get(Song, "/song")

    assert (pauses, len(provider.asked)) == ([], 1)


async def test_who_keeps_refusing_is_left_alone(provider: Provider) -> None:
    """Too many requests, however often we wait: not one more."""
    provider.answers["/song"] = always({}, 429)

    async with asking(provider) as (fetching, _):
        with pytest.raises(SourceDown):
            await fetching.get(Song, "/song")

    assert len(provider.asked) == QUICK.tries


async def test_who_keeps_failing_costs_one_answer(provider: Provider) -> None:
    """An address that never works must not be in the way of all the others, for ever."""
    provider.answers |= {"/broken": lambda _: DOWN, "/song": always(SONG)}

    async with asking(provider) as (fetching, _):
        with pytest.raises(BadAnswer, match="status 503"):
            await fetching.get(Song, "/broken")
        assert (await fetching.get(Song, "/song")).seconds == 300


async def test_a_key_that_is_refused_ends_the_run(provider: Provider) -> None:
    provider.answers["/song"] = always({"status_code": 7, "success": False}, 401)

    async with asking(provider) as (fetching, _):
        with pytest.raises(SourceDown):
            await fetching.get(Song, "/song")

    assert len(provider.asked) == 1


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
        says([SONG]),
        says({"title": "Clair de lune"}),
        says({"title": "Clair de lune", "seconds": "300"}),
        says({"title": ["Clair de lune"], "seconds": 300}),
        says({"title": "Clair de lune", "seconds": None}),
        says({"error": "bad request"}, 400),
        says({"error": "forbidden"}, 403),
        says(SONG, 204),
        says(SONG, 302, Location="/song"),
    ],
)
async def test_an_answer_of_no_use_is_refused_at_once(provider: Provider, useless: Reply) -> None:
    """Empty, cut short, HTML, packed, of another shape or type, an error, a redirect: once is enough."""
    provider.answers["/song"] = lambda _: useless

    async with asking(provider) as (fetching, _):
        with pytest.raises(BadAnswer):
            await fetching.get(Song, "/song")

    assert len(provider.asked) == 1


async def test_a_gigantic_answer_is_not_read_to_its_end(provider: Provider) -> None:
    provider.answers["/song"] = lambda _: Reply(200, b" " * 50_000_000)

    async with asking(provider) as (fetching, _):
        with pytest.raises(BadAnswer, match="too large"):
            await fetching.get(Song, "/song")


@pytest.fixture
def dawdling(provider: Provider) -> Iterator[None]:
    """It answers when the test is over."""
    over = threading.Event()

    def dawdle(_: Asked) -> Reply:
        over.wait()
        return says(SONG)

    provider.answers["/song"] = dawdle
    yield
    over.set()


async def test_who_dawdles_is_tried_again_and_then_given_up(provider: Provider, dawdling: None) -> None:
    limits = Limits(requests=20, seconds=60, request_seconds=0.05, first_pause=0.001)

    async with asking(provider, limits) as (fetching, pauses):
        with pytest.raises(BadAnswer):
            await fetching.get(Song, "/song")

    assert (len(pauses), len(provider.asked)) == (2, 3)


async def test_a_run_ends_in_time(provider: Provider, dawdling: None) -> None:
    """Whatever a single request may take."""
    limits = Limits(requests=20, seconds=0.1, request_seconds=600)

    async with asyncio.timeout(60), asking(provider, limits) as (fetching, _):
        with pytest.raises(SourceDown):
            await fetching.get(Song, "/song")


async def test_a_run_has_a_number_of_requests(provider: Provider) -> None:
    """Those that are repeated count."""
    provider.answers["/song"] = one_by_one(DOWN, says(SONG))

    async with asking(provider, Limits(requests=3, first_pause=0.001)) as (fetching, _):
        await fetching.get(Song, "/song")
        await fetching.get(Song, "/song")
        with pytest.raises(SourceDown, match="requests"):
            await fetching.get(Song, "/song")

    assert len(provider.asked) == 3


async def test_a_provider_that_is_not_there_costs_one_answer() -> None:
    async with Fetching("http://127.0.0.1:9", Limits(requests=5, first_pause=0.001)) as fetching:
        with pytest.raises(BadAnswer, match="ConnectError"):
            await fetching.get(Song, "/song")


async def test_pages_end_where_nothing_new_comes() -> None:
    """An empty page, the same page again, or as many as we want: a provider's paging cannot keep us."""

    async def read(pages: list[list[JsonValue]]) -> list[JsonValue]:
        async def ask(start: int) -> list[JsonValue]:
            return pages[min(start // 2, len(pages) - 1)]

        return [item async for item in paged(ask, 2, 8)]

    assert await read([[]]) == []
    assert await read([[1, 2], [3], []]) == [1, 2, 3]
    assert await read([[1, 2]]) == [1, 2]
    assert await read([[1], [2], [3], [4], [5]]) == [1, 2, 3, 4]


def test_a_wait_may_be_a_date() -> None:
    """HTTP allows both; the past is now."""
    soon = format_datetime(utc_now() + timedelta(seconds=90), usegmt=True)

    assert retry_after(soon) == pytest.approx(90, abs=2)
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after(None) is None


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])))
def test_whatever_a_wait_says_it_is_never_negative(said: str) -> None:
    wait = retry_after(said)

    assert wait is None or wait >= 0
