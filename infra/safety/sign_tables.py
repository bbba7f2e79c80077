"""Files phrases by what they begin with: `python -m infra.safety.sign_tables` writes `shared/safety/signs/FAMILY.tsv`.

`signs/LANGUAGE.json` lists the phrases of each sign. A table has a row for each plain word with the numbers of its
signs, an empty line, and a row for each opening: parts with the letters that follow, and the numbers and phrases that
begin so. The gate reads it in milliseconds, and compiles the phrases of an opening when a text has it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from shared.safety import scripts, signs
from shared.safety.phrases import split

FOLDER = Path(__file__).with_name("signs")


def table(family: signs.Family) -> str:
    """The content of the table of a family."""
    words: dict[str, set[int]] = {}
    filed: dict[str, dict[str, list[str]]] = {}
    for number, phrase in _listed(family):
        key = first_letters(phrase) if family == "letters" else opening(phrase, signs.LETTERS[family])
        if key is None:
            words.setdefault(phrase, set()).add(number)
        else:
            first, second = key
            filed.setdefault(first, {}).setdefault(second, []).append(f"{number} {phrase}")
    rows = [*("\t".join(map(str, [word, *sorted(words[word])])) for word in sorted(words)), ""]
    rows += [f"{first}\t{_parts(filed[first])}" for first in sorted(filed)]
    return "\n".join([*rows, ""])


def _parts(seconds: Mapping[str, Sequence[str]]) -> str:
    """The parts of a row, between vertical tabs."""
    return "\v".join("\t".join([second, *dict.fromkeys(seconds[second])]) for second in sorted(seconds))


def _listed(family: signs.Family) -> Iterator[tuple[int, str]]:
    """The number of its sign, and a phrase, once for each choice that it may begin with."""
    standard: Callable[[str], str] = str if family == "latin" else scripts.standard
    unfolded = unfold if family == "letters" else unfold_two
    for place, language in enumerate(signs.LANGUAGES[family]):
        listed: dict[str, list[str]] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
        for sign, its_phrases in listed.items():
            number = signs.FIELD * place + signs.rules().bits[sign].bit_length() - 1
            yield from ((number, phrase) for text in its_phrases for phrase in unfolded(standard(text)))


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


def opening(phrase: str, size: int) -> tuple[str, str] | None:
    """What the phrase begins with: the first letters of a word, and two of the next one if that is plain.

    None for a plain word, which needs no pattern. Raises ValueError for a word that is too short to be found.
    """
    first, _, rest = phrase.partition(" ")
    letters = first.partition("*")[0]
    if "(" in first or "#" in first or (letters != first and len(letters) < size):
        message = f"{phrase!r} begins with less than {size} letters"
        raise ValueError(message)
    if not rest:
        return None if letters == first else (letters[:size], "")
    following = rest[:2]
    return letters[:size], following if len(following) > 1 and following.isalnum() else ""


def first_letters(phrase: str) -> tuple[str, str]:
    """The first two letters of a phrase without spaces, or the only one before a gap or a choice."""
    letter, following = phrase[0], phrase[1:2]
    return letter, "" if following in "*(" else following


def write() -> None:
    for family in signs.LANGUAGES:
        signs.table_file(family).write_text(table(family), "utf-8")


if __name__ == "__main__":
    write()
