"""Google Books: books by subject, to read in for a while."""

from typing import Literal

from pydantic import Field, JsonValue, SecretStr

from functions.content.harvest import Harvest
from functions.content.models import Item, Provider, dated
from functions.content.provider_client import Answer, Fetching, Limits, Name, paged
from functions.content.rules.moods_by_genre import BOOK_SUBJECTS, BOOK_SUBJECTS_LEFT_OUT, Flavour

API = "https://www.googleapis.com/books/v1"
LIMITS = Limits(requests=100)  # of a thousand a day
A_PAGE = 40  # the most there may be
BOOKS = 80  # of a subject
A_SITTING = 20  # minutes
WANTED: dict[str, str | int] = {
    "country": "US",  # where a server stands, Google may not know
    "langRestrict": "en",
    "printType": "books",
    "maxAllowedMaturityRating": "not-mature",
    "maxResults": A_PAGE,
    "fields": "items(id,volumeInfo(title,authors,publishedDate,categories,maturityRating,imageLinks/thumbnail))",
}


class Volumes(Answer):
    items: list[JsonValue] = Field([])  # left out where there is none


class Images(Answer):
    thumbnail: str


class About(Answer):
    title: str
    authors: list[Name] = Field(min_length=1)
    published: str = Field("", alias="publishedDate")
    categories: list[str] = Field([])
    maturity: Literal["NOT_MATURE"] = Field(alias="maturityRating")
    images: Images | None = Field(None, alias="imageLinks")

    @property
    def subjects(self) -> set[str]:
        """Each step of a category such as `Fiction / Humorous / General`."""
        return {step.strip().casefold() for category in self.categories for step in category.split("/")}


class Volume(Answer):
    id: str = Field(pattern=r"^[A-Za-z0-9_-]{12}$")
    about: About = Field(alias="volumeInfo")


class GoogleBooks:
    name: Provider = "google_books"

    def __init__(self, key: SecretStr, *, api: str = API, limits: Limits = LIMITS) -> None:
        self._key, self._api, self._limits = key, api, limits

    async def gather(self, harvest: Harvest) -> None:
        key = {"X-Goog-Api-Key": self._key.get_secret_value()}  # in an address it would end up in logs
        async with Fetching(self._api, self._limits, key) as api:
            for subject, flavour in BOOK_SUBJECTS.items():
                await _search(api, subject, flavour, harvest)


async def _search(api: Fetching, subject: str, flavour: Flavour, harvest: Harvest) -> None:
    async def ask(start: int) -> list[JsonValue]:
        return (await api.get(Volumes, "/volumes", **WANTED, q=f'subject:"{subject}"', startIndex=start)).items

    with harvest.or_skip():
        async for found in paged(ask, A_PAGE, BOOKS):
            with harvest.or_skip():
                harvest.add(_item(Volume.model_validate(found), flavour))


def _item(book: Volume, flavour: Flavour) -> Item:
    about = book.about
    left_out = about.subjects & BOOK_SUBJECTS_LEFT_OUT
    work = dated(f"{about.title} by {', '.join(about.authors[:3])}", about.published)
    page = f"https://books.google.com/books?id={book.id}"
    cover = f"https://books.google.com/books/content?id={book.id}&printsec=frontcover&img=1"
    return Item(
        provider="google_books",
        provider_id=book.id,
        kind="book",
        title=about.title,
        body=f"Read for twenty minutes in {work}.",
        minutes=A_SITTING,
        flavours=frozenset() if left_out else frozenset({flavour}),
        tags=("anywhere", "alone", "quiet"),
        url=page,
        image_url=f"{cover}&zoom=1" if about.images else None,
        thumbnail_url=f"{cover}&zoom=5" if about.images else None,
        attribution=f"{work}. Powered by Google Books.",
        repeatable=False,
    )
