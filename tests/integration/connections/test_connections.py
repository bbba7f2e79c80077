"""Connecting Spotify and Google, and playing a track."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from functions.account.erasure.queries import begin_erasure
from functions.account.erasure.steps import complete
from infra.local.oauth_provider import LocalProvider
from shared.clock import utc_now
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.shared.files.storage_server import serving

TRACK = "1234567890123456789012"
INSERT_TRACK = """
    INSERT INTO public.content
        (id, key, kind, title, minutes, effort, fits, leads_valence, leads_arousal, provider, provider_id)
    VALUES (%s, 'spotify:1', 'music', 'A song', 3, 1, '{sad}', 0.5, 0, 'spotify', %s)
"""


@pytest.fixture
def provider() -> LocalProvider:
    return LocalProvider()


@pytest.fixture
def provider_url(provider: LocalProvider) -> Iterator[str]:
    with serving(provider.router()) as url:
        yield url


@pytest.fixture
async def connecting(settings: Settings, services: Services, provider_url: str) -> AsyncIterator[Services]:
    """The services of an installation with Spotify and Google."""
    environ = {
        "CONNECTIONS_URL": provider_url,
        "GOOGLE_CLIENT_ID": "google-id",
        "GOOGLE_CLIENT_SECRET": "google-secret",
    }
    changes = {"spotify_client_id": SecretStr("spotify-id"), "app_url": "https://app.example", "environ": environ}
    parts = Services(settings.model_copy(update=changes))
    use(parts)
    yield parts
    use(services)
    await parts.database.close()


@pytest.fixture
def person(connecting: Services, client_for: ClientFactory) -> Client:
    del connecting
    return client_for("account")


@pytest.fixture
def track(database: Clone) -> UUID:
    id_ = uuid4()
    with database.admin() as conn:
        conn.execute(INSERT_TRACK, (id_, TRACK))
    return id_


async def agree(person: Client, name: str = "spotify", *, does: str = "agree") -> Mapping[str, str]:
    """Open the page of the provider, and return the query that it leads back with."""
    page = (await person.post(f"/connections/{name}")).json()["authorize_url"]
    async with httpx.AsyncClient() as browser:
        answer = await browser.post(page, data={"does": does})
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://app.example/connections"
    return {key: value for key, [value] in parse_qs(address.query).items()}


async def connect(person: Client, name: str = "spotify") -> httpx.Response:
    return await person.get("/connections/callback", params=await agree(person, name))


async def listed(person: Client) -> dict[str, bool]:
    answer = (await person.get("/connections")).json()["connections"]
    return {each["provider"]: each["connected_at"] is not None for each in answer}


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("name", ["spotify", "google"])
async def test_a_service_is_connected(person: Client, name: str) -> None:
    """The person agrees on the page of the provider, and the app completes the connection."""
    answer = await connect(person, name)

    assert (answer.status_code, answer.json()["provider"]) == (200, name)
    assert await listed(person) == {"spotify": name == "spotify", "google": name == "google"}


async def test_only_s256_and_what_is_needed_is_asked_for(person: Client) -> None:
    """The secret of PKCE is in no address: neither open nor as a challenge that is the secret itself."""
    page = (await person.post("/connections/spotify")).json()["authorize_url"]

    asked = parse_qs(urlsplit(page).query)

    assert asked["scope"] == ["user-modify-playback-state"]
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert "client_secret" not in asked


async def test_nobody_else_can_complete_a_connection(person: Client, client_for: ClientFactory) -> None:
    """Otherwise somebody could lead another person's player to their own account."""
    query = await agree(person)
    other = client_for("account")

    answer = await other.get("/connections/callback", params=query)

    assert code_of(answer) == (409, "connection_expired")
    assert await listed(other) == await listed(person) == {"spotify": False, "google": False}


async def test_a_connection_is_completed_within_ten_minutes(
    person: Client, client_for: ClientFactory, move_clock: ClockMover
) -> None:
    """Later, it has to be begun again."""
    query = await agree(person)
    move_clock(timedelta(minutes=10))

    answer = await client_for("account", person.person).get("/connections/callback", params=query)

    assert code_of(answer) == (409, "connection_expired")


@pytest.mark.parametrize("state", ["x", "AAAA", "ä", "!" * 900])
async def test_a_state_that_is_not_ours_is_refused(person: Client, state: str) -> None:
    """Whatever it is."""
    answer = await person.get("/connections/callback", params={"state": state, "code": "c"})

    assert code_of(answer) == (409, "connection_expired")


async def test_a_code_is_used_once(person: Client) -> None:
    """The first connection stays."""
    query = await agree(person)
    first = await person.get("/connections/callback", params=query)
    second = await person.get("/connections/callback", params=query)

    assert (first.status_code, code_of(second)) == (200, (409, "connection_expired"))
    assert (await listed(person))["spotify"]


async def test_who_refuses_is_not_connected(person: Client) -> None:
    """The page leads back with an error instead of a code."""
    answer = await person.get("/connections/callback", params=await agree(person, does="refuse"))

    assert code_of(answer) == (409, "connection_refused")


async def test_an_unknown_service_cannot_be_connected(person: Client) -> None:
    """Nor one that this installation is not set up for."""
    assert code_of(await person.post("/connections/myspace")) == (404, "no_such_provider")


async def test_tokens_are_stored_sealed(
    person: Client, provider: LocalProvider, database: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are in no column, no log and no export in the clear."""
    await connect(person)
    exported = await person.get("/export")

    secrets = {*provider.access_tokens, *provider.refresh_tokens}
    [(row, tokens)] = database.rows("SELECT c::text, tokens FROM mend.connections AS c")
    texts = [row, tokens.decode("latin-1"), capsys.readouterr().out, exported.content.decode("latin-1")]
    assert (len(secrets), exported.status_code) == (2, 200)
    assert [secret for secret in secrets for text in texts if secret in text or secret.encode().hex() in text] == []


async def test_a_track_is_played(person: Client, provider: LocalProvider, track: UUID) -> None:
    """On the player of the person. Nothing else is sent to Spotify."""
    await connect(person)

    answer = await person.put("/connections/spotify/player", json={"content_id": str(track)})

    assert (answer.status_code, provider.played) == (204, [b'{"uris": ["spotify:track:%s"]}' % TRACK.encode()])


async def test_without_a_connection_nothing_is_played(person: Client, track: UUID) -> None:
    """The answer says what to do first."""
    answer = await person.put("/connections/spotify/player", json={"content_id": str(track)})

    assert code_of(answer) == (409, "not_connected")


@pytest.mark.parametrize("status", [403, 404])
async def test_without_a_player_nothing_is_played(
    person: Client, provider: LocalProvider, track: UUID, status: int
) -> None:
    """Spotify refuses without Premium, and finds no device that is on."""
    await connect(person)
    provider.player = status

    answer = await person.put("/connections/spotify/player", json={"content_id": str(track)})

    assert code_of(answer) == (409, "no_player")


async def test_an_item_of_somebody_else_is_not_played(person: Client) -> None:
    """Only what Spotify has."""
    await connect(person)

    assert (await person.put("/connections/spotify/player", json={"content_id": str(uuid4())})).status_code == 404


def expire(database: Clone) -> None:
    with database.admin() as conn:
        conn.execute("UPDATE mend.connections SET expires_at = %s", (utc_now(),))


async def test_tokens_are_refreshed_by_one_request_at_a_time(
    person: Client, provider: LocalProvider, track: UUID, database: Clone
) -> None:
    """A refresh token can be used once: if two requests used it, the connection would be lost."""
    await connect(person)
    first = {*provider.refresh_tokens}
    expire(database)

    body: Any = {"content_id": str(track)}
    answers = await asyncio.gather(*[person.put("/connections/spotify/player", json=body) for _ in range(2)])
    later = await person.put("/connections/spotify/player", json=body)

    assert {a.status_code for a in answers} <= {204, 503}
    assert later.status_code == 204
    assert (len(provider.refresh_tokens), first & provider.refresh_tokens) == (1, set())


async def test_a_lease_of_a_process_that_died_ends(person: Client, track: UUID, database: Clone) -> None:
    """Then another one refreshes the tokens."""
    await connect(person)
    expire(database)
    body: Any = {"content_id": str(track)}
    with database.admin() as conn:
        conn.execute("UPDATE mend.connections SET leased_until = %s", (utc_now() + timedelta(seconds=20),))
    busy = await person.put("/connections/spotify/player", json=body)
    with database.admin() as conn:
        conn.execute("UPDATE mend.connections SET leased_until = %s", (utc_now(),))

    answer = await person.put("/connections/spotify/player", json=body)

    assert (code_of(busy), answer.status_code) == ((503, "connection_busy"), 204)


async def test_a_connection_that_the_service_has_ended_is_gone(
    person: Client, provider: LocalProvider, track: UUID, database: Clone
) -> None:
    """Such as after six months at Spotify. The person connects it again."""
    await connect(person)
    expire(database)
    provider.refresh_tokens.clear()

    answer = await person.put("/connections/spotify/player", json={"content_id": str(track)})

    assert code_of(answer) == (409, "connection_ended")
    assert not (await listed(person))["spotify"]


async def test_an_ended_connection_is_revoked_and_gone(
    person: Client, provider: LocalProvider, database: Clone
) -> None:
    """Google revokes tokens. A second time there is nothing to do."""
    await connect(person, "google")
    [token] = provider.refresh_tokens

    answers = [await person.delete("/connections/google") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (provider.revoked, database.rows("SELECT provider FROM mend.connections")) == ([token], [])


async def test_erasure_revokes_connections(
    person: Client, provider: LocalProvider, connecting: Services, database: Clone
) -> None:
    """Before the tokens are deleted."""
    await connect(person, "google")
    receipt = uuid4()
    async with connecting.database.service() as conn:
        await begin_erasure(conn, person.person, receipt, "requested", utc_now())

    await complete(connecting, receipt)

    assert (len(provider.revoked), database.rows("SELECT provider FROM mend.connections")) == (1, [])


async def test_a_provider_that_is_away_changes_nothing(
    person: Client, connecting: Services, track: UUID, database: Clone
) -> None:
    """The tokens stay, and the lease is given back."""
    await connect(person)
    expire(database)
    environ = {**connecting.settings.environ, "CONNECTIONS_URL": "http://127.0.0.1:9"}
    object.__setattr__(connecting, "settings", connecting.settings.model_copy(update={"environ": environ}))

    answer = await person.put("/connections/spotify/player", json={"content_id": str(track)})

    assert code_of(answer) == (503, "provider_unavailable")
    assert database.rows("SELECT provider, leased_until FROM mend.connections") == [("spotify", None)]
