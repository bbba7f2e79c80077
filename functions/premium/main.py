"""premium: what a person has paid for. Stripe takes the payments and tells of changes."""

from datetime import UTC

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.premium import purchases, queries
from functions.premium.models import Entitlements, PaymentPage
from functions.premium.settings import PremiumSettings
from functions.premium.subscriptions import refresh
from functions.premium.webhook import EventBody, customer_of, verify
from shared.clock import utc_now
from shared.http import Api, Call, LongCall, LongOperation, Operation, PublicCall, PublicOperation, model_response
from shared.stripe import PaymentsNotSetUp


async def get_entitlements(call: Call) -> Response:
    """Get what you have paid for."""
    subscriber = await queries.load_subscriber(call.conn)
    until = subscriber.premium_until if subscriber else None
    premium = until is not None and until > call.now
    return model_response(
        Entitlements(
            premium=premium,
            premium_until=until.astimezone(UTC) if until and premium else None,
            renews=bool(subscriber and subscriber.renews and premium),
            payment_failed=bool(subscriber and subscriber.payment_failed),
        )
    )


async def begin_checkout(call: LongCall) -> Response:
    """Get a page of Stripe where you buy premium. Afterwards, GET /premium/entitlements has it within seconds."""
    return model_response(PaymentPage(url=await purchases.begin_checkout(call)), 201)


async def open_portal(call: LongCall) -> Response:
    """Get a page of Stripe where you cancel premium, change how you pay, and find your invoices."""
    return model_response(PaymentPage(url=await purchases.open_portal(call)), 201)


async def receive_event(call: PublicCall) -> Response:
    """Take an event of Stripe. Its subscriptions are read anew; an answer of 5xx has Stripe send it again."""
    secret = call.services.settings.of(PremiumSettings).stripe_webhook_secret
    if secret is None:
        raise PaymentsNotSetUp
    verify(secret, call.headers.get("stripe-signature", ""), call.body, utc_now())
    if customer := customer_of(call.body):
        await refresh(call.services, customer)
    return Response(status_code=204)


app = Api(
    "premium",
    Operation("GET", "/entitlements", get_entitlements, {200: Entitlements}),
    LongOperation("POST", "/checkout", begin_checkout, {201: PaymentPage}),
    LongOperation("POST", "/portal", open_portal, {201: PaymentPage}),
    PublicOperation("POST", "/stripe", receive_event, {204: None}, counted=False, body=EventBody()),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def premium(_: Request) -> ASGIApp:
    return app
