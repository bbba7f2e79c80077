"""The answers of `premium`."""

from datetime import datetime

from pydantic import Field

from shared.http import ResponseModel


class Entitlements(ResponseModel):
    """What you have paid for. Check-ins, plans, help lines and the safety plan never depend on it."""

    premium: bool = Field(description="Whether you have premium now.", examples=[True])
    premium_until: datetime | None = Field(description="When premium ends unless it is renewed. Null without premium.")
    renews: bool = Field(description="Whether it is renewed until you cancel it.")
    payment_failed: bool = Field(description="Whether a payment failed. Premium goes on for 14 days meanwhile.")


class PaymentPage(ResponseModel):
    """A page of Stripe. It leads back to the app."""

    url: str
