"""What an item from a provider must be before it may be shown to anybody."""

import re
from typing import Annotated, Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from functions.content.rules.moods_by_genre import Flavour, suits
from shared.moods import Point
from shared.safety import assess

Provider: TypeAlias = Literal["spotify", "tmdb", "google_books", "bible"]
Kind: TypeAlias = Literal["music", "film", "book", "verse"]

SOURCES = UUID("5b0d3c8e-7a42-5d19-8c57-2f9e6a1b4d70")  # the namespace of ids made from a provider's own
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")  # controls, and what turns text

# Where links and pictures may lead.
HOSTS: dict[Provider, frozenset[str]] = {
    "spotify": frozenset(
        {"open.spotify.com", "i.scdn.co", "image-cdn-ak.spotifycdn.com", "image-cdn-fa.spotifycdn.com"}
    ),
    "tmdb": frozenset({"www.themoviedb.org", "image.tmdb.org"}),
    "google_books": frozenset({"books.google.com"}),
    "bible": frozenset(),
}


def _readable(text: str) -> str:
    if UNSEEN.search(text):
        raise ValueError("holds characters that cannot be seen")
    return text


def _kind_to_read(text: str) -> str:
    if assess(text):
        raise ValueError("speaks of danger")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_readable)]
Title = Annotated[Line, Field(max_length=200), AfterValidator(_kind_to_read)]
Link = Annotated[str, Field(max_length=500)]


def dated(work: str, date: str) -> str:
    """A work with its year, where a provider's date begins with one."""
    return f"{work} ({date[:4]})" if re.match(r"[1-9]\d{3}\b", date, re.ASCII) else work


class Item(BaseModel):
    """Whole and valid, or not there at all."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    provider: Provider
    provider_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    kind: Kind
    title: Title
    body: Annotated[Line, Field(max_length=1000), AfterValidator(_kind_to_read)]
    minutes: Annotated[int, Field(ge=1, le=600)]
    flavours: Annotated[frozenset[Flavour], Field(min_length=1)]
    leads: Point | None = None  # where that is known better than from the flavours
    tags: tuple[str, ...]
    url: Link | None = None
    image_url: Link | None = None
    thumbnail_url: Link | None = None
    attribution: Annotated[Line, Field(max_length=600)]
    repeatable: bool

    @property
    def id(self) -> UUID:
        return uuid5(SOURCES, self.key)

    @property
    def key(self) -> str:
        return f"{self.provider}:{self.provider_id}"

    def as_well(self, other: Self) -> Self:
        """The same thing found in two places suits what both say."""
        return self.model_copy(update={"flavours": self.flavours | other.flavours})

    def row(self) -> dict[str, Any]:
        fits, (valence, arousal) = suits(self.flavours, self.leads)
        return {
            **self.model_dump(exclude={"flavours", "leads", "tags"}),
            "id": self.id,
            "key": self.key,
            "effort": 1,
            "fits": list(fits),
            "leads_valence": valence,
            "leads_arousal": arousal,
            "tags": list(self.tags),
        }

    @model_validator(mode="after")
    def _leads_nowhere_else(self) -> Self:
        for link in filter(None, (self.url, self.image_url, self.thumbnail_url)):
            parts = urlsplit(link)
            if parts.scheme != "https" or parts.netloc not in HOSTS[self.provider]:
                raise ValueError("leads elsewhere")
        return self
