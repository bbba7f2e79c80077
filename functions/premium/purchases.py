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
MOST_CHECKOUTS = 100


class StripeCustomer(StripeModel):
    id: str


class StripePage(StripeModel):
    url: str


class StripeSession(StripeModel):
    id: str


class StripeSessions(StripeModel):
    data: list[StripeSession]  # newest first


async def begin_checkout(call: LongCall) -> str:
    """The address of a checkout, the only one that is open. Raises `AlreadyPremium`, so that nobody pays twice.

    What was paid is read last: a payment in an earlier checkout is seen, or its checkout has expired before.
    """
    settings = call.services.settings
    stripe, price = Stripe(settings), settings.of(PremiumSettings).stripe_price
    if price is None:
        raise PaymentsNotSetUp
    customer = await _customer(call, stripe)
    fields: Fields = {
        "mode": "subscription",
        "customer": customer,
        "line_items[0][price]": price,
        "line_items[0][quantity]": 1,
        "expires_at": int(call.now.timestamp()) + CHECKOUT_MINUTES * 60 + 60,
        "success_url": f"{settings.app_address}/premium?checkout=paid",
        "cancel_url": f"{settings.app_address}/premium?checkout=left",
    }
    page = await stripe.post(StripePage, "/v1/checkout/sessions", fields, str(new_id()))
    await _expire_older_checkouts(stripe, customer)
    entitlement = await refresh(call.services, customer)
    if entitlement.premium_until or entitlement.payment_failed:
        raise AlreadyPremium
    return page.url


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


async def _expire_older_checkouts(stripe: Stripe, customer: str) -> None:
    """Of checkouts that two devices begin at the same time, the newest stays open as well."""
    params: Fields = {"customer": customer, "status": "open", "limit": MOST_CHECKOUTS}
    for session in (await stripe.get(StripeSessions, "/v1/checkout/sessions", params)).data[1:]:
        await stripe.post(StripeSession, "/v1/checkout/sessions/{id}/expire", {}, str(new_id()), id=session.id)


async def _load_subscriber(call: Call) -> SubscriberRow | None:
    return await queries.load_subscriber(call.conn)
