"""Fonts of the report, and which of them can print a text.

DejaVu Sans is embedded: it has Latin, Greek and Cyrillic letters. For Chinese, Japanese and Korean the report names the
fonts that every reader of PDF files has or can load. Scripts that run from right to left or join their letters would be
printed wrongly, so a text in them counts as not printable.
"""

from functools import cache
from pathlib import Path
from unicodedata import bidirectional

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

FILE = Path(__file__).with_name("font_files") / "DejaVuSans.ttf"
MAIN = "DejaVuSans"
RIGHT_TO_LEFT = frozenset({"R", "AL"})
# By their first and last character.
JAPANESE, KOREAN, CHINESE = "HeiseiKakuGo-W5", "HYGothic-Medium", "STSong-Light"
EAST_ASIAN = (("\u3040", "\u30ff", JAPANESE), ("\uac00", "\ud7a3", KOREAN), ("\u3400", "\u9fff", CHINESE))


def font_of(text: str) -> str | None:
    """The name of a font that prints the text, or None. East Asian fonts have ASCII, but no other alphabet."""
    if all(map(_in_main, text)):
        return MAIN
    names = {_east_asian(character) for character in text if not (character.isascii() and _in_main(character))}
    return None if "" in names else min(names, key=(JAPANESE, KOREAN, CHINESE).index)


@cache
def register() -> None:
    """Make the fonts known to reportlab, once in a process."""
    pdfmetrics.registerFont(TTFont(MAIN, FILE))
    for name in (JAPANESE, KOREAN, CHINESE):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def _in_main(character: str) -> bool:
    return ord(character) in _main_glyphs() and bidirectional(character) not in RIGHT_TO_LEFT


@cache
def _main_glyphs() -> frozenset[int]:
    register()
    return frozenset(pdfmetrics.getFont(MAIN).face.charToGlyph)


def _east_asian(character: str) -> str:
    return next((name for first, last, name in EAST_ASIAN if first <= character <= last), "")
