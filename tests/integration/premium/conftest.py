"""A local Stripe, and the services of an installation that sells by it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr

from infra.local.stripe import LocalStripe
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import Client, ClientFactory
from tests.integration.shared.files.storage_server import serving


@pytest.fixture
def stripe() -> Iterator[LocalStripe]:
    stripe = LocalStripe()
    with serving(stripe.router()) as url:
        stripe.url = url
        yield stripe


@pytest.fixture
async def selling(settings: Settings, services: Services, stripe: LocalStripe) -> AsyncIterator[Services]:
    """The services of an installation with Stripe."""
    environ = {"STRIPE_PRICE": "price_1", "STRIPE_WEBHOOK_SECRET": stripe.secret}
    changes = {"stripe_key": SecretStr("sk_test"), "stripe_url": stripe.url, "environ": environ}
    parts = Services(settings.model_copy(update=changes))
    use(parts)
    yield parts
    use(services)
    await parts.database.close()


@pytest.fixture
def person(selling: Services, client_for: ClientFactory) -> Client:
    """Somebody who may buy premium."""
    del selling
    return client_for("premium")
