"""The notation of phrases of signs, as regular expressions.

`word*` is any ending, `*` alone up to three words, `#` a number, `(a|b)` a choice, and `(a|b)?` may be absent. Where
words have no spaces, `*` is up to eight letters.
"""


def pattern(phrase: str, *, spaced: bool) -> str:
    """The regular expression of a phrase. It ends at the end of a word, where words have spaces."""
    return _sequence(phrase) if spaced else phrase.replace("(", "(?:").replace("*", ".{0,8}?")


def split(phrase: str, separator: str, most: int = -1) -> list[str]:
    """The parts of a phrase between the separators that stand in no brackets. There are at most `most` cuts."""
    if "(" not in phrase:
        return phrase.split(separator, most)
    parts, depth = [""], 0
    for sign in phrase:
        if sign == separator and not depth and len(parts) != most + 1:
            parts.append("")
            continue
        depth += (sign == "(") - (sign == ")")
        parts[-1] += sign
    return parts


def _sequence(phrase: str) -> str:
    parts = "".join(_part(part) for part in split(phrase, " "))
    return f"{parts.removeprefix(' ')}(?![^ ])"


def _part(part: str) -> str:
    """The pattern of a part, with the space before it."""
    if part == "*":
        return "(?: [^ ]+){0,3}?"
    if part.endswith(")?"):
        return f"(?: {_choice(part[:-1])})?"
    return f" {_choice(part)}"


def _choice(part: str) -> str:
    if part.startswith("("):
        return f"(?:{'|'.join(map(_sequence, split(part[1:-1], '|')))})"
    return part.replace("*", "[^ ]*").replace("#", "[0-9]+")
