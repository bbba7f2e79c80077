"""Failures of a provider. The import goes on, and stores the items read before."""


class BadResponse(Exception):
    """One response cannot be used: refused, too large, or not as documented. The next request may succeed."""


class SourceDown(Exception):
    """No further request to this provider will succeed in this run."""
