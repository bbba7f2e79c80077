"""Finds sentences, and clauses between commas, in which somebody announces or wishes to die, and says nothing else.

What may stand beside, such as a time or "I can't any more", is taken out. If the rest is one of the listed sentences,
no scorer has to confirm it: in a sentence, nothing is left that could make it a joke, a quotation or a denial. Clauses
are read of sentences that tell of nobody else, unless somebody else is said to speak them.
`announcements/lists_LANGUAGE.json` is made from `infra/safety/announcements/LANGUAGE.json`, and `keys.tsv` from all.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.safety import signs
from shared.safety.signs import Family

FOLDER = Path(__file__).with_name("announcements")
KEYS = FOLDER / "keys.tsv"  # of all languages, so that few texts need the lists of one
LONGEST = 160  # letters of a sentence that is looked at
LONGEST_REPORT = 8  # words, or letters where words have no spaces
PLAIN: Mapping[Family, tuple[str, ...]] = {  # languages with announcements alone: no patterns, signs or scorer
    "latin": (
        "bn_latin", "cs", "da", "el_latin", "et", "fi", "hr", "hu", "id", "lt", "lv", "ne_latin", "no", "ro", "sk",
        "sl", "sq", "sv", "sw", "tl", "vi",
    ),
    "words": ("bg", "bn", "el", "fa", "he", "ne", "sr", "ta", "uk", "ur"),
    "letters": ("th",),
}  # fmt: skip
LANGUAGES: Mapping[Family, tuple[str, ...]] = {
    family: (*names, *PLAIN[family]) for family, names in signs.LANGUAGES.items()
}
CODES = {"soon": "means_now", "later": "plan"}  # of what is announced with a time that is near, or another


class StandardSentence(NamedTuple):
    """A sentence in its standard spelling."""

    clauses: tuple[str, ...]  # between its commas
    is_open: bool = True  # it tells of nobody else


class PhraseTree(dict[str, "PhraseTree"]):
    """Phrases by their words, or by their letters where words have no spaces. `#` is any number, `*` any word."""

    kind: str | None = None  # of the phrase that ends here

    def add(self, phrase: Sequence[str], kind: str) -> None:
        """Add a phrase of some kind."""
        node = self
        for part in phrase:
            node = node.setdefault(part, PhraseTree())
        node.kind = kind

    def longest(self, parts: Sequence[str], start: int) -> tuple[int, str]:
        """Where the longest phrase ends that begins at `start`, and its kind. It ends at `start` if there is none."""
        node, found = self, (start, "")
        for place in range(start, len(parts)):
            following = node.get(parts[place], node.get("*"))
            if following is None:
                break
            node = following
            if node.kind is not None:
                found = place + 1, node.kind
        return found


class AnnouncementLists(NamedTuple):
    """What is listed of a language, in its standard spelling. All but `denies` is without what may stand beside."""

    says: frozenset[str]  # announcements
    wishes: frozenset[str]  # wishes to die, which a time makes no plan
    ends: frozenset[str]  # what announces a death only with a time that is near, such as to stop everything
    harms: frozenset[str]  # self-harm
    hints: frozenset[str]  # what may be meant so
    denies: frozenset[str]  # that somebody does not want to die
    reports: PhraseTree  # how an introduction of words ends
    own: frozenset[str]  # what it has if they are the writer's own: a word, or its beginning where there are no spaces
    beside: PhraseTree  # what may stand beside
    space: str  # what stands between words


def find(sentences: Iterable[StandardSentence], family: Family) -> set[str]:
    """The codes of sentences and of their clauses."""
    return {code for sentence in {*sentences} for code in _codes(sentence, family)}


def is_denial(sentence: str, family: Family) -> bool:
    """Whether a sentence says that somebody does not want to die, and nothing else."""
    return any(sentence in announcement_lists(name).denies for name in _languages(sentence, family))


def introduces_another(lead: str, family: Family) -> bool:
    """Whether somebody else is said to speak what follows these words, such as "my friend wrote"."""
    return any(_introduces_another(lead, announcement_lists(name)) for name in LANGUAGES[family])


def _codes(sentence: StandardSentence, family: Family) -> Iterator[str]:
    clauses, is_open = sentence
    whole = space_of(family).join(clauses)
    for name in _languages(whole, family):
        lists = announcement_lists(name)
        yield from _codes_of(whole, lists)
        if is_open and clauses[1:]:
            yield from _codes_of_clauses(clauses, lists)


def _codes_of_clauses(clauses: Sequence[str], lists: AnnouncementLists) -> Iterator[str]:
    codes = {clause: [*_codes_of(clause, lists)] for clause in {*clauses}}
    if any(codes.values()):
        for clause in {*_own_clauses(clauses, lists)}:
            yield from codes[clause]


def _own_clauses(clauses: Sequence[str], lists: AnnouncementLists) -> Iterator[str]:
    """Those that nobody else is said to speak, as in "he said, I want to die", or "I want to die, he said"."""
    for clause, following in zip(clauses, [*clauses[1:], ""], strict=True):
        if _introduces_another(clause, lists):
            return
        if not _introduces_another(following, lists, whole=True):
            yield clause


def _codes_of(text: str, lists: AnnouncementLists) -> Iterator[str]:
    if len(text) > LONGEST:
        return
    bare, kinds = without_what_stands_beside(text, lists.beside, lists.space)
    if bare in lists.says:
        yield next((code for kind, code in CODES.items() if kind in kinds), "explicit_ideation")
    if bare in lists.wishes or (bare in lists.ends and "soon" in kinds):
        yield "explicit_ideation"
    if bare in lists.harms:
        yield "self_harm"
    if bare in lists.hints:
        yield "indirect"


def without_what_stands_beside(text: str, beside: PhraseTree, space: str) -> tuple[str, set[str]]:
    """A sentence without what may stand beside, and the kinds of that."""
    parts = parts_of(text, space)
    rest: list[str] = []
    kinds: set[str] = set()
    place = 0
    while place < len(parts):
        end, kind = beside.longest(parts, place)
        if end == place:
            rest.append(parts[place])
        kinds.add(kind)
        place = max(end, place + 1)
    return space.join(rest), kinds


def parts_of(text: str, space: str) -> Sequence[str]:
    """The words of a text, or its letters if no space stands between words. Each number is #."""
    text = re.sub("[0-9]+", "#", text)
    return text.split() if space else text


def space_of(family: Family) -> str:
    """What stands between words."""
    return "" if family == "letters" else " "


def _introduces_another(lead: str, lists: AnnouncementLists, *, whole: bool = False) -> bool:
    parts = parts_of(lead, lists.space)
    starts = range(min(1, len(parts))) if whole else range(max(0, len(parts) - LONGEST_REPORT), len(parts))
    is_report = any(lists.reports.longest(parts, start)[0] == len(parts) for start in starts)
    return is_report and not any(f" {own}{lists.space}" in f" {lead} " for own in lists.own)


def _languages(text: str, family: Family) -> set[str]:
    """The languages that may have listed a text, because one of their keys is in it."""
    names = _names_by_key(family)
    return {name for key in names.keys() & parts_of(text, space_of(family)) for name in names[key]}


@cache
def _names_by_key(family: Family) -> Mapping[str, Sequence[str]]:
    names: dict[str, list[str]] = {}
    for name in LANGUAGES[family]:
        for key in keys()[name]:
            names.setdefault(key, []).append(name)
    return names


@cache
def keys() -> Mapping[str, Sequence[str]]:
    """By language: words, or letters, of which each of its sentences has one. Read when the first text needs it."""
    lines = (line.split("\t") for line in KEYS.read_text("utf-8").splitlines())
    return {name: its_keys.split() for name, its_keys in lines}


def lists_file(language: str) -> Path:
    return FOLDER / f"lists_{language}.json"


@cache
def announcement_lists(language: str) -> AnnouncementLists:
    """The announcements of a language, and what may stand beside them. Read when the first text needs it."""
    listed: dict[str, list[str]] = json.loads(lists_file(language).read_text("utf-8"))
    space = "" if language in LANGUAGES["letters"] else " "
    beside = tree({kind: listed.pop(kind) for kind in ("with", "later", "soon")}, space)
    reports = tree({"reports": listed.pop("reports")}, space)
    sets = {kind: frozenset(phrases) for kind, phrases in listed.items()}
    return AnnouncementLists(**sets, beside=beside, reports=reports, space=space)


def tree(phrases: Mapping[str, Iterable[str]], space: str) -> PhraseTree:
    """A tree of phrases, by their kind. What is of two kinds counts for the last."""
    root = PhraseTree()
    for kind, each in phrases.items():
        for phrase in each:
            root.add(parts_of(phrase, space), kind)
    return root
