"""TMDB: well-liked films by genre, each with its length and who made it."""

from typing import Literal

from pydantic import Field, JsonValue, SecretStr

from functions.content.harvest import Harvest
from functions.content.models import Item, Provider, dated
from functions.content.provider_client import Answer, Fetching, Limits, paged
from functions.content.rules.moods_by_genre import FILM_GENRES, FILM_GENRES_LEFT_OUT

API = "https://api.themoviedb.org/3"
LIMITS = Limits(requests=400)
A_PAGE = 20  # as TMDB has it
FILMS = 40  # of a genre
WANTED: dict[str, str | int] = {
    "include_adult": "false",
    "certification_country": "US",
    "certification.gte": "G",  # leaves out what was never rated
    "certification.lte": "PG",
    "language": "en-US",
    "sort_by": "vote_average.desc",  # changes little from day to day
    "vote_count.gte": 1000,
    "with_runtime.gte": 40,
    "with_runtime.lte": 180,
    "without_genres": ",".join(map(str, sorted(FILM_GENRES_LEFT_OUT))),
}
POSTERS = "https://image.tmdb.org/t/p"
NOTICE = "This product uses the TMDB API but is not endorsed or certified by TMDB."  # in the words it demands


class Page(Answer):
    results: list[JsonValue]


class Found(Answer):
    id: int = Field(ge=1, le=2**53)


class Genre(Answer):
    id: int


class Maker(Answer):
    job: str
    name: str


class Credits(Answer):
    crew: list[Maker]


class Film(Found):
    title: str
    runtime: int
    release_date: str
    adult: Literal[False]
    genres: list[Genre]
    poster_path: str | None = Field(pattern=r"^/[A-Za-z0-9_-]{1,64}\.(jpg|png)$")
    credits: Credits


class Tmdb:
    name: Provider = "tmdb"

    def __init__(self, token: SecretStr, *, api: str = API, limits: Limits = LIMITS) -> None:
        self._token, self._api, self._limits = token, api, limits

    async def gather(self, harvest: Harvest) -> None:
        authorization = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
        asked: set[int] = set()
        async with Fetching(self._api, self._limits, authorization) as api:
            for genre in FILM_GENRES:
                await _discover(api, genre, asked, harvest)


async def _discover(api: Fetching, genre: int, asked: set[int], harvest: Harvest) -> None:
    async def ask(start: int) -> list[JsonValue]:
        return (await api.get(Page, "/discover/movie", **WANTED, with_genres=genre, page=start // A_PAGE + 1)).results

    with harvest.or_skip():
        async for found in paged(ask, A_PAGE, FILMS):
            with harvest.or_skip():
                film = Found.model_validate(found).id
                if film not in asked:
                    asked.add(film)
                    harvest.add(_item(await api.get(Film, f"/movie/{film}", append_to_response="credits")))


def _item(film: Film) -> Item:
    genres = {genre.id for genre in film.genres}
    fitting = set() if genres & FILM_GENRES_LEFT_OUT else genres & FILM_GENRES.keys()
    directors = ", ".join(maker.name for maker in film.credits.crew if maker.job == "Director" and maker.name)
    work = dated(film.title, film.release_date) + (f", directed by {directors}" if directors else "")
    return Item(
        provider="tmdb",
        provider_id=str(film.id),
        kind="film",
        title=film.title,
        body=f"Watch {work}. It takes {film.runtime} minutes.",
        minutes=film.runtime,
        flavours=frozenset(FILM_GENRES[genre] for genre in fitting),
        tags=("indoors", "alone", "together", "quiet", "screen"),
        url=f"https://www.themoviedb.org/movie/{film.id}",
        image_url=f"{POSTERS}/w500{film.poster_path}" if film.poster_path else None,
        thumbnail_url=f"{POSTERS}/w185{film.poster_path}" if film.poster_path else None,
        attribution=f"{work}. {NOTICE}",
        repeatable=False,
    )
