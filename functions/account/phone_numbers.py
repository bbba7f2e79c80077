"""The telephone numbers in a text that a person wrote, as a phone dials them."""

import re
from collections.abc import Iterator
from unicodedata import category, normalize

NUMBER = re.compile(r"[+*(]?[0-9][0-9 ()/.\u2010-\u2015-]*")
BETWEEN = re.compile(r"([,;|\n]+)")  # two numbers. A slash is, too, except behind an area code
AREA_CODE = re.compile(r"\+?[0-9]{1,6}|\+[0-9]{7,9}")
TRUNK_ZERO = re.compile(r"(?<=[0-9 ])\(0\)")  # dialled in the country only
LONGEST = 17  # digits: 15 by E.164, after 00


def dialled_parts(text: str) -> Iterator[tuple[str, str | None]]:
    """The text in parts, each with what a phone dials for it, or None. The parts together are the text."""
    for part in BETWEEN.split(text):
        first, slash, rest = part.partition("/")
        number = _dialled(first)
        if slash and number and not AREA_CODE.fullmatch(number):
            yield from ((first, number), (slash, None), *dialled_parts(rest))
        elif part:
            yield part, _dialled(part)


def _dialled(text: str) -> str | None:
    plain = "".join(map(_plain, normalize("NFKC", text))).strip()
    if not NUMBER.fullmatch(plain):
        return None
    if plain.startswith(("+", "00")):
        plain = TRUNK_ZERO.sub("", plain)
    number = re.sub("[^0-9+*]", "", plain)
    return number if len(number) <= LONGEST else None


def _plain(sign: str) -> str:
    """The sign, with 0 to 9 for the digits of any script, and without what only sets a direction."""
    if category(sign) == "Nd":
        return str(int(sign))
    return "" if category(sign) == "Cf" else sign
