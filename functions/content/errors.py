"""What can go wrong with a provider. Neither is ours to answer for: what came before is kept."""


class BadAnswer(Exception):
    """One answer is of no use: refused, too large, or not what the provider documents. The next one may be."""


class SourceDown(Exception):
    """There is no point in asking this provider for more today."""
