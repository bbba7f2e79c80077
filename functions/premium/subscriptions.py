"""What a customer has at Stripe: read anew each time, and stored as what it entitles to."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from functions.premium import queries
from functions.premium.rules.entitlement import Entitlement, SubscriptionTerms, entitlement
from shared.services import Services
from shared.stripe import Fields, NoSuchObject, Stripe, StripeModel

MOST_SUBSCRIPTIONS = 100

Seconds = Annotated[int, Field(ge=0, lt=2**33)]


class StripeItem(StripeModel):
    current_period_start: Seconds
    current_period_end: Seconds


class StripeItems(StripeModel):
    data: Annotated[list[StripeItem], Field(min_length=1)]


class StripeSubscription(StripeModel):
    status: str
    cancel_at: Seconds | None = None
    items: StripeItems

    @property
    def terms(self) -> SubscriptionTerms:
        return SubscriptionTerms(
            self.status,
            max(_moment(item.current_period_start) for item in self.items.data),
            max(_moment(item.current_period_end) for item in self.items.data),
            None if self.cancel_at is None else _moment(self.cancel_at),
        )


class StripeSubscriptions(StripeModel):
    data: list[StripeSubscription]


async def refresh(parts: Services, customer: str) -> Entitlement:
    """Read what a customer has, and store it. Nothing is read for a customer of somebody else.

    Two reads may overlap. The one that began last is stored: it saw everything that led to an earlier one.
    """
    async with parts.database.service() as conn:
        read = await queries.begin_read(conn, customer)
    if read is None:
        return Entitlement()
    entitled = entitlement([subscription.terms for subscription in await _subscriptions(parts, customer)])
    async with parts.database.service() as conn:
        queries.store_read(conn, customer, read, entitled)
    return entitled


async def _subscriptions(parts: Services, customer: str) -> list[StripeSubscription]:
    """All that have not ended."""
    params: Fields = {"customer": customer, "limit": MOST_SUBSCRIPTIONS}
    try:
        return (await Stripe(parts.settings).get(StripeSubscriptions, "/v1/subscriptions", params)).data
    except NoSuchObject:
        return []


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
