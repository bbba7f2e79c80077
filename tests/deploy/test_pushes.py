"""Every subscription of functions.yaml, played as Pub/Sub pushes it: no CloudEvent, and our account's token."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.local.apps import load_apps
from infra.registry import Subscription, registry
from shared.clock import utc_now
from shared.events import Event, push_message, topic_name
from shared.settings import Settings
from tests.conftest import Clone
from tests.google_tokens import checking_senders, id_token, token_as_received

SUBSCRIPTIONS = registry().subscriptions()
APPS = load_apps(registry(), sorted({subscription.function for subscription in SUBSCRIPTIONS}))
CLAIMS = "SELECT count(*) FROM mend.event_claims"
PARKED = "SELECT reason FROM mend.dead_letters"
REFUSED: dict[str, str | None] = {
    "no token": None,
    "another function's audience": id_token(aud="https://events.example.org/another"),
    "another account": id_token(email="someone@example.iam.gserviceaccount.com"),
    "a token of yesterday": id_token(exp=int(utc_now().timestamp()) - 86400),
}


@pytest.fixture(params=["iam", "oidc"])
async def auth(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[str]:
    """Who verifies the signature: Cloud Run, which removes it, or the function."""
    async with checking_senders(settings, request.param):
        yield request.param


def pushed(subscription: Subscription) -> dict[str, Any]:
    """The body of a push."""
    event_type = next(
        t for t in registry().functions[subscription.function].listens if topic_name(t) == subscription.topic
    )
    data = {"kind": subscription.filters["kind"].one_of[0] if "kind" in subscription.filters else "like"}
    event = Event(type=event_type, user_id=uuid4(), occurred_at=utc_now(), data=data)
    return push_message(event) | {"subscription": f"projects/mend/subscriptions/{subscription.function}"}


async def push(subscription: Subscription, body: dict[str, Any], token: str | None) -> int:
    headers = {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    app = APPS[subscription.function]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://function.local") as client:
        return (await client.post("/", headers=headers, content=json.dumps(body))).status_code


@pytest.mark.parametrize("subscription", SUBSCRIPTIONS, ids=lambda s: f"{s.function} {s.topic}")
async def test_a_push_reaches_its_handler(subscription: Subscription, auth: str, database: Clone) -> None:
    """It is acknowledged: its event is claimed, or parked by its handler because the data here is made up."""
    status = await push(subscription, pushed(subscription), token_as_received(auth, id_token()))

    assert status == 200
    assert database.value(CLAIMS) == 1 or database.value(PARKED).startswith("its data is not what its type says")


@pytest.mark.parametrize("fault", REFUSED)
async def test_a_push_of_somebody_else_is_refused(fault: str, auth: str, database: Clone) -> None:
    """Whoever verifies the signature, the claims are checked before the body is read."""
    token = REFUSED[fault]
    sent = token and token_as_received(auth, token)

    statuses = {await push(subscription, pushed(subscription), sent) for subscription in SUBSCRIPTIONS}

    assert statuses <= {401, 403}
    assert (
        database.value("SELECT (SELECT count(*) FROM mend.event_claims) + (SELECT count(*) FROM mend.dead_letters)")
        == 0
    )


async def test_an_unsigned_token_is_refused_where_cloud_run_does_not_check(settings: Settings, database: Clone) -> None:
    """With `oidc` the function verifies the signature itself."""
    async with checking_senders(settings, "oidc"):
        status = await push(SUBSCRIPTIONS[0], pushed(SUBSCRIPTIONS[0]), token_as_received("iam", id_token()))

    assert status == 401
    assert database.value("SELECT count(*) FROM mend.event_claims") == 0
