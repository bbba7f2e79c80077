"""Which subscriptions give premium, and until when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

GRACE = timedelta(days=14)  # after a period began that is not paid: Stripe tries again in the meantime
LATENESS = timedelta(days=3)  # so long Stripe tries to deliver the event of a renewal
NEVER = datetime.min.replace(tzinfo=UTC)


class SubscriptionTerms(NamedTuple):
    """A subscription at Stripe. `ends_at` is set once it is cancelled."""

    status: str
    period_start: datetime
    period_end: datetime
    ends_at: datetime | None


class Entitlement(NamedTuple):
    premium_until: datetime | None = None
    renews: bool = False
    payment_failed: bool = False


def entitlement(subscriptions: Sequence[SubscriptionTerms]) -> Entitlement:
    """What all subscriptions of a customer give together: the one that lasts longest counts."""
    each = [_entitlement(subscription) for subscription in subscriptions]
    return max(each, key=lambda one: (one.premium_until or NEVER, one.payment_failed), default=Entitlement())


def _entitlement(subscription: SubscriptionTerms) -> Entitlement:
    renews = subscription.ends_at is None
    match subscription.status:
        case "active" | "trialing":
            return Entitlement(subscription.ends_at or subscription.period_end + LATENESS, renews)
        case "past_due":
            grace_end = subscription.period_start + GRACE
            return Entitlement(min(grace_end, subscription.ends_at or grace_end), renews, payment_failed=True)
        case "unpaid":
            return Entitlement(payment_failed=True)
    return Entitlement()
