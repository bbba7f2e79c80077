"""The language of a talk about danger: that in which the person writes, by its words or by its script."""

import re

from functions.companion import languages

SCRIPTS = {  # of one of our languages, in the order in which they are looked for
    "ja": "[\u3040-\u30ff]",
    "ko": "[\uac00-\ud7af\u3131-\u318e]",
    "zh": "[\u4e00-\u9fff]",
    "ru": "[\u0400-\u04ff]",
    "ar": "[\u0621-\u064a]",
    "hi": "[\u0904-\u0939]",
}
OTHERS = re.compile(  # letters of languages with the same script: Ukrainian, Serbian, Persian, Urdu, Marathi
    "[\u0456\u0457\u0454\u0491\u0458-\u045b\u0452\u045e\u045f\u067e\u0686\u0698\u06af\u06a9\u06cc\u0679\u0688\u0691\u06d2\u06be\u0933]"
)
LATIN = re.compile("[a-z\u00e0-\u024f\u1e00-\u1eff]", re.IGNORECASE)
LETTER = re.compile(r"[^\W\d_]")
SOME, MOST = 0.2, 0.5  # of the letters, which tell the script of a text; Japanese has Chinese letters, too


def language_of(locale: str) -> str:
    return locale.partition("-")[0].lower()


def language_after(before: str | None, text: str) -> str | None:
    """The language of a talk after a message. A script tells it at once, words only if they are clearly of another."""
    return script_language(text, before) or languages.language_after(before, text)


def script_language(text: str, before: str | None) -> str | None:
    """The language that a script tells, or None."""
    letters = len(LETTER.findall(text))
    if not letters or OTHERS.search(text.lower()):
        return None
    for language, own in SCRIPTS.items():
        if len(re.findall(own, text)) / letters >= (SOME if language == "ja" else MOST):
            return "ja" if language == "zh" and before == "ja" else language  # an answer may have Chinese letters alone
    return None


def is_latin(text: str) -> bool:
    """Whether no more than half of the letters are of another script."""
    letters = len(LETTER.findall(text))
    return len(LATIN.findall(text)) >= letters * MOST
