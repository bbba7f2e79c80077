"""TMDB: films with high ratings by genre, each with its length and directors."""

from dataclasses import replace
from typing import Literal

from pydantic import Field, JsonValue, SecretStr

from functions.content.import_batch import ImportBatch
from functions.content.models import Provider, ProviderItem, with_year
from functions.content.provider_client import PROVIDER_LIMITS, ProviderClient, ProviderModel, paged, provider_client
from functions.content.rules.moods_by_genre import FILM_GENRES, FILM_GENRES_LEFT_OUT
from shared.outbound.messages import Limits

API = "https://api.themoviedb.org/3"
LIMITS = replace(PROVIDER_LIMITS, requests=400)
PAGE_SIZE = 20  # fixed by TMDB
FILMS_PER_GENRE = 40
DISCOVER_PARAMS: dict[str, str | int] = {
    "include_adult": "false",
    "certification_country": "US",
    "certification.gte": "G",  # excludes films without a rating
    "certification.lte": "PG",
    "language": "en-US",
    "sort_by": "vote_average.desc",  # changes little from day to day
    "vote_count.gte": 1000,
    "with_runtime.gte": 40,
    "with_runtime.lte": 180,
    "without_genres": ",".join(map(str, sorted(FILM_GENRES_LEFT_OUT))),
}
POSTERS = "https://image.tmdb.org/t/p"
NOTICE = "This product uses the TMDB API but is not endorsed or certified by TMDB."  # wording required by TMDB


class DiscoverResponse(ProviderModel):
    results: list[JsonValue]


class FilmId(ProviderModel):
    id: int = Field(ge=1, le=2**53)


class Genre(ProviderModel):
    id: int


class CrewMember(ProviderModel):
    job: str
    name: str


class Credits(ProviderModel):
    crew: list[CrewMember]


class Film(FilmId):
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

    async def gather(self, batch: ImportBatch) -> None:
        authorization = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
        seen: set[int] = set()
        async with provider_client(self._api, self._limits, authorization) as api:
            for genre in FILM_GENRES:
                await _discover(api, genre, seen, batch)


async def _discover(api: ProviderClient, genre: int, seen: set[int], batch: ImportBatch) -> None:
    async def read_page(start: int) -> list[JsonValue]:
        params = {**DISCOVER_PARAMS, "with_genres": genre, "page": start // PAGE_SIZE + 1}
        return (await api.get(DiscoverResponse, "/discover/movie", params)).results

    with batch.skip_invalid():
        async for result in paged(read_page, PAGE_SIZE, FILMS_PER_GENRE):
            with batch.skip_invalid():
                film = FilmId.model_validate(result).id
                if film not in seen:
                    seen.add(film)
                    batch.add(_item(await api.get(Film, "/movie/{id}", {"append_to_response": "credits"}, id=film)))


def _item(film: Film) -> ProviderItem:
    genres = {genre.id for genre in film.genres}
    allowed = set() if genres & FILM_GENRES_LEFT_OUT else genres & FILM_GENRES.keys()
    directors = ", ".join(member.name for member in film.credits.crew if member.job == "Director" and member.name)
    work = with_year(film.title, film.release_date) + (f", directed by {directors}" if directors else "")
    return ProviderItem(
        provider="tmdb",
        provider_id=str(film.id),
        kind="film",
        title=film.title,
        body=f"Watch {work}. It takes {film.runtime} minutes.",
        minutes=film.runtime,
        flavours=frozenset(FILM_GENRES[genre] for genre in allowed),
        tags=("indoors", "alone", "together", "quiet", "screen"),
        url=f"https://www.themoviedb.org/movie/{film.id}",
        image_url=f"{POSTERS}/w500{film.poster_path}" if film.poster_path else None,
        thumbnail_url=f"{POSTERS}/w185{film.poster_path}" if film.poster_path else None,
        attribution=f"{work}. {NOTICE}",
        repeatable=False,
    )
