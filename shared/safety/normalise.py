"""Normalises text for the gate's patterns."""

import re
import unicodedata

# Strings, which `re` compiles and caches on first use: compiling them here would triple the time of the import. Each
# begins with what is rare, because `re` skips to that quickly.
_MARKS = "[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+"
_UNREADABLE = "[\u0370-\u1dff\u2c00-\ufdff]+"  # other scripts: `scripts` reads them
_INSIDE_A_WORD = "['*](?<=[a-z].)['*]*(?=[a-z])"
_DISGUISED = "[013457@$|](?<=[a-z].)[013457@$|]*(?=[a-z])"
_DRAWN_OUT = r"([a-z])\1\1+"
_MAY_BE_SPELT_OUT = "[ ._-][a-z][ ._-][a-z](?![a-z])"
_SPELT_OUT = "(?<![a-z])(?!i )[a-z](?:[ ._-][a-z]){2,}(?![a-z])"
_SHORT_SENTENCES = r"\. [a-z]+ \. [a-z]+ \."
_ONE_WORD_SENTENCES = r"(?: [a-z]+ \.){3,}"

_PLAIN = str.maketrans(  # quotes, and the Latin letters that no normal form takes apart
    "\u2018\u2019\u02bc\u00b4`\u201c\u201d\u201e\u00ab\u00bb\u0142\u0131\u0111\u00f8", "'''''\"\"\"\"\"lido"
)
_LOOKALIKES = str.maketrans("013457@$|", "oieastasl")


class _Signs(dict[int, str]):
    """The sign for each character: letters, digits, stops, commas and quotes stay, and the rest is a space."""

    def __missing__(self, character: int) -> str:
        return " "


_SIGNS = _Signs(str.maketrans({letter: letter for letter in 'abcdefghijklmnopqrstuvwxyz0123456789"'}))
_SIGNS.update(dict.fromkeys(map(ord, ".!?;:\n\r"), ".") | dict.fromkeys(map(ord, ",()[]\u2013\u2014"), ","))


def normalise(text: str) -> str:
    """Lower-case words between single spaces, with disguised spellings undone. Stops, commas and quotes are words."""
    plain = text.casefold()
    if not plain.isascii():
        readable = re.sub(_UNREADABLE, " ", plain)
        plain = re.sub(_MARKS, "", unicodedata.normalize("NFKD", readable)).translate(_PLAIN)
    return _as_words(_undisguised(plain))


def _undisguised(plain: str) -> str:
    plain = re.sub(_INSIDE_A_WORD, "", plain)
    plain = re.sub(_DISGUISED, lambda match: match[0].translate(_LOOKALIKES), plain)
    plain = re.sub(_DRAWN_OUT, r"\1", plain)
    if re.search(_MAY_BE_SPELT_OUT, plain):
        plain = re.sub(_SPELT_OUT, lambda match: re.sub("[^a-z]", "", match[0]), plain)
    return plain


def _as_words(plain: str) -> str:
    """The words between single spaces. Sentences of one word each are joined."""
    signs = plain.replace(" - ", ",").translate(_SIGNS).replace('"', ' " ')
    words = " ".join(re.sub(r"\.+", " . ", re.sub(",+", " , ", signs)).split())
    words = f" . {words} . "
    if re.search(_SHORT_SENTENCES, words):
        words = re.sub(_ONE_WORD_SENTENCES, lambda match: match[0].replace(" .", "") + " .", words)
    return words
