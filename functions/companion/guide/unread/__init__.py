"""The languages that the guide does not read: how it tells them, and what it says in them.

It does not act as if it read them.
"""

import re
from pathlib import Path

from functions.companion.danger.language import is_latin, language_after, script_language
from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS
from functions.companion.guide.flows import UnreadTexts
from functions.companion.languages import leading_language
from shared.languages import FALLBACK, Languages

FEWEST, FEW = 4, 0.3  # words of a text, and the share of them that is known in a language in which it may be written
UNKNOWN = "und"  # a language that we cannot tell (BCP 47), whose texts are English
UNREAD_TEXTS = Languages(Path(__file__).parent, UnreadTexts)


def spoken_language(text: str, before: str | None, own: str | None) -> str:
    """The language of a conversation after a message. `own` is that of the profile, if the person has set one.

    Of those that the guide reads, it speaks the person's own.
    """
    read = FLOW_TEXTS.by_code
    written = script_language(text, before) or leading_language(text, read)
    if not written and (not is_latin(text) or (not before and not own and _is_unknown(text))):
        written = UNKNOWN
    spoken = before or own
    language = written or language_after(spoken, text) or FALLBACK
    return own if own and own in read and language in read else language


def _is_unknown(text: str) -> bool:
    """Whether hardly a word of a text of some words is known in a language that the guide reads."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    most = max(sum(word in words_of.search.known for word in words) for words_of in FLOW_WORDS.by_code.values())
    return len(words) >= FEWEST and most < FEW * len(words)


def unread_texts(language: str) -> UnreadTexts:
    return UNREAD_TEXTS.by_code.get(language) or UNREAD_TEXTS.by_code[UNKNOWN]
