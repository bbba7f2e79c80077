"""Suggests what a mistyped name may have meant."""

from collections.abc import Iterable

LONGEST = 40  # characters of a name that are compared
CLOSE = 0.75  # the share of letters in common; that of "form" and "from"


def nearest(written: str, known: Iterable[str]) -> str | None:
    """The known name that is most like the written one, if one is close: it begins alike and shares most letters."""
    from difflib import get_close_matches  # only mistakes need it

    word = written[:LONGEST].casefold()
    alike = [name for name in known if name[:1] == word[:1]]  # a batch may have hundreds of mistakes
    return next(iter(get_close_matches(word, alike, 1, CLOSE)), None)
