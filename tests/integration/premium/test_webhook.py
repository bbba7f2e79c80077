"""POST /premium/stripe: whose events are taken, and what they lead to in any order."""

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from starlette.requests import Request

from functions.premium.subscriptions import refresh
from infra.local.stripe import LocalStripe, signature
from shared.clock import utc_now
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone, sign_up
from tests.integration.shared.files.storage_server import serving

HISTORIES = 200
JSON = {"Content-Type": "application/json"}
EVENT = b'{"id": "evt_1", "data": {"object": {"customer": "cus_1"}}}'
INSERT_SUBSCRIBER = "INSERT INTO mend.subscribers (user_id, customer) VALUES (%s, %s)"
STORED = "SELECT customer, premium_until, payment_failed FROM mend.subscribers"


@pytest.fixture
def webhook(selling: Services, client_for: ClientFactory) -> Client:
    """Stripe, which has no sign-in."""
    del selling
    return client_for("premium", signed_in=False)


async def status_of(webhook: Client, body: bytes, signed: str) -> int:
    headers = {**JSON, "Stripe-Signature": signed}
    return (await webhook.post("/stripe", content=body, headers=headers)).status_code


def seconds_now() -> int:
    return int(utc_now().timestamp())


def valid(stripe: LocalStripe, body: bytes = EVENT) -> str:
    return signature(stripe.secret, body, seconds_now())


async def test_an_event_of_somebody_elses_customer_changes_nothing(webhook: Client, stripe: LocalStripe) -> None:
    """A Stripe account may sell other things, too. Its subscriptions are not read."""
    assert await status_of(webhook, EVENT, valid(stripe)) == 204


async def test_either_of_two_signatures_is_enough(webhook: Client, stripe: LocalStripe) -> None:
    """While the secret is being replaced, Stripe signs with both."""
    other = "0" * 64
    t, ours = valid(stripe).split(",")

    statuses = [
        await status_of(webhook, EVENT, ",".join(parts))
        for parts in ((t, ours, f"v1={other}"), (t, f"v1={other}", ours), (t, "v0=abc", ours))
    ]

    assert statuses == [204] * 3


@pytest.mark.parametrize(
    "header",
    ["", "t=", "v1=", "t=1,v1=abc", "t=²,v1=abc", "t=9999999999999999999999,v1=abc", "t,v1", "v1=ü", "t=-5,v1=", "=,="],
)
async def test_a_header_without_a_valid_signature_is_refused(webhook: Client, header: str) -> None:
    """Whatever it is."""
    answer = await webhook.post(
        "/stripe",
        content=EVENT,
        headers=[*JSON.items(), ("Stripe-Signature", header.encode())],  # type: ignore[arg-type]
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "unsigned_event")


@pytest.mark.parametrize(("late", "status"), [(290, 204), (310, 400), (-290, 204), (-310, 400)])
async def test_a_signature_is_valid_for_five_minutes(
    webhook: Client, stripe: LocalStripe, late: int, status: int
) -> None:
    """An event that was recorded on the way cannot be sent again later. Clocks may differ in both directions."""
    signed = signature(stripe.secret, EVENT, seconds_now() - late)

    assert await status_of(webhook, EVENT, signed) == status


async def test_a_changed_event_is_refused(webhook: Client, stripe: LocalStripe) -> None:
    """The signature covers every byte, and the time."""
    signed = valid(stripe)
    later = signed.replace(f"t={seconds_now()}", f"t={seconds_now() + 60}")

    assert [await status_of(webhook, EVENT + b" ", signed), await status_of(webhook, EVENT, later)] == [400, 400]


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data": 1}', b"nothing"])
async def test_a_signed_body_that_is_no_event_is_refused(webhook: Client, stripe: LocalStripe, body: bytes) -> None:
    """It has no effect."""
    assert await status_of(webhook, body, valid(stripe, body)) == 422


@pytest.mark.parametrize("customer", [None, {"id": "cus_1"}, 5])
async def test_an_event_without_a_customer_is_taken_without_effect(
    webhook: Client, stripe: LocalStripe, customer: object
) -> None:
    """Such as one of a product."""
    body = json.dumps({"data": {"object": {"customer": customer}}}).encode()

    assert await status_of(webhook, body, valid(stripe, body)) == 204


async def test_an_event_is_sent_again_while_stripe_is_away(
    webhook: Client, stripe: LocalStripe, selling: Services, database: Clone
) -> None:
    """A 503 has Stripe send it again."""
    with database.admin() as conn:
        conn.execute(INSERT_SUBSCRIBER, (sign_up(database), "cus_1"))
    object.__setattr__(selling, "settings", selling.settings.model_copy(update={"stripe_url": "http://127.0.0.1:9"}))

    assert await status_of(webhook, EVENT, valid(stripe)) == 503


class LateStripe(LocalStripe):
    """Sends its first list of subscriptions only when it may."""

    def __init__(self) -> None:
        super().__init__(customers={"cus_1": {"id": "cus_1"}})
        self.has_read, self.may_answer = threading.Event(), threading.Event()

    async def _list_subscriptions(self, request: Request, fields: Mapping[str, str]) -> dict[str, Any]:
        answer = deepcopy(await super()._list_subscriptions(request, fields))
        if not self.has_read.is_set():
            self.has_read.set()
            await asyncio.to_thread(self.may_answer.wait)
        return answer


async def test_a_read_that_is_overtaken_is_not_stored(selling: Services, database: Clone) -> None:
    """Two events arrive at the same time. The read that began first ends last, and has seen less."""
    late = LateStripe()
    with database.admin() as conn:
        conn.execute(INSERT_SUBSCRIBER, (sign_up(database), "cus_1"))
    subscription = await late.subscribe("cus_1")
    with serving(late.router()) as url:
        object.__setattr__(selling, "settings", selling.settings.model_copy(update={"stripe_url": url}))
        overtaken = asyncio.create_task(refresh(selling, "cus_1"))
        await asyncio.to_thread(late.has_read.wait)
        await late.change(subscription, status="canceled")
        await refresh(selling, "cus_1")
        late.may_answer.set()
        await overtaken

    assert database.rows(STORED) == [("cus_1", None, False)]


class History:
    """What happens to one customer, drawn by chance: events are forged, stale, repeated, reordered, and overlap."""

    def __init__(self, number: int, webhook: Client, stripe: LocalStripe) -> None:
        self._chance = Random(number)  # noqa: S311 - the same histories every time
        self._webhook, self._stripe = webhook, stripe
        self.customer = f"cus_{number}"
        stripe.customers[self.customer] = {"id": self.customer}

    async def live(self) -> None:
        chance, undelivered = self._chance, list[bytes]()
        for _ in range(chance.randint(1, 4)):
            event = await self._change()
            undelivered.append(event)
            if chance.random() < 0.3:
                await self._deliver([undelivered.pop(chance.randrange(len(undelivered)))])
        undelivered += chance.choices(self._stripe.events[-1:], k=1)
        chance.shuffle(undelivered)
        await asyncio.gather(self._attack(), self._deliver(undelivered))

    @property
    def subscriptions(self) -> list[dict[str, Any]]:
        return [each for each in self._stripe.subscriptions.values() if each["customer"] == self.customer]

    def entitled(self) -> tuple[datetime | None, bool]:
        """Until when, and whether a payment failed: as the terms say, in days."""
        best: tuple[datetime | None, bool] = (None, False)
        for each in self.subscriptions:
            item, ends_at = each["items"]["data"][0], each["cancel_at"]
            if each["status"] in {"active", "trialing"}:
                until = ends_at or item["current_period_end"] + 3 * 86400
            elif each["status"] == "past_due":
                until = min(item["current_period_start"] + 14 * 86400, ends_at or 2**40)
            else:
                best = max(best, (None, each["status"] == "unpaid"), key=lambda one: (one[0] is not None, one[1]))
                continue
            this = (datetime.fromtimestamp(until, UTC), each["status"] == "past_due")
            best = this if best[0] is None or this > best else best
        return best

    async def _change(self) -> bytes:
        chance, stripe = self._chance, self._stripe
        alive = [each for each in self.subscriptions if each["status"] != "canceled"]
        if not alive:
            await stripe.subscribe(self.customer, chance.choice(["active", "trialing", "incomplete"]))
            return stripe.events[-1]
        one = chance.choice(alive)
        match chance.randrange(5):
            case 0:
                await stripe.renew(one, paid=True)
            case 1:
                await stripe.renew(one, paid=False)
            case 2:
                await stripe.change(one, cancel_at=one["items"]["data"][0]["current_period_end"])
            case 3:
                await stripe.change(one, status=chance.choice(["canceled", "unpaid", "paused", "active"]))
            case _:
                await stripe.subscribe(self.customer)
        return stripe.events[-1]

    async def _deliver(self, events: Sequence[bytes]) -> None:
        """Send events at the same time."""
        signed = [status_of(self._webhook, event, valid(self._stripe, event)) for event in events]
        assert {*await asyncio.gather(*signed)} <= {204}

    async def _attack(self) -> None:
        body = json.dumps({"data": {"object": {"customer": self.customer, "status": "active"}}}).encode()
        late = seconds_now() - self._chance.randint(301, 10**6)
        for signed in (signature("whsec_guessed", body, seconds_now()), signature(self._stripe.secret, body, late)):
            assert await status_of(self._webhook, body, signed) == 400


async def test_no_history_leads_to_a_wrong_entitlement(webhook: Client, stripe: LocalStripe, database: Clone) -> None:
    """Once every event has arrived, in any order, everybody has what they have paid for, and nobody has more."""
    histories = [History(number, webhook, stripe) for number in range(HISTORIES)]
    with database.admin() as conn:
        for history in histories:
            conn.execute(INSERT_SUBSCRIBER, (sign_up(database), history.customer))

    for history in histories:
        await history.live()

    stored = {customer: (until, failed) for customer, until, failed in database.rows(STORED)}
    assert {h.customer: stored[h.customer] for h in histories if stored[h.customer] != h.entitled()} == {}
