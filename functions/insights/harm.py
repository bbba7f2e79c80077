"""What no experiment may be about, because it could harm or cannot be chosen. The words are in `harm.json`.

A word of the list is a stem without accents. A short one counts where a word begins, a long one anywhere in a word, as
German and other languages join words.
"""

import json
import re
from functools import cache
from pathlib import Path
from unicodedata import combining, normalize

WORDS = Path(__file__).with_name("harm.json")
LONG = 6  # letters of a stem that counts anywhere in a word


def could_harm(text: str) -> bool:
    """Whether the text is about medicine, fasting, loss of sleep, alcohol or anything else of the list."""
    return any(pattern.search(_plain(text)) for pattern in _patterns().values())


def is_medicine(text: str) -> bool:
    return _patterns()["medicine"].search(_plain(text)) is not None


def _plain(text: str) -> str:
    decomposed = normalize("NFKD", text.casefold())
    return " " + re.sub(r"[\W_]+", " ", "".join(letter for letter in decomposed if not combining(letter)))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """One pattern for each topic, compiled on first use."""
    topics: dict[str, dict[str, list[str]]] = json.loads(WORDS.read_text("utf-8"))
    return {
        topic: re.compile("|".join(_alternative(stem) for stems in languages.values() for stem in stems))
        for topic, languages in topics.items()
    }


def _alternative(stem: str) -> str:
    """Scripts without spaces between words count anywhere."""
    is_anywhere = len(stem) >= LONG or not stem.isascii()
    return re.escape(_plain(stem).strip()) if is_anywhere else re.escape(f" {stem}")
