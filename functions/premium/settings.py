"""What is sold, and how events of Stripe are verified."""

from typing import Annotated

from pydantic import SecretStr

from shared.pattern import Pattern
from shared.settings import OwnSettings


class PremiumSettings(OwnSettings):
    stripe_price: Annotated[str, Pattern(r"^price_\w{1,80}$", "must be the id of a price: price_…")] | None = None
    stripe_webhook_secret: SecretStr | None = None
