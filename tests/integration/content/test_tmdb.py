"""Films, as TMDB documents its answers."""

from typing import Any

import pytest
from pydantic import SecretStr

from functions.content.errors import SourceDown
from functions.content.import_batch import ImportBatch
from functions.content.providers.tmdb import NOTICE, Tmdb
from functions.content.rules.moods_by_genre import FILM_GENRES
from shared.outbound.messages import Limits
from tests.integration.content.films import COMEDY, FAMILY, HORROR, film, offering
from tests.integration.content.server import Provider, Reply, always_reply, json_reply


@pytest.fixture
def batch() -> ImportBatch:
    return ImportBatch("tmdb")


async def test_films_are_read_page_by_page(provider: Provider, batch: ImportBatch) -> None:
    """Each has its director, length and poster, and the notice that TMDB requires."""
    await offering(provider, *map(film, range(1, 31)), pages=2).gather(batch)

    assert len(batch.items) == 30
    item = batch.items["1"]
    assert item.body == "Watch Film 1 (1988), directed by Hayao. It takes 88 minutes."
    assert (item.minutes, item.kind, *item.flavours) == (88, "film", "funny")
    assert item.url == "https://www.themoviedb.org/movie/1"
    assert item.image_url == "https://image.tmdb.org/t/p/w500/rtGDOeG9LzoerkDGZF9dnVeLppL.jpg"
    assert item.thumbnail_url == "https://image.tmdb.org/t/p/w185/rtGDOeG9LzoerkDGZF9dnVeLppL.jpg"
    assert item.attribution.endswith(NOTICE)


async def test_a_film_is_requested_once(provider: Provider, batch: ImportBatch) -> None:
    """However many genres or pages list it."""
    tmdb = offering(provider, film(1))
    provider.answers["/3/discover/movie"] = always_reply(
        {"page": 1, "results": [{"id": 1}, {"id": 1}], "total_pages": 999}
    )

    await tmdb.gather(batch)

    assert provider.paths().count("/3/movie/1") == 1
    assert provider.paths().count("/3/discover/movie") == 2 * len(FILM_GENRES)
    assert {request.headers["authorization"] for request in provider.requests} == {"Bearer ey.token"}


async def test_horror_is_left_out(provider: Provider, batch: ImportBatch) -> None:
    """Whatever its other genres are. The search excludes it as well."""
    horrible = film(1, genres=[{"id": COMEDY}, {"id": HORROR}])

    await offering(provider, horrible, film(2, genres=[{"id": COMEDY}, {"id": FAMILY}])).gather(batch)

    assert {name: item.flavours for name, item in batch.items.items()} == {"2": {"funny", "comforting"}}
    assert provider.requests[0]["without_genres"] == "27,53,80,10752"


async def test_only_films_rated_g_or_pg_are_searched(provider: Provider, batch: ImportBatch) -> None:
    """Genres do not tell which films are about suicide."""
    await offering(provider, film(1)).gather(batch)

    searches = [request.query for request in provider.requests if request.path == "/3/discover/movie"]
    rated = {(each["certification_country"], each["certification.gte"], each["certification.lte"]) for each in searches}
    assert rated == {("US", "G", "PG")}


@pytest.mark.parametrize(
    "bad",
    [
        film(5, title=" "),
        film(5, title=None),
        film(5, runtime=0),
        film(5, runtime="88"),
        film(5, runtime=100_000),
        film(5, adult=True),
        film(5, genres=[]),
        film(5, genres=[{"id": 37, "name": "Western"}]),
        film(5, genres="Comedy"),
        film(5, poster_path="//evil.example/x.jpg"),
        film(5, poster_path="/../../x.jpg"),
        film(5, credits={}),
        {"success": False, "status_code": 34},
    ],
)
async def test_an_invalid_film_is_left_out(provider: Provider, batch: ImportBatch, bad: dict[str, Any]) -> None:
    tmdb = offering(provider, film(1), film(5), film(2))
    provider.answers["/3/movie/5"] = always_reply(bad)

    await tmdb.gather(batch)

    assert (list(batch.items), batch.skipped) == (["1", "2"], 1)


@pytest.mark.parametrize("crew", [[], [{"job": "Director", "name": ""}]])
async def test_a_film_may_lack_poster_and_director(
    provider: Provider, batch: ImportBatch, crew: list[dict[str, str]]
) -> None:
    await offering(provider, film(1, poster_path=None, release_date="", credits={"crew": crew})).gather(batch)

    assert batch.items["1"].body == "Watch Film 1. It takes 88 minutes."
    assert batch.items["1"].image_url is None


@pytest.mark.parametrize(
    "broken",
    [
        Reply(500, b""),
        Reply(404, b"{}"),
        Reply(200, b"<html>"),
        Reply(200, b'{"results": ['),
        json_reply({"results": {}}),
    ],
)
async def test_a_failing_search_costs_one_genre(provider: Provider, batch: ImportBatch, broken: Reply) -> None:
    """The other genres are still read."""
    tmdb = offering(provider, film(1))
    discover = provider.answers["/3/discover/movie"]
    provider.answers["/3/discover/movie"] = lambda request: (
        broken if request["with_genres"] == str(FAMILY) else discover(request)
    )

    await tmdb.gather(batch)

    assert (list(batch.items), batch.skipped) == (["1"], 1)


async def test_the_request_limit_ends_the_run_and_keeps_the_items(provider: Provider, batch: ImportBatch) -> None:
    films = [film(number) for number in range(1, 21)]
    offering(provider, *films)

    with pytest.raises(SourceDown):
        await Tmdb(SecretStr("t"), api=f"{provider.url}/3", limits=Limits(requests=10)).gather(batch)

    assert 1 <= len(batch.items) < 10
    assert len(provider.requests) == 10
