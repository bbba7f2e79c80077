import re
import unicodedata

_MARKS = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+")
_UNREADABLE = re.compile("[\u0370-\u1dff\u2c00-\ufdff]+")  # scripts that no rule is written in
_QUOTES = str.maketrans("\u2018\u2019\u02bc\u00b4`\u201c\u201d\u201e\u00ab\u00bb", "'''''\"\"\"\"\"")
_INSIDE_A_WORD = re.compile("(?<=[a-z])['*]+(?=[a-z])")
_DISGUISED = re.compile("(?<=[a-z])[013457@$|]+(?=[a-z])")
_LOOKALIKES = str.maketrans("013457@$|", "oieastasl")
_DRAWN_OUT = re.compile(r"([a-z])\1\1+")
_SPELT_OUT = re.compile("(?<![a-z])(?!i )[a-z](?:[ ._-][a-z]){2,}(?![a-z])")
_STOPS = re.compile("[.!?;:\n\r]+")
_COMMAS = re.compile("[,()\\[\\]\u2013\u2014]+| - ")
_OTHER = re.compile('[^a-z0-9.,"]+')
_ONE_WORD_SENTENCES = re.compile(r"(?: [a-z]+ \.){3,}")


def plain_words(text: str) -> str:
    """Lower-case words between single spaces, without disguises; stops, commas and quotes stand as words."""
    plain = text.casefold()
    if not plain.isascii():
        readable = _UNREADABLE.sub(" ", _MARKS.sub("", plain))
        plain = _MARKS.sub("", unicodedata.normalize("NFKD", readable)).translate(_QUOTES)
    plain = _INSIDE_A_WORD.sub("", plain)
    plain = _DISGUISED.sub(lambda found: found[0].translate(_LOOKALIKES), plain)
    plain = _DRAWN_OUT.sub(r"\1", plain)
    plain = _SPELT_OUT.sub(lambda found: re.sub("[^a-z]", "", found[0]), plain)
    plain = _COMMAS.sub(" , ", _STOPS.sub(" . ", plain)).replace('"', ' " ')
    plain = f" . {_OTHER.sub(' ', plain).strip()} . "
    return _ONE_WORD_SENTENCES.sub(lambda found: found[0].replace(" .", "") + " .", plain)
