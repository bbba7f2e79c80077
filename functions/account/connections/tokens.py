"""Tokens of a provider: obtained for a code, refreshed, revoked. They are stored sealed, and never logged."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.account.connections.providers import LIMITS, Provider
from functions.account.errors import ProviderUnavailable
from shared import logs
from shared.outbound.messages import OutboundRequest, OutboundResponse, RequestFailed
from shared.sealed_secrets import Sealer

FORM = "application/x-www-form-urlencoded"
DEFAULT_SECONDS = 3600
REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}

TokenText = Annotated[str, Field(min_length=1, max_length=8192, pattern=r"^[\x21-\x7e]+$")]


class GrantRefused(Exception):
    """The provider refuses the code or the refresh token: it was used, has expired, or was revoked."""


class TokenResponse(BaseModel):
    """The fields that are used (RFC 6749, 5.1). A refresh may leave the refresh token as it is."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    access_token: TokenText = Field(repr=False)
    refresh_token: TokenText | None = Field(default=None, repr=False)
    expires_in: Annotated[int, Field(gt=0, le=10**7)] = DEFAULT_SECONDS


class Tokens(BaseModel):
    """What is sealed."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    access: TokenText = Field(repr=False)
    refresh: TokenText | None = Field(repr=False)

    def seal(self, sealer: Sealer, provider: Provider, person: UUID) -> bytes:
        return sealer.seal(provider.purpose, person, self.model_dump_json().encode())

    @classmethod
    def unseal(cls, sealer: Sealer, provider: Provider, person: UUID, sealed: bytes) -> "Tokens":
        return cls.model_validate_json(sealer.unseal(provider.purpose, person, sealed))


class FreshTokens(NamedTuple):
    tokens: Tokens
    expires_at: datetime


async def exchange(provider: Provider, code: str, verifier: str, redirect_uri: str, now: datetime) -> FreshTokens:
    """The tokens for a code. Raises `GrantRefused` and `ProviderUnavailable`."""
    fields = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
    return await _fresh(provider, fields, None, now)


async def refresh(provider: Provider, tokens: Tokens, now: datetime) -> FreshTokens:
    """New tokens. The old refresh token may be void afterwards. Raises `GrantRefused` and `ProviderUnavailable`."""
    if tokens.refresh is None:
        raise GrantRefused
    fields = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    return await _fresh(provider, fields, tokens.refresh, now)


async def revoke(provider: Provider, tokens: Tokens) -> None:
    """Revoke the tokens at a provider that can. Raises `ProviderUnavailable`."""
    if provider.revoke_route:
        await _send(provider, provider.revoke_route, {"token": tokens.refresh or tokens.access})


async def _fresh(provider: Provider, fields: Mapping[str, str], kept: str | None, now: datetime) -> FreshTokens:
    response = await _send(provider, provider.grant_route, {**fields, **provider.client})
    if response.status in REFUSED:
        raise GrantRefused
    try:
        answer = TokenResponse.model_validate_json(response.body if response.status == HTTPStatus.OK else b"")
    except ValidationError:
        logs.warn("tokens_unreadable", provider=provider.name, status=response.status)
        raise ProviderUnavailable from None
    tokens = Tokens(access=answer.access_token, refresh=answer.refresh_token or kept)
    return FreshTokens(tokens, now + timedelta(seconds=answer.expires_in))


async def _send(provider: Provider, route: str, fields: Mapping[str, str]) -> OutboundResponse:
    """A code and a rotating refresh token can be used once, so nothing is sent twice."""
    from shared.outbound.host import Host
    from shared.outbound.run import Run

    request = OutboundRequest("POST", route, headers={"Content-Type": FORM}, body=urlencode(fields).encode())
    try:
        async with Run(Host(provider.grants_host, LIMITS)) as run:
            return await run.send(request)
    except RequestFailed as error:
        raise ProviderUnavailable from error
