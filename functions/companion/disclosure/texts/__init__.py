"""What the companion says it is, in each language of the support, and how people ask for that."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from functions.companion.rules.danger_answers import plain_letters
from functions.companion.rules.disclosure import asks_what_it_is
from shared.languages import FALLBACK, Languages, TextModel


class DisclosureTexts(TextModel):
    reviewed_by: str | None
    disclosure: str
    disclosure_scripted: str
    age_unknown: str
    reminders: Mapping[str, str]  # what the companion is, from time to time
    asked: str
    asking: str | None  # a pattern of questions for what it is; `rules/disclosure.py` has those of English and German


LONGEST_QUESTION = 200  # characters at the end of a message
DISCLOSURE_TEXTS = Languages(Path(__file__).parent, DisclosureTexts)


def language_of_question(text: str) -> str | None:
    """The language in which a message asks what the companion is, or None. English stands for German, too."""
    if asks_what_it_is(text):
        return FALLBACK
    words = re.sub(r"[\W_]+", " ", plain_letters(text[-LONGEST_QUESTION:]))
    return next((code for code, asking in _asking().items() if asking.search(words)), None)


@cache
def _asking() -> Mapping[str, re.Pattern[str]]:
    patterns = {code: texts.asking for code, texts in DISCLOSURE_TEXTS.by_code.items()}
    return {code: re.compile(rf"(?<!\w)(?:{asking})") for code, asking in patterns.items() if asking}
