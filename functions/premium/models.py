"""The answers of `premium`."""

from datetime import datetime

from pydantic import Field

from shared.http import ResponseModel


class Entitlements(ResponseModel):
    """What you have paid for. Check-ins, plans, help lines and the safety plan never depend on it."""

    premium: bool = Field(description="Whether you have premium now.", examples=[True])
    premium_until: datetime | None
    renews: bool
    payment_failed: bool


class PaymentPage(ResponseModel):
    """A page of Stripe. It leads back to the app."""

    url: str
