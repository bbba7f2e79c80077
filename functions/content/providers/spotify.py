"""Spotify: tracks by genre, from its search and from playlists that its search finds.

An app in development mode cannot read other people's playlists, and only an app that had access before 27 November 2024
can read audio features. If either is refused, only the genre decides the moods.
"""

from base64 import b64encode
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, JsonValue, SecretStr

from functions.content.errors import BadResponse, SourceDown
from functions.content.import_batch import ImportBatch
from functions.content.models import Provider, ProviderItem, with_year
from functions.content.provider_client import (
    PROVIDER_LIMITS,
    Name,
    Params,
    ProviderClient,
    ProviderModel,
    paged,
    provider_client,
)
from functions.content.rules.moods_by_genre import MUSIC_GENRES, Flavour, audio_leads
from shared import logs
from shared.outbound.messages import Limits, OutboundRequest

API = "https://api.spotify.com/v1"
ACCOUNTS = "https://accounts.spotify.com"
LIMITS = replace(PROVIDER_LIMITS, requests=200)
SEARCH_PAGE = 10  # the maximum of a search since February 2026
TRACKS_PER_GENRE = 30
PLAYLISTS_PER_GENRE = 2
PLAYLIST_PAGE = 50
TRACKS_PER_PLAYLIST = 100
FEATURES_PAGE = 100
MARKET = "US"  # without a market Spotify treats every track as unavailable
LOUD: frozenset[Flavour] = frozenset({"lively", "stirring"})

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{22}$")]


class Token(ProviderModel):
    access_token: str = Field(pattern=r"^[A-Za-z0-9._~+/=-]{1,2000}$")


class Artist(ProviderModel):
    name: Name


class Image(ProviderModel):
    url: str


class Album(ProviderModel):
    name: Name
    release_date: str = ""
    images: list[Image] = Field([])


class Track(ProviderModel):
    id: Id
    type: Literal["track"]
    name: Name
    duration_ms: int
    explicit: Literal[False]
    artists: list[Artist] = Field(min_length=1)
    album: Album


class Playlist(ProviderModel):
    id: Id


class PlaylistEntry(ProviderModel):
    track: Track = Field(validation_alias=AliasChoices("item", "track"))


class ItemPage(ProviderModel):
    items: list[JsonValue]


class SearchResponse(ProviderModel):
    results: ItemPage = Field(validation_alias=AliasChoices("tracks", "playlists"))


class FeaturesResponse(ProviderModel):
    audio_features: list[JsonValue]


class AudioFeatures(ProviderModel):
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

    async def gather(self, batch: ImportBatch) -> None:
        authorization = {"Authorization": f"Bearer {await self._token()}"}
        async with provider_client(self._api, self._limits, authorization) as api:
            for genre, flavour in MUSIC_GENRES.items():
                await _search(api, genre, flavour, batch)
                await _read_playlists(api, genre, flavour, batch)
            await _refine_by_audio(api, batch)

    async def _token(self) -> str:
        client = f"{self._client_id.get_secret_value()}:{self._client_secret.get_secret_value()}"
        headers = {
            "Authorization": f"Basic {b64encode(client.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = b"grant_type=client_credentials"
        request = OutboundRequest("POST", "/api/token", headers=headers, body=body, repeatable=True)
        async with provider_client(self._accounts, self._limits) as accounts:
            try:
                return (await accounts.send(Token, request)).access_token
            except BadResponse as error:
                raise SourceDown(f"no token: {error}") from None


async def _search(api: ProviderClient, genre: str, flavour: Flavour, batch: ImportBatch) -> None:
    async def read_page(start: int) -> list[JsonValue]:
        params: Params = {
            "q": f'genre:"{genre}"',
            "type": "track",
            "market": MARKET,
            "limit": SEARCH_PAGE,
            "offset": start,
        }
        return (await api.get(SearchResponse, "/search", params)).results.items

    with batch.skip_invalid():
        async for track in paged(read_page, SEARCH_PAGE, TRACKS_PER_GENRE):
            with batch.skip_invalid():
                batch.add(_item(Track.model_validate(track), flavour))


async def _read_playlists(api: ProviderClient, genre: str, flavour: Flavour, batch: ImportBatch) -> None:
    with batch.skip_invalid():
        params: Params = {"q": genre, "type": "playlist", "limit": PLAYLISTS_PER_GENRE}
        playlists = (await api.get(SearchResponse, "/search", params)).results.items
        for playlist in filter(None, playlists):  # null for Spotify's own
            with batch.skip_invalid():
                await _read_playlist(api, Playlist.model_validate(playlist).id, flavour, batch)


async def _read_playlist(api: ProviderClient, playlist: str, flavour: Flavour, batch: ImportBatch) -> None:
    async def read_page(start: int) -> list[JsonValue]:
        params: Params = {"market": MARKET, "limit": PLAYLIST_PAGE, "offset": start}
        return (await api.get(ItemPage, "/playlists/{playlist}/items", params, playlist=playlist)).items

    async for entry in paged(read_page, PLAYLIST_PAGE, TRACKS_PER_PLAYLIST):
        with batch.skip_invalid():
            batch.add(_item(PlaylistEntry.model_validate(entry).track, flavour))


async def _refine_by_audio(api: ProviderClient, batch: ImportBatch) -> None:
    """Replace the point of the genre by that of the audio features, which is more exact."""
    ids = list(batch.items)
    for start in range(0, len(ids), FEATURES_PAGE):
        chunk = ",".join(ids[start : start + FEATURES_PAGE])
        try:
            features = (await api.get(FeaturesResponse, "/audio-features", {"ids": chunk})).audio_features
        except BadResponse as error:
            logs.event("audio_features_not_offered", reason=str(error))
            return
        for track_features in filter(None, features):  # null for tracks without any
            with batch.skip_invalid():
                audio = AudioFeatures.model_validate(track_features)
                batch.refine(audio.id, audio_leads(audio.valence, audio.energy))


def _item(track: Track, flavour: Flavour) -> ProviderItem:
    artists = ", ".join(artist.name for artist in track.artists[:3])
    images = track.album.images
    return ProviderItem(
        provider="spotify",
        provider_id=track.id,
        kind="music",
        title=track.name,
        body=f"Listen to {track.name} by {artists}, from {with_year(track.album.name, track.album.release_date)}.",
        minutes=-(-track.duration_ms // 60_000),
        flavours=frozenset({flavour}),
        tags=("anywhere", "alone", "lively" if flavour in LOUD else "quiet", "senses"),
        url=f"https://open.spotify.com/track/{track.id}",
        image_url=images[0].url if images else None,  # widest first
        thumbnail_url=images[-1].url if images else None,
        attribution=f"{track.name}, {artists}. Listen on Spotify.",
        repeatable=True,
    )
