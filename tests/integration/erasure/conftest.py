"""A local Stripe: whoever has paid is erased there as well."""

from collections.abc import Iterator

import pytest

from shared.settings import Settings
from tests.integration.erasure.payments import with_stripe


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    with with_stripe(settings) as selling:
        yield selling
