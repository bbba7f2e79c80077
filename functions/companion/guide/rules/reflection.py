"""Turns a sentence of a person, so that it speaks to them: "I miss my dog" becomes "you miss your dog".

A wrong reflection is worse than none. So a sentence is turned only if every word that has to change is sure.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from functions.companion.guide.flows import Turning

LONGEST, SHORTEST = 12, 3  # words
LONGEST_READ = 1_000  # characters
SENTENCE = re.compile(r"[^.!?\n;]+[.!?]*")
NO_WORD = re.compile(r"(.)\1\1|^[^aeiouyäöü']{2,}$")  # "sooo", "rly"
NO_APOSTROPHE = re.compile(r"(?:have|has|had|could|would|should|are|was|were|need|must)nt")  # "havent"
PLAIN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*,?(?: [^\W\d_]+(?:['-][^\W\d_]+)*,?)*")
IsAbout = Callable[[str], bool]


class Unsure(Exception):
    """A sentence cannot be turned with certainty."""


class Word(NamedTuple):
    """A word as it is written, and in lower case without its comma."""

    written: str
    plain: str

    def turned(self, plain: str) -> "Word":
        return Word(plain + ("," if self.written.endswith(",") else ""), plain)


def reflection(text: str, language: str, turning: Turning, is_about: IsAbout = bool) -> str | None:
    """The longest sentence about something that can be turned, without its full stop. None if there is none."""
    read = text[:LONGEST_READ].replace("\u2019", "'")
    if language == "de" and read.islower():  # whose nouns would stay in lower case
        return None
    sentences = filter(is_about, SENTENCE.findall(read))
    turned = [said for sentence in sentences if (said := _turned(sentence, language, turning))]
    return max(turned, key=len, default=None)


def _turned(sentence: str, language: str, turning: Turning) -> str | None:
    stripped = " ".join(sentence.rstrip(".!").split())
    if not PLAIN.fullmatch(stripped):
        return None
    words = [Word(word, word.rstrip(",").lower()) for word in stripped.split()]
    while words and words[0].plain in turning.dropped:
        words = words[1:]
    if not _is_sayable(words, turning):
        return None
    try:
        turned = _german(words, turning) if language == "de" else _english(words, turning)
    except Unsure:
        return None
    plain = [word.plain for word in turned]
    if any(a == b for a, b in pairwise(plain)) or turned == words:
        return None
    return " ".join(word.written for word in turned).rstrip(",")


def _is_sayable(words: list[Word], turning: Turning) -> bool:
    plain = [word.plain for word in words]
    is_shouted = all(word.written.isupper() for word in words)
    return (
        SHORTEST <= len(words) <= LONGEST
        and not is_shouted
        and plain[0] in turning.beginnings
        and plain[-1] not in turning.conjunctions
        and turning.unsure.isdisjoint(plain)
        and " ".join(plain) not in turning.fillers
        and turning.nouns.isdisjoint(word.written.rstrip(",") for word in words)
        and not any(map(NO_WORD.search, plain))
        and not any(map(NO_APOSTROPHE.fullmatch, plain))
    )


def _first_written(words: list[Word]) -> list[Word]:
    """The words with the first in lower case: all words that may begin a sentence are pronouns or adverbs."""
    return [words[0].turned(words[0].plain), *words[1:]]


def _english(words: list[Word], turning: Turning) -> list[Word]:
    """Pronouns, and the forms of "be" that agree with them."""
    turned = []
    for index, word in enumerate(_first_written(words)):
        before = [earlier.plain for earlier in words[:index]]
        while before and before[-1] in turning.adverbs:
            before.pop()
        last = before[-1] if before else ""
        if word.plain in {"was", "wasn't"}:
            turned.append(_past(word, before, turning))
        elif word.plain == "me" and last in {"is", "it's", "that's", "was", "just", "only", "and", "like"}:
            raise Unsure
        else:
            turned.append(word.turned(turning.pronouns[word.plain]) if word.plain in turning.pronouns else word)
    return turned


def _past(word: Word, before: list[str], turning: Turning) -> Word:
    """The form of "was" after its subject, which has to stand beside it."""
    if before and before[-1] == "i":
        return word.turned({"was": "were", "wasn't": "weren't"}[word.plain])
    nouns = before[-2:-1] if before and before[-1] not in turning.conjunctions else []
    has_other_subject = not turning.third_persons.isdisjoint([*nouns, *before[-1:]])
    if "i" in before and not has_other_subject:
        raise Unsure
    return word


def _german(words: list[Word], turning: Turning) -> list[Word]:
    """Pronouns, and in each clause the verb that agrees with "ich"."""
    turned, is_about_me = list[Word](), False
    for clause in _clauses(_first_written(words), turning):
        plain = [word.plain for word in clause]
        verb = _verb_position(plain, turning, is_continued=is_about_me and plain[0] in turning.conjunctions)
        is_about_me = verb is not None
        for index, word in enumerate(clause):
            if index == verb:
                turned.append(word.turned(turning.verbs[word.plain]))
            else:
                turned.append(word.turned(turning.pronouns[word.plain]) if word.plain in turning.pronouns else word)
    return turned


def _clauses(words: list[Word], turning: Turning) -> Iterator[list[Word]]:
    """A clause begins after a comma, or with a conjunction."""
    clause = list[Word]()
    for word in words:
        if clause and (clause[-1].written.endswith(",") or word.plain in turning.conjunctions):
            yield clause
            clause = []
        clause.append(word)
    yield clause


def _verb_position(plain: list[str], turning: Turning, *, is_continued: bool) -> int | None:
    """Where a clause has the verb of "ich". None if it is about others. Raises `Unsure`."""
    first = 1 if plain[0] in turning.conjunctions else 0
    verbs = [place for place, word in enumerate(plain) if word in turning.verbs]
    if "ich" in plain:
        return _verb_beside_subject(plain, verbs, is_subordinate=plain[first] in turning.subordinators)
    if is_continued and verbs:
        if verbs != [first]:
            raise Unsure
        return first
    if any(plain[place] not in turning.third_persons for place in verbs):
        raise Unsure
    return None


def _verb_beside_subject(plain: list[str], verbs: list[int], *, is_subordinate: bool) -> int:
    """The only verb of a clause with "ich": beside it, or at the end of a subordinate clause. Raises `Unsure`."""
    subject = plain.index("ich")
    places = {len(plain) - 1} if is_subordinate else {subject + 1, subject - 1}
    if plain.count("ich") > 1 or len(verbs) != 1 or verbs[0] not in places:
        raise Unsure
    return verbs[0]
