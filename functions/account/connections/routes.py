"""The routes of connections to other services, by OAuth 2.0 with PKCE."""

from starlette.responses import Response

from functions.account.connections import player, queries, state
from functions.account.connections.models import (
    CallbackQuery,
    ConnectionStart,
    Played,
    ServiceConnection,
    ServiceConnections,
)
from functions.account.connections.providers import Provider, providers
from functions.account.connections.queries import StoredTokens
from functions.account.connections.revocation import revoke_all
from functions.account.connections.tokens import GrantRefused, exchange
from functions.account.errors import ConnectionExpired, ConnectionRefused, NoSuchProvider
from shared.http import Call, JsonBody, LongCall, LongOperation, Operation, model_response
from shared.settings import Settings


async def list_connections(call: Call) -> Response:
    """List the services that you can connect, and those that you have connected."""
    connected = await queries.load_connected(call.conn)
    available = providers(call.services.settings).values()
    return model_response(
        ServiceConnections(
            connections=[
                ServiceConnection(provider=each.name, connected_at=connected.get(each.name)) for each in available
            ]
        )
    )


async def begin_connection(call: Call) -> Response:
    """Begin to connect a service: open the page that the answer names, where you agree."""
    settings, provider = call.services.settings, _provider(call.services.settings, call.path["provider"])
    url = state.begin(call.services.sealer, call.person.id, provider, _redirect_uri(settings), call.now)
    return model_response(ConnectionStart(authorize_url=url), 201)


async def complete_connection(call: LongCall[None, CallbackQuery]) -> Response:
    """Complete a connection. The app calls this with the query that the page of the provider led back with."""
    settings, sealer = call.services.settings, call.services.sealer
    begun = state.read(sealer, call.person.id, call.query.state, call.now)
    provider = _provider(settings, begun.provider)
    if call.query.code is None:
        raise ConnectionRefused
    try:
        fresh = await exchange(provider, call.query.code, begun.verifier, _redirect_uri(settings), call.now)
    except GrantRefused:
        raise ConnectionExpired from None
    sealed = fresh.tokens.seal(sealer, provider, call.person.id)

    async def store(transaction: Call[None, CallbackQuery]) -> None:
        queries.store_tokens(transaction.conn, provider.name, sealed, fresh.expires_at, call.now)

    await call.in_transaction(store)
    return model_response(ServiceConnection(provider=provider.name, connected_at=call.now))


async def end_connection(call: LongCall) -> Response:
    """End a connection. Its tokens are deleted, and revoked where the service offers that."""
    provider = _provider(call.services.settings, call.path["provider"])
    sealed = await call.in_transaction(lambda one: queries.delete_connection(one.conn, provider.name))
    if sealed:
        await revoke_all(call.services, call.person.id, [StoredTokens(provider.name, sealed)])
    return Response(status_code=204)


async def play_track(call: LongCall[Played]) -> Response:
    """Play a track of the catalogue in your own Spotify player."""
    await player.play(call, _provider(call.services.settings, "spotify"))
    return Response(status_code=204)


def _provider(settings: Settings, name: str) -> Provider:
    provider = providers(settings).get(name)
    if provider is None:
        raise NoSuchProvider
    return provider


def _redirect_uri(settings: Settings) -> str:
    """A page of the app: only there, the person who comes back is known to be the one who began."""
    return f"{settings.app_address}/connections"


OPERATIONS = (
    Operation("GET", "/connections", list_connections, {200: ServiceConnections}),
    Operation("POST", "/connections/{provider:str}", begin_connection, {201: ConnectionStart}),
    LongOperation(
        "GET",
        "/connections/callback",
        complete_connection,
        {200: ServiceConnection},
        query=CallbackQuery,
        has_effect=True,
    ),
    LongOperation("DELETE", "/connections/{provider:str}", end_connection, {204: None}),
    LongOperation("PUT", "/connections/spotify/player", play_track, {204: None}, body=JsonBody(Played)),
)
