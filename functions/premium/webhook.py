"""Verifies the events that Stripe sends, and finds whose subscriptions they are about.

An event only says that something has changed: events may be repeated, late and in any order, so what has changed is
read from Stripe.
"""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, JsonValue, SecretStr, ValidationError

from functions.premium.errors import UnsignedEvent
from shared.errors import Invalid
from shared.http.responses import JSON
from shared.stripe import StripeModel

TOLERANCE = timedelta(minutes=5)
MAX_BYTES = 256 * 1024
MOST_SIGNATURES = 10  # there are two while the secret is being replaced
LONGEST_TIME = 12  # digits


class EventBody:
    """Reads the body of an event as its bytes, which are what is signed."""

    media_types = (JSON,)
    max_bytes = MAX_BYTES

    def read(self, content_type: str, body: bytes) -> bytes:  # noqa: ARG002 - part of the `BodyReader` protocol
        return body

    def models(self) -> tuple[type[BaseModel], ...]:
        return ()

    def schema(self, media_type: str, _: Callable[[type[BaseModel]], dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "object", "description": "An event of Stripe", "examples": [{"id": "evt_1", "object": "event"}]}


class StripeEventData(StripeModel):
    object: dict[str, JsonValue]


class StripeEvent(StripeModel):
    data: StripeEventData


def verify(secret: SecretStr, header: str, body: bytes, now: datetime) -> None:
    """Raises `UnsignedEvent` unless Stripe signed this body within the tolerance."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    signed_at = next((value for name, _, value in parts if name == "t"), "")
    signatures = [value.encode() for name, _, value in parts if name == "v1"][:MOST_SIGNATURES]
    if not (signed_at.isascii() and signed_at.isdigit()) or len(signed_at) > LONGEST_TIME:
        raise UnsignedEvent
    if abs(now.timestamp() - int(signed_at)) > TOLERANCE.total_seconds():
        raise UnsignedEvent
    key = secret.get_secret_value().encode()
    expected = hmac.new(key, signed_at.encode() + b"." + body, "sha256").hexdigest().encode()
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        raise UnsignedEvent


def customer_of(body: bytes) -> str | None:
    """The customer that the object of an event belongs to, if it has one."""
    try:
        customer = StripeEvent.model_validate_json(body).data.object.get("customer")
    except ValidationError:
        raise Invalid from None
    return customer if isinstance(customer, str) else None
