"""Google Books: books by subject, to read in for twenty minutes."""

from dataclasses import replace
from typing import Literal

from pydantic import Field, JsonValue, SecretStr

from functions.content.import_batch import ImportBatch
from functions.content.models import Provider, ProviderItem, with_year
from functions.content.provider_client import (
    PROVIDER_LIMITS,
    Name,
    ProviderClient,
    ProviderModel,
    paged,
    provider_client,
)
from functions.content.rules.moods_by_genre import BOOK_SUBJECTS, BOOK_SUBJECTS_LEFT_OUT, Flavour
from shared.outbound.messages import Limits

API = "https://www.googleapis.com/books/v1"
LIMITS = replace(PROVIDER_LIMITS, requests=100)  # of a thousand a day
PAGE_SIZE = 40  # the maximum
BOOKS_PER_SUBJECT = 80
READING_MINUTES = 20
SEARCH_PARAMS: dict[str, str | int] = {
    "country": "US",  # without it Google refuses servers whose country it cannot find out
    "langRestrict": "en",
    "printType": "books",
    "maxAllowedMaturityRating": "not-mature",
    "maxResults": PAGE_SIZE,
    "fields": "items(id,volumeInfo(title,authors,publishedDate,categories,maturityRating,imageLinks/thumbnail))",
}


class Volumes(ProviderModel):
    items: list[JsonValue] = Field([])  # absent where nothing matches


class Images(ProviderModel):
    thumbnail: str


class VolumeInfo(ProviderModel):
    title: Name
    authors: list[Name] = Field(min_length=1)
    published: str = Field("", alias="publishedDate")
    categories: list[str] = Field([])
    maturity: Literal["NOT_MATURE"] = Field(alias="maturityRating")
    images: Images | None = Field(None, alias="imageLinks")

    @property
    def subjects(self) -> set[str]:
        """Each level of categories such as `Fiction / Humorous / General`."""
        return {level.strip().casefold() for category in self.categories for level in category.split("/")}


class Volume(ProviderModel):
    id: str = Field(pattern=r"^[A-Za-z0-9_-]{12}$")
    info: VolumeInfo = Field(alias="volumeInfo")


class GoogleBooks:
    name: Provider = "google_books"

    def __init__(self, key: SecretStr, *, api: str = API, limits: Limits = LIMITS) -> None:
        self._key, self._api, self._limits = key, api, limits

    async def gather(self, batch: ImportBatch) -> None:
        key = {"X-Goog-Api-Key": self._key.get_secret_value()}  # in the URL, proxies would log it
        async with provider_client(self._api, self._limits, key) as api:
            for subject, flavour in BOOK_SUBJECTS.items():
                await _search(api, subject, flavour, batch)


async def _search(api: ProviderClient, subject: str, flavour: Flavour, batch: ImportBatch) -> None:
    async def read_page(start: int) -> list[JsonValue]:
        params = {**SEARCH_PARAMS, "q": f'subject:"{subject}"', "startIndex": start}
        return (await api.get(Volumes, "/volumes", params)).items

    with batch.skip_invalid():
        async for volume in paged(read_page, PAGE_SIZE, BOOKS_PER_SUBJECT):
            with batch.skip_invalid():
                batch.add(_item(Volume.model_validate(volume), flavour))


def _item(book: Volume, flavour: Flavour) -> ProviderItem:
    info = book.info
    left_out = info.subjects & BOOK_SUBJECTS_LEFT_OUT
    work = with_year(f"{info.title} by {', '.join(info.authors[:3])}", info.published)
    page = f"https://books.google.com/books?id={book.id}"
    cover = f"https://books.google.com/books/content?id={book.id}&printsec=frontcover&img=1"
    return ProviderItem(
        provider="google_books",
        provider_id=book.id,
        kind="book",
        title=info.title,
        body=f"Read for twenty minutes in {work}.",
        minutes=READING_MINUTES,
        flavours=frozenset() if left_out else frozenset({flavour}),
        tags=("anywhere", "alone", "quiet"),
        url=page,
        image_url=f"{cover}&zoom=1" if info.images else None,
        thumbnail_url=f"{cover}&zoom=5" if info.images else None,
        attribution=f"{work}. Powered by Google Books.",
        repeatable=False,
    )
