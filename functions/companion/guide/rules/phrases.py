"""Finds the phrases and the signs of a vocabulary in a message."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain, pairwise, product
from typing import NamedTuple, Protocol

from functions.companion.guide.flows import WORD
from functions.companion.guide.rules.misspellings import misspellings, shortened

LONGEST_READ = 1_000  # characters
LONGEST_PHRASE = 5  # words
LONGEST_GAP = 2  # words for which two dots stand
NEGATION_REACH = 3  # words
SIGN_REACH = 8  # words between the parts of a sign
CLAUSE_END = re.compile(r"[.!?\n,;:()]")
Reading = Callable[[Sequence[str]], Sequence[str]]
SENTENCE_END = re.compile(r"[.!?\n;]")


class WordLists(Protocol):
    """What matching needs of a vocabulary."""

    @property
    def spellings(self) -> Mapping[str, str]: ...
    @property
    def groups(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def greetings(self) -> frozenset[str]: ...
    @property
    def negations(self) -> frozenset[str]: ...
    @property
    def subjects(self) -> frozenset[str]: ...
    @property
    def feelings(self) -> frozenset[str]: ...
    @property
    def oneself(self) -> frozenset[str]: ...
    @property
    def other_people(self) -> frozenset[str]: ...
    @property
    def known(self) -> frozenset[str]: ...
    @property
    def telling_words(self) -> frozenset[str]: ...


class Match(NamedTuple):
    position: int
    length: int  # words
    gaps: Sequence[str] = ()  # the other words between its parts


class ListedPhrase(NamedTuple):
    """A phrase of a vocabulary. Between its parts there may be other words."""

    parts: Sequence[tuple[str, ...]]
    begins: bool
    ends: bool


@cache
def phrases_of(written: str) -> Sequence[tuple[tuple[str, ...], Sequence[ListedPhrase]]]:
    """A phrase with each of the alternatives that its words have, by their first part."""
    parts = [product(*(word.split("|") for word in part.split())) for part in written.split("..")]
    begins, ends = written.startswith("^"), written.endswith("$")
    phrases: dict[tuple[str, ...], list[ListedPhrase]] = {}
    for alternative in product(*parts):
        listed = [tuple(WORD.findall(" ".join(words))) for words in alternative]
        phrases.setdefault(listed[0], []).append(ListedPhrase(listed, begins, ends))
    return list(phrases.items())


class MessageWords:
    """The words of a message, in lower case and in one spelling."""

    def __init__(self, text: str, lists: WordLists, without_dialect: Reading | None = None) -> None:
        self.text = text[:LONGEST_READ].replace("\u2019", "'")
        self._lists, self._without_dialect = lists, without_dialect
        self._lowered = self.text.lower()
        spans = [found.span() for found in WORD.finditer(self._lowered)]
        read = self._read([self._lowered[start:end] for start, end in spans])
        self._spans = [span for span, words in zip(spans, read, strict=True) for _ in words.split()]
        self.words = [word for words in read for word in words.split()]

    def _read(self, written: Sequence[str]) -> Sequence[str]:
        """The words as they stand in the vocabulary. One may be read as two."""
        spelled = [self._spelled(word) for word in written]
        return [self._spelled(word) for word in self._without_dialect(spelled)] if self._without_dialect else spelled

    def _spelled(self, word: str) -> str:
        lists = self._lists
        short = shortened(word, lists.known)
        return lists.spellings.get(short) or misspellings(lists.telling_words, lists.known).get(short, short)

    @cached_property
    def clauses(self) -> Sequence[Sequence[str]]:
        ends = sorted({0, *self.clause_ends})
        return [self.words[start:end] for start, end in pairwise(ends)]

    @cached_property
    def clause_ends(self) -> frozenset[int]:
        """How many words there are up to the end of each clause."""
        return self._ends(CLAUSE_END)

    def score(self, phrases: Sequence[str]) -> int:
        """How many words of the phrases are said and not denied."""
        return sum(match.length for match in self.matches(phrases) if self._is_said(match))

    def _is_said(self, match: Match) -> bool:
        return not self.is_negated(match) and not self._is_felt_by_others(match)

    def _is_felt_by_others(self, match: Match) -> bool:
        """Whether it names a feeling that somebody else has: "my dad will be so mad". Not "my dad is mad at me"."""
        lists, words = self._lists, self.words[match.position : match.position + match.length + len(match.gaps)]
        if lists.feelings.isdisjoint(words) or not lists.oneself.isdisjoint(words):
            return False
        clause = max((end for end in self.clause_ends if end <= match.position), default=0)
        before = reversed(self.words[clause : match.position])
        people = (word if word in lists.oneself else word.removesuffix("'s") for word in before)
        nearest = next((word for word in people if word in lists.oneself or word in lists.other_people), None)
        return nearest in lists.other_people

    def has(self, phrases: Sequence[str]) -> bool:
        """Whether one of the phrases is there, even if it is denied."""
        return any(True for _ in self.matches(phrases))

    def says(self, phrases: Sequence[str]) -> bool:
        """Whether one of the phrases is there and not denied."""
        return any(not self.is_negated(match) for match in self.matches(phrases))

    def has_sign(self, groups: Sequence[str], *, is_spread: bool = False) -> bool:
        """Whether a sentence has a phrase of each group, and they are near each other, in any order.

        If the sign may be spread, its phrases may stand anywhere in the message.
        """
        first, *others = (self._said(self._lists.groups[name]) for name in groups)
        if is_spread:
            return bool(first) and all(others)
        return any(all(any(self._are_near(place, other) for other in places) for places in others) for place in first)

    def is_negated(self, match: Match) -> bool:
        """Whether a negation stands before it in its sentence, or between its parts.

        None reaches over a subject ("no, he has gone"), or to a phrase that denies by itself ("never felt better").
        """
        if any(map(self._denies, match.gaps)):
            return True
        if self._denies(self.words[match.position]):
            return False
        sentence = max((end for end in self._sentence_ends if end <= match.position), default=0)
        for word in reversed(self.words[max(match.position - NEGATION_REACH, sentence) : match.position]):
            if self._denies(word):
                return True
            if word in self._lists.subjects:
                return False
        return False

    def _denies(self, word: str) -> bool:
        return word in self._lists.negations or word.endswith("n't")

    def matches(self, phrases: Sequence[str]) -> Iterator[Match]:
        for phrase in phrases:
            if phrase.endswith("*"):
                stem = phrase[:-1]
                yield from (Match(index, 1) for index, word in enumerate(self.words) if word.startswith(stem))
            else:
                for first, alternatives in phrases_of(phrase):
                    if first in self._phrases:
                        yield from chain.from_iterable(map(self._matches_of, alternatives))

    def _matches_of(self, phrase: ListedPhrase) -> Iterator[Match]:
        first, *others = phrase.parts
        for start in self._phrases.get(first, ()):
            end, gaps = start + len(first), list[str]()
            for part in others:
                place = self._place_of(part, end)
                if place is None:
                    break
                gaps += self.words[end:place]
                end = place + len(part)
            else:
                if self._may_stand(phrase, start, end):
                    yield Match(start, sum(map(len, phrase.parts)), gaps)

    def _may_stand(self, phrase: ListedPhrase, start: int, end: int) -> bool:
        """Whether it stands at the beginning or the end of a clause, if it has to."""
        is_begun = not phrase.begins or self.begins_clause(start)
        return is_begun and (not phrase.ends or end in self.clause_ends)

    def _place_of(self, part: tuple[str, ...], start: int) -> int | None:
        """Where a part begins, at most so many words after `start`."""
        return next((place for place in self._phrases.get(part, ()) if start <= place <= start + LONGEST_GAP), None)

    def _said(self, phrases: Sequence[str]) -> list[int]:
        return [match.position for match in self.matches(phrases) if not self.is_negated(match)]

    def _are_near(self, one: int, other: int) -> bool:
        low, high = sorted((one, other))
        return high - low <= SIGN_REACH and not any(low < end <= high for end in self._sentence_ends)

    def begins_clause(self, position: int) -> bool:
        """Whether there is nothing before it in its clause but words like "ok" and "then"."""
        begin = max((end for end in self.clause_ends if end <= position), default=0)
        return self._lists.greetings.issuperset(self.words[begin:position])

    def _ends(self, mark: re.Pattern[str]) -> frozenset[int]:
        """How many words there are up to each of the marks, and up to the end."""
        starts = [start for start, _ in self._spans[1:]] + [len(self._lowered)]
        marked = (mark.search(self._lowered, end, start) for (_, end), start in zip(self._spans, starts, strict=False))
        return frozenset({number for number, found in enumerate(marked, 1) if found} | {len(self.words)} - {0})

    @cached_property
    def _sentence_ends(self) -> frozenset[int]:
        return self._ends(SENTENCE_END)

    @cached_property
    def _phrases(self) -> Mapping[tuple[str, ...], list[int]]:
        """The positions of all phrases of the message."""
        phrases: dict[tuple[str, ...], list[int]] = {}
        for index in range(len(self.words)):
            for length in range(1, LONGEST_PHRASE + 1):
                if index + length <= len(self.words):
                    phrases.setdefault(tuple(self.words[index : index + length]), []).append(index)
        return phrases
