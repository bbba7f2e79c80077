"""Whether a text shows anything."""

from unicodedata import category

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Mc", "Me"})  # a mark alone is on no letter
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that are as empty as a space


def is_visible(text: str) -> bool:
    return any(sign not in BLANK and category(sign) not in INVISIBLE for sign in text)
