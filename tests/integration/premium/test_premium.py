"""Buying premium, renewing it, cancelling it, and failing to pay."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from functions.account.erasure.queries import begin_erasure
from functions.account.erasure.steps import complete
from functions.premium.rules.entitlement import GRACE, LATENESS
from infra.local.stripe import LocalStripe, signature
from infra.registry import ROOT
from shared.clock import utc_now
from shared.services import Services
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.servers import NO_TLS

MONTH = timedelta(days=30)
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def webhook(person: Client, client_for: ClientFactory) -> Client:
    """Stripe, which has no sign-in."""
    del person
    return client_for("premium", signed_in=False)


SALE = "mend.subscribers"  # whatever reads it depends on payment


async def deliver(webhook: Client, stripe: LocalStripe, body: bytes | None = None) -> httpx.Response:
    """Send an event, by default the latest one, as Stripe does."""
    content = body or stripe.events[-1]
    signed = signature(stripe.secret, content, int(utc_now().timestamp()))
    return await webhook.post("/stripe", content=content, headers={**JSON, "Stripe-Signature": signed})


async def pay(stripe: LocalStripe, page: str) -> int:
    """Press the button of a checkout. Returns the status of the page."""
    async with httpx.AsyncClient(base_url=stripe.url, verify=NO_TLS) as browser:
        return (await browser.post(urlsplit(page).path, data={"does": "pay"})).status_code


async def buy(person: Client, webhook: Client, stripe: LocalStripe) -> dict[str, object]:
    """Go through the checkout. Returns the subscription."""
    assert await pay(stripe, (await person.post("/checkout")).json()["url"]) == 303
    assert (await deliver(webhook, stripe)).status_code == 204
    return [*stripe.subscriptions.values()][-1]


async def entitlements(person: Client) -> dict[str, object]:
    answer: dict[str, object] = (await person.get("/entitlements")).json()
    return answer


async def test_nobody_has_premium_at_first(person: Client) -> None:
    """Nothing is stored about somebody who was never at the checkout."""
    expected = {"premium": False, "premium_until": None, "renews": False, "payment_failed": False}

    assert await entitlements(person) == expected


async def test_who_has_paid_has_premium(person: Client, webhook: Client, stripe: LocalStripe) -> None:
    """Until the end of the period, and three days more, because the event of the renewal may be late."""
    await buy(person, webhook, stripe)

    entitled = await entitlements(person)

    until = datetime.fromisoformat(str(entitled["premium_until"]))
    assert (entitled["premium"], entitled["renews"]) == (True, True)
    assert timedelta(0) <= utc_now() + MONTH + LATENESS - until < timedelta(minutes=5)


async def test_stripe_is_told_nothing_about_the_person(person: Client, webhook: Client, stripe: LocalStripe) -> None:
    """Neither id nor address."""
    await buy(person, webhook, stripe)

    assert [{**customer, "id": ""} for customer in stripe.customers.values()] == [
        {"id": "", "object": "customer", "description": "A person of Mend"}
    ]


async def test_who_has_premium_cannot_buy_it_again(person: Client, webhook: Client, stripe: LocalStripe) -> None:
    """Stripe is asked, because the event of the payment may still be on its way."""
    await buy(person, webhook, stripe)

    answer = await person.post("/checkout")

    assert (answer.status_code, answer.json()["code"]) == (409, "already_premium")


async def test_two_checkouts_are_of_one_customer(person: Client, stripe: LocalStripe) -> None:
    """Whoever leaves a checkout begins another one."""
    await person.post("/checkout")
    await person.post("/checkout")

    assert len(stripe.customers) == 1


async def test_only_the_newest_checkout_can_be_paid(person: Client, stripe: LocalStripe) -> None:
    """The pages of earlier ones have expired, so that nobody pays in two."""
    pages = [(await person.post("/checkout")).json()["url"] for _ in range(3)]

    statuses = [await pay(stripe, page) for page in pages]

    assert (statuses, len(stripe.subscriptions)) == ([410, 410, 303], 1)


async def test_checkouts_of_two_devices_at_once_leave_one_open(person: Client, stripe: LocalStripe) -> None:
    """Whichever is the newest. On the other device, the page says that it has expired."""
    await person.post("/checkout")

    await asyncio.gather(person.post("/checkout"), person.post("/checkout"))

    assert Counter(session["status"] for session in stripe.sessions.values()) == {"expired": 2, "open": 1}


async def test_a_payment_in_an_earlier_checkout_ends_the_next_one(person: Client, stripe: LocalStripe) -> None:
    """Its address is then known to nobody."""
    page = (await person.post("/checkout")).json()["url"]
    await pay(stripe, page)

    answer = await person.post("/checkout")

    assert (answer.status_code, answer.json()["code"], len(stripe.subscriptions)) == (409, "already_premium", 1)


async def test_a_cancelled_subscription_ends_with_its_period(
    person: Client, webhook: Client, stripe: LocalStripe, client_for: ClientFactory, move_clock: ClockMover
) -> None:
    """Premium lasts as long as it was paid for, and not a day longer."""
    subscription = await buy(person, webhook, stripe)
    page = (await person.post("/portal")).json()["url"]
    async with httpx.AsyncClient(base_url=stripe.url, verify=NO_TLS) as browser:
        await browser.post(urlsplit(page).path, data={"does": "cancel"})
    await deliver(webhook, stripe)
    before = await entitlements(person)
    move_clock(timedelta(seconds=int(str(subscription["cancel_at"])) - utc_now().timestamp() + 1))

    after = await entitlements(client_for("premium", person.person))

    assert (before["premium"], before["renews"]) == (True, False)
    assert after["premium"] is False


async def test_a_failed_payment_leaves_premium_for_two_weeks(
    person: Client, webhook: Client, stripe: LocalStripe
) -> None:
    """Counted from the period that is not paid. Stripe tries again meanwhile."""
    subscription = await buy(person, webhook, stripe)
    await stripe.renew(subscription, paid=False)
    await deliver(webhook, stripe)

    entitled = await entitlements(person)

    until = datetime.fromisoformat(str(entitled["premium_until"]))
    assert (entitled["premium"], entitled["payment_failed"]) == (True, True)
    assert timedelta(0) <= utc_now() + MONTH + GRACE - until < timedelta(minutes=5)


async def test_the_portal_is_for_those_who_have_bought(person: Client) -> None:
    """Before, Stripe does not know them."""
    answer = await person.post("/portal")

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_bought")


async def test_who_is_erased_pays_nothing_more(
    person: Client, webhook: Client, stripe: LocalStripe, selling: Services, database: Clone
) -> None:
    """The customer is deleted at Stripe, which ends the subscription. A second try finds nothing left to do."""
    await buy(person, webhook, stripe)
    receipt = uuid4()
    async with selling.database.service() as conn:
        await begin_erasure(conn, person.person, receipt, "requested", utc_now())

    await complete(selling, receipt)

    assert (stripe.customers, {each["status"] for each in stripe.subscriptions.values()}) == ({}, {"canceled"})
    assert database.rows("SELECT vendors -> 'Stripe' FROM mend.erasures") == [("kept",)]
    assert database.rows("SELECT customer FROM mend.subscribers") == []


async def test_without_stripe_nothing_is_sold(client_for: ClientFactory) -> None:
    """And nothing is taken from a webhook."""
    person, nobody = client_for("premium"), client_for("premium", signed_in=False)

    answers = [await person.post("/checkout"), await nobody.post("/stripe", content=b"{}", headers=JSON)]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(404, "payments_not_set_up")] * 2


async def test_a_checkout_fails_while_stripe_is_away(person: Client, stripe: LocalStripe, selling: Services) -> None:
    """The person is told to try again."""
    object.__setattr__(selling, "settings", selling.settings.model_copy(update={"stripe_url": "http://127.0.0.1:9"}))

    answer = await person.post("/checkout")

    assert (answer.status_code, answer.json()["code"], stripe.customers) == (503, "payments_unavailable", {})


async def test_a_key_that_stripe_refuses_is_no_fault_of_the_person(person: Client, selling: Services) -> None:
    """The answer says nothing about the key."""
    changed = selling.settings.model_copy(update={"stripe_key": SecretStr("rk_wrong")})
    object.__setattr__(selling, "settings", changed)

    answer = await person.post("/checkout")

    assert (answer.status_code, "rk_wrong" in answer.text) == (503, False)


def test_nothing_but_premium_depends_on_payment() -> None:
    """Help lines, the safety plan, check-ins and plans do not know who pays. Erasure ends what is paid for."""
    sources = [path for folder in ("functions", "shared") for path in (ROOT / folder).rglob("*.py")]

    assert {path.relative_to(ROOT).parts[1] for path in sources if SALE in path.read_text(encoding="utf-8")} == {
        "account",
        "premium",
    }
