"""Revokes the tokens of connections that have ended."""

from collections.abc import Sequence
from uuid import UUID

from functions.account.connections.providers import providers
from functions.account.connections.queries import StoredTokens
from functions.account.connections.tokens import Tokens, revoke
from functions.account.errors import ProviderUnavailable
from shared import logs
from shared.sealed_secrets import Unsealable
from shared.services import Services


async def revoke_all(parts: Services, person: UUID, stored: Sequence[StoredTokens]) -> None:
    """Revoke what can be revoked. The rest expires by itself: our copy is deleted in any case."""
    available = providers(parts.settings)
    for name, sealed in stored:
        if provider := available.get(name):
            try:
                await revoke(provider, Tokens.unseal(parts.sealer, provider, person, sealed))
            except (ProviderUnavailable, Unsealable) as error:
                logs.warn("tokens_not_revoked", provider=name, reason=type(error).__name__)
