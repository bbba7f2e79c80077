"""Reads German dialects as standard German."""

from collections.abc import Sequence

from shared.safety.dialects import dialects

FEW_WORDS = 3  # of which one in dialect is enough


def without_dialect(words: Sequence[str]) -> Sequence[str]:
    """German words, each in the standard language, where one may be two: "i mog nimma" is "ich mag nicht mehr".

    Some words of dialects are other words elsewhere, so one of many is not enough.
    """
    standard = dialects().standard
    count = sum(word in standard for word in words)
    if count > 1 or (count and len(words) <= FEW_WORDS):
        return [standard.get(word, word) for word in words]
    return words
