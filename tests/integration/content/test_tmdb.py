"""Films, as TMDB documents its answers."""

from typing import Any

import pytest
from pydantic import SecretStr

from functions.content.errors import SourceDown
from functions.content.harvest import Harvest
from functions.content.providers.tmdb import NOTICE, Tmdb
from functions.content.rules.moods_by_genre import FILM_GENRES
from shared.outbound.messages import Limits
from tests.integration.content.films import COMEDY, FAMILY, HORROR, film, offering
from tests.integration.content.serving import Provider, Reply, always, says


@pytest.fixture
def harvest() -> Harvest:
    return Harvest("tmdb")


async def test_films_come_page_by_page(provider: Provider, harvest: Harvest) -> None:
    """Each with its director, length and poster, and with the sentence that TMDB demands."""
    await offering(provider, *map(film, range(1, 31)), pages=2).gather(harvest)

    assert len(harvest.items) == 30
    item = harvest.items["1"]
    assert item.body == "Watch Film 1 (1988), directed by Hayao. It takes 88 minutes."
    assert (item.minutes, item.kind, *item.flavours) == (88, "film", "funny")
    assert item.url == "https://www.themoviedb.org/movie/1"
    assert item.image_url == "https://image.tmdb.org/t/p/w500/rtGDOeG9LzoerkDGZF9dnVeLppL.jpg"
    assert item.thumbnail_url == "https://image.tmdb.org/t/p/w185/rtGDOeG9LzoerkDGZF9dnVeLppL.jpg"
    assert item.attribution.endswith(NOTICE)


async def test_a_film_is_asked_for_once(provider: Provider, harvest: Harvest) -> None:
    """However many genres it is found by, and however often a page repeats it."""
    tmdb = offering(provider, film(1))
    provider.answers["/3/discover/movie"] = always({"page": 1, "results": [{"id": 1}, {"id": 1}], "total_pages": 999})

    await tmdb.gather(harvest)

    assert provider.paths().count("/3/movie/1") == 1
    assert provider.paths().count("/3/discover/movie") == 2 * len(FILM_GENRES)
    assert {asked.headers["authorization"] for asked in provider.asked} == {"Bearer ey.token"}


async def test_nobody_who_feels_low_is_offered_horror(provider: Provider, harvest: Harvest) -> None:
    """Whatever else it is. It is kept out of the search as well."""
    horrible = film(1, genres=[{"id": COMEDY}, {"id": HORROR}])

    await offering(provider, horrible, film(2, genres=[{"id": COMEDY}, {"id": FAMILY}])).gather(harvest)

    assert {name: item.flavours for name, item in harvest.items.items()} == {"2": {"funny", "comforting"}}
    assert provider.asked[0]["without_genres"] == "27,53,80,10752"


async def test_films_are_those_that_a_child_may_see(provider: Provider, harvest: Harvest) -> None:
    """Among the best animations, documentaries and romances are some about killing oneself; genres do not tell."""
    await offering(provider, film(1)).gather(harvest)

    searches = [asked.query for asked in provider.asked if asked.path == "/3/discover/movie"]
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
async def test_a_film_that_is_not_in_order_is_left_out(
    provider: Provider, harvest: Harvest, bad: dict[str, Any]
) -> None:
    tmdb = offering(provider, film(1), film(5), film(2))
    provider.answers["/3/movie/5"] = always(bad)

    await tmdb.gather(harvest)

    assert (list(harvest.items), harvest.skipped) == (["1", "2"], 1)


@pytest.mark.parametrize("crew", [[], [{"job": "Director", "name": ""}]])
async def test_a_film_without_poster_or_director_is_still_one(
    provider: Provider, harvest: Harvest, crew: list[dict[str, str]]
) -> None:
    await offering(provider, film(1, poster_path=None, release_date="", credits={"crew": crew})).gather(harvest)

    assert harvest.items["1"].body == "Watch Film 1. It takes 88 minutes."
    assert harvest.items["1"].image_url is None


@pytest.mark.parametrize(
    "broken",
    [Reply(500, b""), Reply(404, b"{}"), Reply(200, b"<html>"), Reply(200, b'{"results": ['), says({"results": {}})],
)
async def test_a_search_that_fails_costs_its_genre(provider: Provider, harvest: Harvest, broken: Reply) -> None:
    """The others are asked for all the same."""
    tmdb = offering(provider, film(1))
    discover = provider.answers["/3/discover/movie"]
    provider.answers["/3/discover/movie"] = lambda asked: (
        broken if asked["with_genres"] == str(FAMILY) else discover(asked)
    )

    await tmdb.gather(harvest)

    assert (list(harvest.items), harvest.skipped) == (["1"], 1)


async def test_a_budget_ends_the_run_and_keeps_what_came(provider: Provider, harvest: Harvest) -> None:
    films = [film(number) for number in range(1, 21)]
    offering(provider, *films)

    with pytest.raises(SourceDown):
        await Tmdb(SecretStr("t"), api=f"{provider.url}/3", limits=Limits(requests=10)).gather(harvest)

    assert 1 <= len(harvest.items) < 10
    assert len(provider.asked) == 10
