"""Tracks, as Spotify's Web API documents its answers since February 2026, and as it was before."""

from base64 import b64encode
from typing import Any

import pytest
from pydantic import SecretStr

from functions.content.errors import SourceDown
from functions.content.import_batch import ImportBatch
from functions.content.providers.spotify import Spotify
from functions.content.rules.moods_by_genre import FLAVOURS, MUSIC_GENRES
from shared.outbound.messages import Limits
from tests.conftest import LogLines
from tests.integration.content.server import Provider, ReceivedRequest, Reply, always_reply, json_reply

QUICK = Limits(requests=300, seconds=10, request_seconds=2, first_pause=0.001, response_bytes=2**21)
PLAYLIST = "3cEYpjA9oz9GiPac4AsH4n"
COVER = "https://i.scdn.co/image/ab67616d0000b273"


def id_of(number: int) -> str:
    return f"{number:022d}"


def track(number: int, **other: object) -> dict[str, Any]:
    return {
        "type": "track",
        "id": id_of(number),
        "name": f"Song {number}",
        "duration_ms": 241_000,
        "explicit": False,
        "is_local": False,
        "artists": [{"id": "a", "name": "Nina"}, {"id": "b", "name": "Bill"}],
        "album": {
            "name": "Evenings",
            "release_date": "1969-05",
            "images": [{"url": COVER, "height": 640, "width": 640}],
            "external_urls": {"spotify": "https://open.spotify.com/album/x"},
        },
        "external_urls": {"spotify": "https://evil.example/track"},
        **other,
    }


@pytest.fixture
def spotify(provider: Provider) -> Spotify:
    """Three tracks of the ambient genre over two pages, no playlists, no audio features."""

    def search(request: ReceivedRequest) -> Reply:
        if request["type"] == "playlist":
            return json_reply({"playlists": {"items": [], "total": 0, "next": None}})
        ambient = [track(1), track(2), track(3)] if request["q"] == 'genre:"ambient"' else []
        start = int(request["offset"])
        page = ambient[:2] if start == 0 else ambient[2:] if start == 10 else []
        return json_reply(
            {"tracks": {"items": page, "total": 0, "limit": 10, "offset": start, "next": "http://evil.example"}}
        )

    provider.answers |= {
        "/api/token": always_reply({"access_token": "BQD-x_y", "token_type": "bearer", "expires_in": 3600}),
        "/v1/search": search,
        "/v1/audio-features": always_reply({"error": {"status": 403}}, 403),
    }
    return spotify_at(provider)


def spotify_at(provider: Provider) -> Spotify:
    return Spotify(SecretStr("id"), SecretStr("secret"), api=f"{provider.url}/v1", accounts=provider.url, limits=QUICK)


def searching(provider: Provider, genre: str, *tracks: object) -> None:
    """The search finds these, in that genre."""
    asked_for = f'genre:"{genre}"'
    provider.answers["/v1/search"] = lambda request: json_reply(
        {"playlists": {"items": []}}
        if request["type"] == "playlist"
        else {"tracks": {"items": tracks if request["q"] == asked_for and request["offset"] == "0" else []}}
    )


@pytest.fixture
def batch() -> ImportBatch:
    return ImportBatch("spotify")


async def test_tracks_are_read_page_by_page(spotify: Spotify, provider: Provider, batch: ImportBatch) -> None:
    """Each has its artist, length and picture, and the link that Spotify requires."""
    await spotify.gather(batch)

    assert list(batch.items) == [id_of(1), id_of(2), id_of(3)]
    item = batch.items[id_of(1)]
    assert (item.title, item.minutes, item.kind) == ("Song 1", 5, "music")
    assert item.body == "Listen to Song 1 by Nina, Bill, from Evenings (1969)."
    assert item.url == f"https://open.spotify.com/track/{id_of(1)}"
    assert item.image_url == COVER
    assert item.attribution.endswith("Listen on Spotify.")


async def test_the_app_authenticates_with_client_credentials(
    spotify: Spotify, provider: Provider, batch: ImportBatch
) -> None:
    """Basic authentication gets the token. Every request sends the token, and no URL contains it."""
    await spotify.gather(batch)

    token, *others = provider.requests
    assert token.headers["authorization"] == f"Basic {b64encode(b'id:secret').decode()}"
    assert token.body == b"grant_type=client_credentials"
    assert {request.headers["authorization"] for request in others} == {"Bearer BQD-x_y"}
    assert {request["limit"] for request in others if request.query.get("type") == "track"} == {"10"}


@pytest.mark.parametrize(
    "refused",
    [Reply(400, b'{"error": "invalid_client"}'), Reply(200, b"<html>"), json_reply({"access_token": "a\r\nb"})],
)
async def test_without_a_token_no_request_is_made(provider: Provider, batch: ImportBatch, refused: Reply) -> None:
    provider.answers["/api/token"] = lambda _: refused

    with pytest.raises(SourceDown, match="no token"):
        await spotify_at(provider).gather(batch)

    assert provider.paths() == ["/api/token"]


@pytest.mark.parametrize("field", ["item", "track"])
async def test_readable_playlists_are_read(
    spotify: Spotify, provider: Provider, batch: ImportBatch, field: str
) -> None:
    """Null playlists, episodes and missing tracks are skipped. Since 2026 the track has a new field name."""
    entries = [{field: track(7)}, {field: None}, {field: track(8, type="episode")}, {field: track(9, id=None)}]
    search = provider.answers["/v1/search"]
    provider.answers["/v1/search"] = lambda request: (
        json_reply({"playlists": {"items": [None, {"id": PLAYLIST, "name": "Ambient"}]}})
        if (request["type"], request["q"]) == ("playlist", "ambient")
        else search(request)
    )
    provider.answers[f"/v1/playlists/{PLAYLIST}/items"] = lambda request: json_reply(
        {"items": entries if request["offset"] == "0" else []}
    )

    await spotify.gather(batch)

    assert list(batch.items) == [id_of(1), id_of(2), id_of(3), id_of(7)]
    assert batch.skipped == 3


async def test_a_refused_playlist_is_skipped(spotify: Spotify, provider: Provider, batch: ImportBatch) -> None:
    """In development mode it is refused. The tracks of the search stay."""
    search = provider.answers["/v1/search"]
    provider.answers["/v1/search"] = lambda request: (
        json_reply({"playlists": {"items": [{"id": PLAYLIST}]}}) if request["type"] == "playlist" else search(request)
    )
    provider.answers[f"/v1/playlists/{PLAYLIST}/items"] = always_reply({"error": {"status": 403}}, 403)

    await spotify.gather(batch)

    assert (len(batch.items), batch.skipped) == (3, len(MUSIC_GENRES))


async def test_audio_features_refine_the_point(spotify: Spotify, provider: Provider, batch: ImportBatch) -> None:
    """If they are offered. A track without features keeps the point of its genre."""
    provider.answers["/v1/audio-features"] = always_reply(
        {"audio_features": [{"id": id_of(1), "valence": 0.9, "energy": 0.25, "key": 4}, None, {"id": id_of(3)}]}
    )

    await spotify.gather(batch)

    leads = [(row["leads_valence"], row["leads_arousal"]) for row in (item.row() for item in batch.items.values())]
    assert leads == [(0.75, -0.4), FLAVOURS["calming"].leads, FLAVOURS["calming"].leads]
    assert provider.requests[-1]["ids"] == ",".join(batch.items)


async def test_missing_audio_features_are_no_failure(spotify: Spotify, batch: ImportBatch, log_lines: LogLines) -> None:
    """They are closed to apps made since 27 November 2024. The log says so once."""
    await spotify.gather(batch)

    assert log_lines.of("audio_features_not_offered") == [{"reason": "status 403"}]
    assert (len(batch.items), batch.skipped) == (3, 0)


async def test_a_track_of_two_genres_has_both_flavours(
    spotify: Spotify, provider: Provider, batch: ImportBatch
) -> None:
    """It is one item, however many searches find it."""
    everywhere = {"tracks": {"items": [track(1), track(1)]}}
    provider.answers["/v1/search"] = lambda request: json_reply(
        everywhere if request["q"] in {'genre:"ambient"', 'genre:"funk"'} else {"tracks": {"items": []}}
    )

    await spotify.gather(batch)

    assert [item.flavours for item in batch.items.values()] == [{"calming", "lively"}]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "a string",
        track(5, id="../../me"),
        track(5, name=""),
        track(5, name="x" * 201),
        track(5, name="Nul\x00"),
        track(5, name="Turned\u202eround"),
        track(5, name="I want to kill myself"),
        track(5, name=5),
        track(5, duration_ms="241000"),
        track(5, duration_ms=0),
        track(5, duration_ms=10**12),
        track(5, explicit=True),
        track(5, artists=[]),
        track(5, artists=[{"name": ""}]),
        track(5, album={"name": ""}),
        track(5, album={"name": "How to kill myself"}),
        track(5, album=None),
        track(5, album={"name": "A", "images": [{"url": "https://evil.example/x.jpg"}]}),
        track(5, album={"name": "A", "images": [{"url": "http://i.scdn.co/x.jpg"}]}),
        track(5, album={"name": "A", "images": [{"url": "https://i.scdn.co@evil.example/x.jpg"}]}),
        track(5, album={"name": "A", "images": [{"url": "https://i.scdn.co:8443/x.jpg"}]}),
        track(5, album={"name": "A", "images": [{"url": "javascript:alert(1)"}]}),
    ],
)
async def test_an_invalid_track_is_left_out(
    spotify: Spotify, provider: Provider, batch: ImportBatch, log_lines: LogLines, bad: object
) -> None:
    """Only this track. It is counted, and logged without its contents."""
    searching(provider, "ambient", track(1), bad, track(2))

    await spotify.gather(batch)

    assert (list(batch.items), batch.skipped) == ([id_of(1), id_of(2)], 1)
    [skipped] = log_lines.of("content_skipped")
    assert skipped["provider"] == "spotify"
    assert "evil" not in skipped["reason"]
    assert "kill" not in skipped["reason"]


async def test_items_read_before_a_refusal_are_kept(spotify: Spotify, provider: Provider, batch: ImportBatch) -> None:
    """A rate limit ends the run, and the items read before are stored."""
    search = provider.answers["/v1/search"]
    provider.answers["/v1/search"] = lambda request: (
        search(request) if "ambient" in request["q"] else json_reply({}, 429, **{"Retry-After": "86400"})
    )

    with pytest.raises(SourceDown):
        await spotify.gather(batch)

    assert len(batch.items) == 3
