"""Lists announcements of a suicide: `python -m infra.safety.announcement_lists` writes what the gate reads.

`announcements/LANGUAGE.json` has sentences in everyday spelling: announcements (`says`), wishes to die, what `ends` a
life if the time is near, self-harm (`harms`), `hints`, and denials; times that are near (`soon`) or `later`, and what
else may stand beside (`with`); how the words of others are introduced (`reports`), and what tells that they are the
writer's `own`. `(a|b)` is a choice, `(a|b)?` may be absent, `#` is a number, ` *` any word.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from infra.safety.lines import SAFE, WRITERS, lines_of
from shared.safety import announcements, gate, scripts, signs
from shared.safety.phrases import split

FOLDER = Path(__file__).with_name("announcements")
SENTENCES = ("says", "wishes", "ends", "harms", "hints")
BESIDE = ("soon", "later", "with")
STANDARD: dict[signs.Family, Callable[[str], str]] = {
    "latin": gate.standard_words,
    "words": lambda text: scripts.plain(scripts.standard(text), " "),
    "letters": lambda text: scripts.plain(scripts.standard(text), ""),
}


Lists = Mapping[str, list[str]]  # by kind


def contents() -> Iterator[tuple[Path, str]]:
    """The files that the gate reads: the keys of all languages, and the lists of each."""
    families = {name: family for family, names in announcements.LANGUAGES.items() for name in names}
    lists = {name: _lists(name, family) for name, family in families.items()}
    keys = (f"{name}\t{' '.join(_keys(listed, families[name]))}\n" for name, listed in lists.items())
    yield announcements.KEYS, "".join(keys)
    for name, listed in lists.items():
        yield announcements.lists_file(name), json.dumps(listed, ensure_ascii=False, separators=(",", ":")) + "\n"


def _lists(name: str, family: signs.Family) -> Lists:
    written: dict[str, list[str]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    lists = {kind: _in_standard(phrases, family) for kind, phrases in written.items()}
    space = announcements.space_of(family)
    beside = announcements.tree({kind: lists[kind] for kind in BESIDE}, space)
    for kind in SENTENCES:
        bare = (announcements.without_what_stands_beside(phrase, beside, space)[0] for phrase in lists[kind])
        lists[kind] = {*bare} - {""}
    return {kind: sorted(phrases) for kind, phrases in lists.items()}


def _keys(lists: Lists, family: signs.Family) -> list[str]:
    return sorted({_key(phrase, family) for kind in (*SENTENCES, "denies") for phrase in lists[kind]})


def _key(phrase: str, family: signs.Family) -> str:
    """The one that is the rarest in safe lines."""
    parts = announcements.parts_of(phrase, announcements.space_of(family))
    return min(parts, key=lambda part: (_frequencies(family)[part], -len(part), part))


@cache
def _frequencies(family: signs.Family) -> Counter[str]:
    safe = (STANDARD[family](line.text) for line in lines_of(WRITERS) if line.grade == SAFE)
    return Counter(part for text in safe for part in announcements.parts_of(text, announcements.space_of(family)))


def _in_standard(phrases: Iterable[str], family: signs.Family) -> set[str]:
    unfolded = {each for phrase in phrases for each in unfold(phrase)}
    return {announcements.space_of(family).join(_words(each, STANDARD[family])) for each in unfolded}


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
    for file, content in contents():
        file.write_text(content, "utf-8")


if __name__ == "__main__":
    write()
