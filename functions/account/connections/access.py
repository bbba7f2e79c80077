"""The access token of a person's connection, refreshed by one process at a time.

A refresh token that rotates is void once it was used: two processes that use it would lose the connection.
"""

from datetime import timedelta
from typing import Any

from functions.account.connections import queries
from functions.account.connections.providers import Provider
from functions.account.connections.tokens import GrantRefused, Tokens, refresh
from functions.account.errors import BeingRefreshed, ConnectionEnded, NotConnected, ProviderUnavailable
from shared.clock import utc_now
from shared.http import Call, LongCall
from shared.sealed_secrets import Unsealable

EARLY = timedelta(minutes=1)  # before it expires, a token is refreshed
LEASE = timedelta(seconds=30)  # longer than a refresh takes


async def access_token(call: LongCall[Any], provider: Provider) -> str:
    """Raises `NotConnected`, `ConnectionEnded`, `BeingRefreshed` and `ProviderUnavailable`."""
    now = utc_now()
    leased_until = now + LEASE
    taken = await call.in_transaction(
        lambda one: queries.take_tokens(one.conn, provider.name, now + EARLY, now, leased_until)
    )
    if taken is None:
        raise NotConnected
    if taken.expired and not taken.leased:
        raise BeingRefreshed

    async def end(transaction: Call[Any]) -> None:
        queries.delete_leased(transaction.conn, provider.name, leased_until)

    async def release(transaction: Call[Any]) -> None:
        queries.end_lease(transaction.conn, provider.name, leased_until)

    try:
        tokens = Tokens.unseal(call.services.sealer, provider, call.person.id, taken.tokens)
        if not taken.expired:
            return tokens.access
        fresh = await refresh(provider, tokens, now)
    except (GrantRefused, Unsealable):
        await call.in_transaction(end)
        raise ConnectionEnded from None
    except ProviderUnavailable:
        await call.in_transaction(release)
        raise
    sealed = fresh.tokens.seal(call.services.sealer, provider, call.person.id)

    async def store(transaction: Call[Any]) -> None:
        queries.store_refreshed(transaction.conn, provider.name, sealed, fresh.expires_at, leased_until)

    await call.in_transaction(store)
    return fresh.tokens.access
