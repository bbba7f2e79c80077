"""What can go wrong with a provider. The import goes on, and keeps what was read before."""


class BadResponse(Exception):
    """One response is of no use: refused, too large, or not as documented. The next one may be."""


class SourceDown(Exception):
    """No further request to this provider will succeed in this run."""
