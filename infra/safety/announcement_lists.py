"""Lists announcements of a suicide: `python -m infra.safety.announcement_lists` writes what the gate reads.

`announcements/LANGUAGE.json` has, in everyday spelling, what is said and wished without its times, times that are near
or later, and what else may stand beside. `(a|b)` is a choice, `(a|b)?` may be absent, `#` is a number, ` *` any word.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from infra.safety.lines import SAFE, WRITERS, lines_of
from shared.safety import announcements, gate, scripts, signs
from shared.safety.phrases import split

FOLDER = Path(__file__).with_name("announcements")
STANDARD: dict[signs.Family, Callable[[str], str]] = {
    "latin": gate.standard_words,
    "words": lambda text: scripts.plain(scripts.standard(text), " "),
    "letters": lambda text: scripts.plain(scripts.standard(text), ""),
}


def content() -> str:
    """The content of the file that the gate reads: a language, its key words and its lists in each line."""
    return "".join(_line(name, family) for family, names in signs.LANGUAGES.items() for name in names)


def _line(name: str, family: signs.Family) -> str:
    lists: dict[str, list[str]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    said, wished, soon, later, besides = (
        _in_standard(lists[kind], family) for kind in ("says", "wishes", "soon", "later", "with")
    )
    beside = sorted(soon | later | besides, key=lambda phrase: (-len(phrase), phrase))
    is_spaced = family != "letters"
    bare_said, bare_wished = (
        {announcements.without(phrase, tuple(beside), is_spaced=is_spaced) for phrase in phrases} - {""}
        for phrases in (said, wished)
    )
    keys = {_key(phrase, family) for phrase in bare_said | bare_wished} if is_spaced else set[str]()
    content = [sorted(bare_said), sorted(bare_wished), beside, sorted(soon), sorted(later)]
    read = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return "\t".join([name, " ".join(sorted(keys)), read]) + "\n"


def _key(phrase: str, family: signs.Family) -> str:
    """The word that is the rarest in safe lines."""
    return min(phrase.split(), key=lambda word: (_frequencies(family)[word], -len(word), word))


@cache
def _frequencies(family: signs.Family) -> Counter[str]:
    safe = (line.text for line in lines_of(WRITERS) if line.grade == SAFE)
    return Counter(word for text in safe for word in STANDARD[family](text).split())


def _in_standard(phrases: Iterable[str], family: signs.Family) -> set[str]:
    unfolded = {each for phrase in phrases for each in unfold(phrase)}
    space = "" if family == "letters" else " "
    return {space.join(_words(each, STANDARD[family])) for each in unfolded}


def _words(phrase: str, standard: Callable[[str], str]) -> Iterator[str]:
    for part in re.split("([*#])", phrase):
        words = [part] if part in {"*", "#"} else standard(part).split()
        yield from (word for word in words if word not in {".", ","})


def unfold(phrase: str) -> Iterator[str]:
    """The phrase, once for each of its choices."""
    before, bracket, rest = phrase.partition("(")
    if not bracket:
        yield phrase
        return
    choices, rest = split(rest, ")", 1)
    is_optional = rest.startswith("?")
    for choice in [*split(choices, "|"), *([""] if is_optional else [])]:
        yield from unfold(f"{before}{choice}{rest.removeprefix('?')}")


def write() -> None:
    announcements.FILE.write_text(content(), "utf-8")


if __name__ == "__main__":
    write()
