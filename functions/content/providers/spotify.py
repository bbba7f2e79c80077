"""Spotify: tracks by genre, from its search and from playlists that its search finds.

An app in development mode reads no playlists of others, and only one that was granted it before 27 November 2024 reads
audio features: where either is refused, the genre alone decides.
"""

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, JsonValue, SecretStr

from functions.content.errors import BadAnswer, SourceDown
from functions.content.harvest import Harvest
from functions.content.models import Item, Provider, dated
from functions.content.provider_client import Answer, Fetching, Limits, Name, paged
from functions.content.rules.moods_by_genre import MUSIC_GENRES, Flavour, heard
from shared import logs

API = "https://api.spotify.com/v1"
ACCOUNTS = "https://accounts.spotify.com"
LIMITS = Limits(requests=200)
SEARCHED_AT_ONCE = 10  # the most a search answers with since February 2026
SEARCHED = 30  # tracks of a genre
PLAYLISTS = 2  # of a genre
READ_AT_ONCE = 50
READ = 100  # tracks of a playlist
HEARD_AT_ONCE = 100
MARKET = "US"  # without one, nothing counts as available
LOUD: frozenset[Flavour] = frozenset({"lively", "stirring"})

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{22}$")]


class Token(Answer):
    access_token: str = Field(pattern=r"^[A-Za-z0-9._~+/=-]{1,2000}$")


class Named(Answer):
    name: Name


class Image(Answer):
    url: str


class Album(Answer):
    name: Name
    release_date: str = ""
    images: list[Image] = Field([])


class Track(Answer):
    id: Id
    type: Literal["track"]
    name: str
    duration_ms: int
    explicit: Literal[False]
    artists: list[Named] = Field(min_length=1)
    album: Album


class Playlist(Answer):
    id: Id


class Entry(Answer):
    track: Track = Field(validation_alias=AliasChoices("item", "track"))


class Page(Answer):
    items: list[JsonValue]


class Searched(Answer):
    found: Page = Field(validation_alias=AliasChoices("tracks", "playlists"))


class Features(Answer):
    audio_features: list[JsonValue]


class Sound(Answer):
    id: Id
    valence: float = Field(ge=0, le=1)
    energy: float = Field(ge=0, le=1)


class Spotify:
    name: Provider = "spotify"

    def __init__(
        self,
        client_id: SecretStr,
        client_secret: SecretStr,
        *,
        api: str = API,
        accounts: str = ACCOUNTS,
        limits: Limits = LIMITS,
    ) -> None:
        self._client_id, self._client_secret = client_id, client_secret
        self._api, self._accounts, self._limits = api, accounts, limits

    async def gather(self, harvest: Harvest) -> None:
        authorization = {"Authorization": f"Bearer {await self._token()}"}
        async with Fetching(self._api, self._limits, authorization) as api:
            for genre, flavour in MUSIC_GENRES.items():
                await _search(api, genre, flavour, harvest)
                await _read_playlists(api, genre, flavour, harvest)
            await _hear(api, harvest)

    async def _token(self) -> str:
        async with Fetching(self._accounts, self._limits) as accounts:
            auth = (self._client_id.get_secret_value(), self._client_secret.get_secret_value())
            form = {"grant_type": "client_credentials"}
            try:
                return (await accounts.ask(Token, "POST", "/api/token", data=form, auth=auth)).access_token
            except BadAnswer as error:
                raise SourceDown(f"no token: {error}") from None


async def _search(api: Fetching, genre: str, flavour: Flavour, harvest: Harvest) -> None:
    async def ask(start: int) -> list[JsonValue]:
        wanted = {"q": f'genre:"{genre}"', "type": "track", "market": MARKET}
        return (await api.get(Searched, "/search", **wanted, limit=SEARCHED_AT_ONCE, offset=start)).found.items

    with harvest.or_skip():
        async for found in paged(ask, SEARCHED_AT_ONCE, SEARCHED):
            with harvest.or_skip():
                harvest.add(_item(Track.model_validate(found), flavour))


async def _read_playlists(api: Fetching, genre: str, flavour: Flavour, harvest: Harvest) -> None:
    with harvest.or_skip():
        found = (await api.get(Searched, "/search", q=genre, type="playlist", limit=PLAYLISTS)).found
        for playlist in filter(None, found.items):  # one that is Spotify's own is null
            with harvest.or_skip():
                await _read_playlist(api, Playlist.model_validate(playlist).id, flavour, harvest)


async def _read_playlist(api: Fetching, playlist: str, flavour: Flavour, harvest: Harvest) -> None:
    async def ask(start: int) -> list[JsonValue]:
        path = f"/playlists/{playlist}/items"
        return (await api.get(Page, path, market=MARKET, limit=READ_AT_ONCE, offset=start)).items

    async for entry in paged(ask, READ_AT_ONCE, READ):
        with harvest.or_skip():
            harvest.add(_item(Entry.model_validate(entry).track, flavour))


async def _hear(api: Fetching, harvest: Harvest) -> None:
    """How tracks sound says better where they lead than their genre does."""
    ids = list(harvest.items)
    for start in range(0, len(ids), HEARD_AT_ONCE):
        some = ",".join(ids[start : start + HEARD_AT_ONCE])
        try:
            sounds = (await api.get(Features, "/audio-features", ids=some)).audio_features
        except BadAnswer as error:
            logs.event("audio_features_not_offered", reason=str(error))
            return
        for found in filter(None, sounds):  # of some tracks nothing is known
            with harvest.or_skip():
                sound = Sound.model_validate(found)
                harvest.refine(sound.id, heard(sound.valence, sound.energy))


def _item(track: Track, flavour: Flavour) -> Item:
    artists = ", ".join(artist.name for artist in track.artists[:3])
    images = track.album.images
    return Item(
        provider="spotify",
        provider_id=track.id,
        kind="music",
        title=track.name,
        body=f"Listen to {track.name} by {artists}, from {dated(track.album.name, track.album.release_date)}.",
        minutes=-(-track.duration_ms // 60_000),
        flavours=frozenset({flavour}),
        tags=("anywhere", "alone", "lively" if flavour in LOUD else "quiet", "senses"),
        url=f"https://open.spotify.com/track/{track.id}",
        image_url=images[0].url if images else None,  # widest first
        thumbnail_url=images[-1].url if images else None,
        attribution=f"{track.name}, {artists}. Listen on Spotify.",
        repeatable=True,
    )
