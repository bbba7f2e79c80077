"""An item from a provider, and the rules that it must satisfy before it is stored."""

import re
from typing import Annotated, Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from functions.content.rules.moods_by_genre import Flavour, match_moods
from shared.moods import Point
from shared.safety import assess

Provider: TypeAlias = Literal["spotify", "tmdb", "google_books", "bible"]
Kind: TypeAlias = Literal["music", "film", "book", "verse"]

ITEM_NAMESPACE = UUID("5b0d3c8e-7a42-5d19-8c57-2f9e6a1b4d70")  # of the ids made from a provider and its id
INVISIBLE_CHARACTERS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)  # controls, line ends, text direction

# The hosts that links and pictures may point to.
LINK_HOSTS: dict[Provider, frozenset[str]] = {
    "spotify": frozenset(
        {"open.spotify.com", "i.scdn.co", "image-cdn-ak.spotifycdn.com", "image-cdn-fa.spotifycdn.com"}
    ),
    "tmdb": frozenset({"www.themoviedb.org", "image.tmdb.org"}),
    "google_books": frozenset({"books.google.com"}),
    "bible": frozenset(),
}


def _readable(text: str) -> str:
    if INVISIBLE_CHARACTERS.search(text):
        raise ValueError("contains invisible characters")
    return text


def safe(text: str) -> str:
    """The text. Raises ValueError if the safety gate finds danger in it."""
    if assess(text):
        raise ValueError("the safety gate finds danger in it")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_readable)]
Title = Annotated[Line, Field(max_length=200), AfterValidator(safe)]
Link = Annotated[str, Field(max_length=500)]


def with_year(work: str, date: str) -> str:
    """A work with its year, if the provider's date begins with one."""
    return f"{work} ({date[:4]})" if re.match(r"[1-9]\d{3}\b", date, re.ASCII) else work


class ProviderItem(BaseModel):
    """Validated as a whole: an item with an invalid field is rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    provider: Provider
    provider_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    kind: Kind
    title: Title
    body: Annotated[Line, Field(max_length=1000), AfterValidator(safe)]
    minutes: Annotated[int, Field(ge=1, le=600)]
    flavours: Annotated[frozenset[Flavour], Field(min_length=1)]
    leads: Point | None = None  # more exact than the point of the flavours, if known
    tags: tuple[str, ...]
    url: Link | None = None
    image_url: Link | None = None
    thumbnail_url: Link | None = None
    attribution: Annotated[Line, Field(max_length=600)]
    repeatable: bool

    @property
    def id(self) -> UUID:
        return uuid5(ITEM_NAMESPACE, self.key)

    @property
    def key(self) -> str:
        return f"{self.provider}:{self.provider_id}"

    def with_flavours(self, more: frozenset[Flavour]) -> Self:
        """The item of two search results, with the flavours of both."""
        return self.model_copy(update={"flavours": self.flavours | more})

    def row(self) -> dict[str, Any]:
        fits, (valence, arousal) = match_moods(self.flavours, self.leads)
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
    def _links_to_its_provider(self) -> Self:
        for link in filter(None, (self.url, self.image_url, self.thumbnail_url)):
            parts = urlsplit(link)
            if parts.scheme != "https" or parts.netloc not in LINK_HOSTS[self.provider]:
                raise ValueError("links to another host")
        return self
