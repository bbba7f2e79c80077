"""Errors of `premium`."""

from shared.errors import Conflict, MendError


class AlreadyPremium(Conflict):
    """You have premium already. Change it with POST /premium/portal."""

    code = "already_premium"


class NothingBought(Conflict):
    """You have not bought anything yet. Begin with POST /premium/checkout."""

    code = "nothing_bought"


class UnsignedEvent(MendError):
    """Stripe has not signed this, or not within the last five minutes."""

    status, code = 400, "unsigned_event"
