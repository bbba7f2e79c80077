"""The notation of phrases in `signs/*.json`, as regular expressions.

`word*` is any ending, `*` alone up to three words, `#` a number, `(a|b)` a choice, and `(a|b)?` may be absent. Where
words have no spaces, `*` is up to eight letters.
"""

from collections.abc import Iterator


def pattern(phrase: str, *, spaced: bool) -> str:
    """The regular expression of a phrase. It ends at the end of a word, where words have spaces."""
    return _sequence(phrase) if spaced else phrase.replace("(", "(?:").replace("*", ".{0,8}?")


def unfold_two(phrase: str) -> Iterator[str]:
    """The phrase, once for each choice that its first two parts have."""
    if "(" not in phrase:
        yield phrase
        return
    for unfolded in unfold(phrase):
        first, space, rest = unfolded.partition(" ")
        yield from ((first + space + following).strip() for following in unfold(rest))


def unfold(phrase: str) -> Iterator[str]:
    """The phrase, once for each choice that it may begin with. Each begins with a letter."""
    if not phrase.startswith("("):
        yield phrase
        return
    choices, rest = split(phrase[1:], ")", 1)
    if rest.startswith("?"):
        rest = rest[1:]
        yield from unfold(rest.strip())
    for choice in split(choices, "|"):
        yield from unfold(choice + rest)


def key(phrase: str, size: int) -> str | None:
    """What the phrase begins with: the first letters of a word, and of the next one if that is plain.

    None for a plain word, which needs no pattern. Raises ValueError for a word that is too short to be found.
    """
    first, _, rest = phrase.partition(" ")
    letters = first.partition("*")[0]
    if "(" in first or "#" in first or (letters != first and len(letters) < size):
        message = f"{phrase!r} begins with less than {size} letters"
        raise ValueError(message)
    if not rest:
        return None if letters == first else letters[:size]
    following = rest[:2]
    return f"{letters[:size]} {following}" if len(following) > 1 and following.isalnum() else letters[:size]


def first_letters(phrase: str) -> str:
    """The first two letters of a phrase without spaces, or the only one before a gap or a choice."""
    letter, following = phrase[0], phrase[1:2]
    return letter if following in ("", "*", "(") else letter + following


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
