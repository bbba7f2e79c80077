"""Sends requests to Stripe, which takes payments. Only its own pages see means of payment."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeAlias, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError

from shared import logs
from shared.errors import NotFound, Unavailable
from shared.outbound.messages import Limits, OutboundRequest, OutboundResponse, RequestFailed
from shared.settings import Settings

API = "https://api.stripe.com"
VERSION = "2025-09-30.clover"  # of the API; our models read its responses
FORM = "application/x-www-form-urlencoded"
LIMITS = Limits(seconds=15, request_seconds=8, response_bytes=1024 * 1024)

Fields: TypeAlias = Mapping[str, str | int]
M = TypeVar("M", bound="StripeModel")


class PaymentsNotSetUp(NotFound):
    """Nothing can be bought here."""

    code = "payments_not_set_up"


class PaymentsUnavailable(Unavailable):
    """The payment service did not answer. Try again shortly."""

    code = "payments_unavailable"


class NoSuchObject(Exception):
    """Stripe does not have, or no longer has, the object that a request names."""


class StripeModel(BaseModel):
    """The fields that are used. Other fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)


class StripeError(StripeModel):
    code: str = ""


class ErrorResponse(StripeModel):
    error: StripeError


class Stripe:
    """The API of Stripe with the key of this installation. Raises `PaymentsNotSetUp` if there is none."""

    def __init__(self, settings: Settings) -> None:
        if settings.stripe_key is None:
            raise PaymentsNotSetUp
        self._url = settings.stripe_url or API
        self._headers = {
            "Authorization": f"Bearer {settings.stripe_key.get_secret_value()}",
            "Stripe-Version": VERSION,
        }

    async def get(self, kind: type[M], route: str, params: Fields) -> M:
        return await self._send(kind, OutboundRequest("GET", route, params=params, repeatable=True))

    async def post(self, kind: type[M], route: str, fields: Fields, idempotency_key: str, **parts: str) -> M:
        headers, body = {"Content-Type": FORM, "Idempotency-Key": idempotency_key}, urlencode(fields).encode()
        request = OutboundRequest("POST", route, parts, headers=headers, body=body, repeatable=True)
        return await self._send(kind, request)

    async def delete(self, route: str, id_: str) -> None:
        await self._send(StripeModel, OutboundRequest("DELETE", route, {"id": id_}, repeatable=True))

    async def _send(self, kind: type[M], request: OutboundRequest) -> M:
        """The object of the response. Raises `NoSuchObject`, or `PaymentsUnavailable` for what no person can mend.

        The text of an error may repeat what was sent, so only its code is logged.
        """
        response = await self._answer(request)
        try:
            if response.status == HTTPStatus.OK and not response.incomplete:
                return kind.model_validate_json(response.body)
            code = ErrorResponse.model_validate_json(response.body).error.code
        except ValidationError:
            code = "unreadable"
        if code == "resource_missing":
            raise NoSuchObject
        logs.warn("stripe_refused", status=response.status, code=code)
        raise PaymentsUnavailable

    async def _answer(self, request: OutboundRequest) -> OutboundResponse:
        from shared.outbound.host import Host
        from shared.outbound.run import Run

        try:
            async with Run(Host(self._url, LIMITS, self._headers)) as run:
                return await run.send(request)
        except RequestFailed as error:
            raise PaymentsUnavailable from error
