"""Normalises text for the gate's patterns."""

import re
import unicodedata
from collections.abc import Mapping

from shared.safety.dialects import standard_german

# Strings, which `re` compiles and caches on first use: compiling them here would triple the time of the import. Each
# begins with what is rare, because `re` skips to that quickly.
_UNREADABLE = "[\u0370-\u1dff\u2c00-\ufdff]+"  # other scripts: `scripts` reads them
_MIXED = "[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]"  # letters of two alphabets in one word
_MIXED_WORD = "[a-z\u0370-\u052f]+"
_DRAWN = "[\u0250-\u02af\u1d00-\u1d22\ua730\ua731\U0001f150-\U0001f189\U0001f1e6-\U0001f1ff]"
_NOT_ASCII = "[^\0-\x7f]+"
_INSIDE_A_WORD = "['*](?<=[a-z].)['*]*(?=[a-z])"
_DISGUISED = "[013457@$|](?<=[a-z].)[013457@$|]*(?=[a-z])"
_DRAWN_OUT = r"([a-z])\1\1+"
_MAY_BE_SPELT_OUT = "[ ._-][a-z][ ._-][a-z](?![a-z])"
_SPELT_OUT = "(?<![a-z])(?!i )[a-z](?:[ ._-][a-z]){2,}(?![a-z])"
_SHORT_SENTENCES = r"\. [a-z]+ \. [a-z]+ \."
_ONE_WORD_SENTENCES = r"(?<= \.)(?: [a-z]+ \.){3,}"
_OTHER = "#"  # a sign that separates words


class _Table(dict[int, int | str]):
    """What characters are replaced by. The default stands for all others."""

    def __init__(self, listed: Mapping[int, int | str], default: str) -> None:
        super().__init__(listed)
        self.default = default

    def __missing__(self, character: int) -> str:
        return self.default


_MARKS = (  # first and last: accents, and characters that cannot be seen
    (0xAD, 0xAD), (0x300, 0x36F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF), (0xE0000, 0xE007F), (0xE0100, 0xE01EF),
)  # fmt: skip
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_SMALL_CAPITALS = (
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274"
    "\u1d0f\u1d18q\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21x\u028f\u1d22"
)
_IN_LATIN = {  # letters that are drawn otherwise, and that no normal form knows
    ord(drawn): letter
    for first in (0x1F150, 0x1F170, 0x1F1E6)
    for drawn, letter in zip(map(chr, range(first, first + 26)), _ALPHABET, strict=True)
} | str.maketrans(_SMALL_CAPITALS, _ALPHABET)
_FOREIGN_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u043a\u043c\u0442\u043d\u0432\u0501\u04cf\u051d"
    "\u03b1\u03bf\u03b5\u03b9\u03ba\u03bd\u03c1\u03c4\u03c5\u03c7\u03b7\u03dd",
    "aeopcyxijskmthbdlwaoeikvptuxnf",
)
_IN_ASCII = _Table(  # what stands between words, quotes, and the Latin letters that no normal form takes apart
    str.maketrans(
        "\u2013\u2014\u2018\u2019\u02bc\u00b4`\u201c\u201d\u201e\u00ab\u00bb\u0142\u0131\u0111\u00f8",
        ",," + "'" * 5 + '"' * 5 + "lido",
    )
    | {mark: "" for first, last in _MARKS for mark in range(first, last + 1)},
    _OTHER,
)
_LOOKALIKES = str.maketrans("013457@$|", "oieastasl")
_SIGNS = _Table(  # letters, digits, stops, commas and quotes stay
    str.maketrans({letter: letter for letter in 'abcdefghijklmnopqrstuvwxyz0123456789"'})
    | dict.fromkeys(map(ord, ".!?;:\n\r"), ".")
    | dict.fromkeys(map(ord, ",()[]"), ","),
    " ",
)


def normalise(text: str) -> str:
    """Lower-case words between single spaces, in plain spelling. Stops, commas and quotes are words."""
    plain = text.casefold()
    if not plain.isascii():
        plain = _in_latin(plain)
        readable = unicodedata.normalize("NFKD", re.sub(_UNREADABLE, " ", plain)).casefold()
        plain = re.sub(_NOT_ASCII, lambda signs: signs[0].translate(_IN_ASCII), readable)
    return standard_german(_as_words(_undisguised(plain)))


def _in_latin(plain: str) -> str:
    """Letters that only look Latin, in Latin: drawn ones, and those of other alphabets in a word with Latin ones."""
    if re.search(_DRAWN, plain):
        plain = plain.translate(_IN_LATIN)
    if re.search(_MIXED, plain):
        plain = re.sub(_MIXED_WORD, _latin_word, plain)
    return plain


def _latin_word(match: re.Match[str]) -> str:
    word = match[0]
    return word.translate(_FOREIGN_LOOKALIKES) if re.search("[a-z]", word) else word


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
    for sign in ",.":
        signs = _single(sign, signs).replace(sign, f" {sign} ")
    words = f" . {' '.join(signs.split())} . "
    if re.search(_SHORT_SENTENCES, words):
        words = re.sub(_ONE_WORD_SENTENCES, lambda match: match[0].replace(" .", "") + " .", words)
    return words


def _single(sign: str, text: str) -> str:
    """The text with one sign in place of each run of it."""
    while sign * 2 in text:
        text = text.replace(sign * 2, sign)
    return text
