"""Buying and changing premium, on pages of Stripe."""

from hashlib import sha256

from functions.premium import queries
from functions.premium.errors import AlreadyPremium, NothingBought
from functions.premium.queries import SubscriberRow
from functions.premium.settings import PremiumSettings
from functions.premium.subscriptions import refresh
from shared.http import Call, LongCall
from shared.ids import new_id
from shared.stripe import Fields, PaymentsNotSetUp, Stripe, StripeModel

CHECKOUT_MINUTES = 30  # the least that Stripe accepts


class StripeCustomer(StripeModel):
    id: str


class StripePage(StripeModel):
    url: str


async def begin_checkout(call: LongCall) -> str:
    """The address of a checkout. Raises `AlreadyPremium`, so that nobody pays twice."""
    settings = call.services.settings
    stripe, price = Stripe(settings), settings.of(PremiumSettings).stripe_price
    if price is None:
        raise PaymentsNotSetUp
    customer = await _customer(call, stripe)
    entitlement = await refresh(call.services, customer)  # the event of a payment may still be on its way
    if entitlement.premium_until or entitlement.payment_failed:
        raise AlreadyPremium
    fields: Fields = {
        "mode": "subscription",
        "customer": customer,
        "line_items[0][price]": price,
        "line_items[0][quantity]": 1,
        "expires_at": int(call.now.timestamp()) + CHECKOUT_MINUTES * 60 + 60,
        "success_url": f"{settings.app_address}/premium?checkout=paid",
        "cancel_url": f"{settings.app_address}/premium?checkout=left",
    }
    return (await stripe.post(StripePage, "/v1/checkout/sessions", fields, str(new_id()))).url


async def open_portal(call: LongCall) -> str:
    """The address of the page where a person cancels, or changes the card. Raises `NothingBought`."""
    subscriber = await call.in_transaction(_load_subscriber)
    if subscriber is None:
        raise NothingBought
    fields = {"customer": subscriber.customer, "return_url": f"{call.services.settings.app_address}/premium"}
    stripe = Stripe(call.services.settings)
    return (await stripe.post(StripePage, "/v1/billing_portal/sessions", fields, str(new_id()))).url


async def _customer(call: LongCall, stripe: Stripe) -> str:
    """The person's customer at Stripe. Stripe is told neither their name, nor their address, nor their id."""
    subscriber = await call.in_transaction(_load_subscriber)
    if subscriber:
        return subscriber.customer
    # Two devices at the same time get the same customer.
    key = f"customer-{sha256(call.person.id.bytes).hexdigest()}"
    customer = (await stripe.post(StripeCustomer, "/v1/customers", {"description": "A person of Mend"}, key)).id

    async def store(transaction: Call) -> SubscriberRow | None:
        queries.insert_subscriber(transaction.conn, customer)
        return await queries.load_subscriber(transaction.conn)

    stored = await call.in_transaction(store)
    return stored.customer if stored else customer


async def _load_subscriber(call: Call) -> SubscriberRow | None:
    return await queries.load_subscriber(call.conn)
