"""An installation where payments are taken."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from infra.local.stripe import LocalStripe
from shared.settings import Settings
from tests.integration.shared.files.storage_server import serving

KEY = "sk_test"


@contextmanager
def with_stripe(settings: Settings) -> Iterator[Settings]:
    """The settings of an installation with a local Stripe, which knows none of the customers."""
    with serving(LocalStripe().router()) as url:
        yield settings.model_copy(update={"stripe_key": SecretStr(KEY), "stripe_url": url})
