"""Finds the words of a person in danger, by rule alone: nothing here learns, calls out or keeps text.

A text is brought to plain words (`_plain`), then `patterns.json` takes over: spellings are evened out, what is safely
meant (denied, long past, said by others, a figure of speech) is blanked, and the rest is searched for risk, the
gravest kind first. Plain words stand between single spaces and every pattern matches whole words, so a pattern reads
as the phrase it finds; `<name>` stands for a group of words defined in the same file.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_BLANK = " ~"


class Verdict(NamedTuple):
    """The kind of danger a text speaks of: a code that may be counted and logged, never the words."""

    code: str


def assess(text: str | None) -> Verdict | None:
    """The gravest danger found in a text, or None."""
    if not text:
        return None
    rules = _rules()
    said = rules.uneven.sub(lambda found: rules.even[found[0]], _plain(text))
    said = rules.safe.sub(_BLANK, said)
    return next((Verdict(code) for code, risk in rules.risks.items() if risk.search(said)), None)


class _Rules(NamedTuple):
    even: Mapping[str, str]
    uneven: re.Pattern[str]
    safe: re.Pattern[str]
    risks: Mapping[str, re.Pattern[str]]


@cache
def _rules() -> _Rules:
    """Compiled at the first question, so that importing stays cheap."""
    book = json.loads(Path(__file__).with_name("patterns.json").read_text("utf-8"))
    even = {f" {uneven}": f" {even}".rstrip() for even, unevens in book["even"].items() for uneven in unevens}
    return _Rules(
        even,
        _phrases((uneven.strip() for uneven in even), {}),
        _phrases(book["safe"], book["words"]),
        {code: _phrases(patterns, book["words"]) for code, patterns in book["risks"].items()},
    )


def _phrases(patterns: Iterable[str], words: Mapping[str, str]) -> re.Pattern[str]:
    either = "|".join(patterns)
    while "<" in either.replace("?<", ""):
        either = re.sub(r"(?<!\?)<(\w+)>", lambda name: f"(?:{words[name[1]]})", either)
    return re.compile(f" (?:{either})(?= )")


_MARKS = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+")
_QUOTES = str.maketrans("\u2018\u2019\u02bc\u00b4`\u201c\u201d\u201e\u00ab\u00bb", "'''''\"\"\"\"\"")
_INSIDE_A_WORD = re.compile(r"(?<=[a-z])['*]+(?=[a-z])")
_DISGUISED = re.compile(r"(?<=[a-z])[013457@$|]+(?=[a-z])")
_LOOKALIKES = str.maketrans("013457@$|", "oieastasl")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_SPELT_OUT = re.compile(r"(?<![a-z])(?!i )[a-z](?:[ ._-][a-z]){2,}(?![a-z])")
_STOPS = re.compile(r"[.!?;:\n\r]+")
_COMMAS = re.compile(r"[,()\[\]\u2013\u2014]+| - ")
_OTHER = re.compile(r"[^a-z0-9.,\"]+")


def _plain(text: str) -> str:
    """Lower-case words between single spaces, without disguises; stops, commas and quotes stand as words."""
    plain = text.casefold()
    if not plain.isascii():
        plain = _MARKS.sub("", unicodedata.normalize("NFKD", plain)).translate(_QUOTES)
    plain = _INSIDE_A_WORD.sub("", plain)
    plain = _DISGUISED.sub(lambda found: found[0].translate(_LOOKALIKES), plain)
    plain = _DRAWN_OUT.sub(r"\1", plain)
    plain = _SPELT_OUT.sub(lambda found: re.sub("[^a-z]", "", found[0]), plain)
    plain = _COMMAS.sub(" , ", _STOPS.sub(" . ", plain)).replace('"', ' " ')
    return f" . {_OTHER.sub(' ', plain).strip()} . "
