"""Normalises text for the gate's patterns."""

import re
import unicodedata

# Strings, which `re` compiles and caches on first use: compiling them here would triple the time of the import.
_MARKS = "[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+"
_UNREADABLE = "[\u0370-\u1dff\u2c00-\ufdff]+"  # other scripts: `scripts` reads them
_INSIDE_A_WORD = "(?<=[a-z])['*]+(?=[a-z])"
_DISGUISED = "(?<=[a-z])[013457@$|]+(?=[a-z])"
_DRAWN_OUT = r"([a-z])\1\1+"
_SPELT_OUT = "(?<![a-z])(?!i )[a-z](?:[ ._-][a-z]){2,}(?![a-z])"
_STOPS = "[.!?;:\n\r]+"
_COMMAS = "[,()\\[\\]\u2013\u2014]+| - "
_OTHER = '[^a-z0-9.,"]+'
_ONE_WORD_SENTENCES = r"(?: [a-z]+ \.){3,}"

_PLAIN = str.maketrans(  # quotes, and the Latin letters that no normal form takes apart
    "\u2018\u2019\u02bc\u00b4`\u201c\u201d\u201e\u00ab\u00bb\u0142\u0131\u0111\u00f8", "'''''\"\"\"\"\"lido"
)
_LOOKALIKES = str.maketrans("013457@$|", "oieastasl")


def normalise(text: str) -> str:
    """Lower-case words between single spaces, with disguised spellings undone. Stops, commas and quotes are words."""
    plain = text.casefold()
    if not plain.isascii():
        readable = re.sub(_UNREADABLE, " ", re.sub(_MARKS, "", plain))
        plain = re.sub(_MARKS, "", unicodedata.normalize("NFKD", readable)).translate(_PLAIN)
    plain = re.sub(_INSIDE_A_WORD, "", plain)
    plain = re.sub(_DISGUISED, lambda match: match[0].translate(_LOOKALIKES), plain)
    plain = re.sub(_DRAWN_OUT, r"\1", plain)
    plain = re.sub(_SPELT_OUT, lambda match: re.sub("[^a-z]", "", match[0]), plain)
    plain = re.sub(_COMMAS, " , ", re.sub(_STOPS, " . ", plain)).replace('"', ' " ')
    plain = f" . {re.sub(_OTHER, ' ', plain).strip()} . "
    return re.sub(_ONE_WORD_SENTENCES, lambda match: match[0].replace(" .", "") + " .", plain)
