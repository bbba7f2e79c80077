"""The language that a person writes, for those who have set none."""

from shared.languages import FALLBACK
from shared.safety.gate import standard_words
from shared.safety.scorer import model

UNSET = FALLBACK  # the locale of a profile in which none was set


def written_language(text: str) -> str | None:
    """The language of a text, if it is surely one. It takes about a millisecond."""
    return model().language_of(standard_words(text))
