"""The language that a person writes, for those who have set none."""

from collections import Counter
from collections.abc import Container

from shared.languages import FALLBACK
from shared.safety.gate import standard_words
from shared.safety.scorer import model, units_of

UNSET = FALLBACK  # the locale of a profile in which none was set
GERMAN, GERMAN_LETTERS = "de", frozenset("äöüß")
FEWEST = 3  # words of a text whose language is clear if none of them is of one that is read
LEAD = 2  # words by which another language leads, before a conversation goes on in it


def written_language(text: str) -> str | None:
    """The language of a text, if more of its words are typical of it than of any other. It takes a millisecond.

    The letters of German decide where there are as many words of another one.
    """
    votes = _votes(text)
    most = [language for language, number in votes.items() if number == max(votes.values())]
    if len(most) > 1 and GERMAN in most and not GERMAN_LETTERS.isdisjoint(text.lower()):
        return GERMAN
    return most[0] if len(most) == 1 else None


def language_after(before: str | None, text: str) -> str | None:
    """The language of a conversation after a message. It changes only with one that is clearly in another one."""
    written = written_language(text)
    if before is None or written is None:
        return written or before
    votes = _votes(text)
    return written if votes[written] - votes[before] >= LEAD else before


def leading_language(text: str, read: Container[str]) -> str | None:
    """The language of a text, if it is clearly none of those that are read."""
    language, votes = written_language(text), _votes(text)
    if language is None or language in read:
        return None
    known = max((number for code, number in votes.items() if code in read), default=0)
    is_clear = votes[language] - known >= LEAD or (not known and len(text.split()) >= FEWEST)
    return language if is_clear else None


def _votes(text: str) -> Counter[str]:
    languages = model().languages
    return Counter(map(languages.__getitem__, languages.keys() & units_of(standard_words(text))))
