"""Reads a message of a person for its topic, for choices and for wishes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from functions.companion.guide.flows import Heard, Vocabulary
from functions.companion.rules.disclosure import asks_what_it_is
from functions.companion.rules.safe_words import says_safe

LONGEST_READ = 1_000  # characters
LONGEST_PHRASE = 5  # words
LONGEST_GAP = 2  # words for which two dots stand
LONGEST_BRIEF = 2  # words
LONGEST_NAMED = 3  # words: a message that only names a practice asks for it
LONGEST_YES = 6  # words: more of them say more than yes or no
SHORT = frozenset({"bye", "thanks", "misread"})  # wishes that say all in few words: others go on to tell something
MEDICINE = "medicine"  # a wish only in a question: others tell of medicines too
SENTENCES = re.compile(r"[.!?\n,;]+(?:\s+(?:so|and|but|ok|und|aber|also)\b)?")
NEGATION_REACH = 3  # words
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
CLAUSE_END = re.compile(r"[.!?\n,;:()]")
MINUTES = re.compile(r"\b([1-9][0-9]?)[\s-]?min")


class Match(NamedTuple):
    position: int
    length: int  # words


class ListedPhrase(NamedTuple):
    """A phrase of a vocabulary. Between its parts there may be other words."""

    parts: Sequence[tuple[str, ...]]
    begins: bool
    ends: bool


@cache
def phrase_of(written: str) -> ListedPhrase:
    parts = tuple(tuple(WORD.findall(part)) for part in written.split(".."))
    return ListedPhrase(parts, begins=written.startswith("^"), ends=written.endswith("$"))


def heard_in(text: str, vocabulary: Vocabulary) -> Heard:
    """What the guide hears in a message."""
    reader = MessageReader(text, vocabulary)
    return Heard(
        reader.topic,
        reader.wish,
        reader.choices,
        reader.number,
        reader.is_brief,
        reader.has_substance,
        reader.asks,
        reader.kind,
        reader.minutes,
    )


class MessageReader:
    """A message, read with the vocabulary of a language."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text[:LONGEST_READ].replace("\u2019", "'")
        self._vocabulary = vocabulary
        self.words = WORD.findall(self.text.lower())

    @cached_property
    def topic(self) -> str | None:
        """The topic with the most words in the message. Of several, the first in the vocabulary."""
        scores = {name: self._score(phrases) for name, phrases in self._vocabulary.topics.items()}
        best = max(scores, key=lambda name: scores[name])
        return best if scores[best] else None

    @cached_property
    def wish(self) -> str | None:
        """What the person wants of the guide beside an answer."""
        if says_safe(self.text):
            return "safe"
        if asks_what_it_is(self.text):
            return "nature"
        if self._is_practical:
            return "practical"
        if self._wishes_practice:
            return "practice"
        wishes = self._vocabulary.wishes
        short = len(self.words) <= LONGEST_YES
        unfit = {*(() if short else SHORT), *(() if self.asks else (MEDICINE,))}
        found = next((name for name, words in wishes.items() if name not in unfit and self._score(words)), None)
        return found or ("question" if self.has_substance and self.asks else None)

    @cached_property
    def asks(self) -> bool:
        """Whether it ends with a question mark, or a sentence begins as a question does."""
        beginnings = tuple(f"{words} " for words in self._vocabulary.asking)
        sentences = (" ".join(sentence.lower().split()) for sentence in SENTENCES.split(self.text))
        return self.text.rstrip().endswith("?") or any(sentence.startswith(beginnings) for sentence in sentences)

    @property
    def kind(self) -> str | None:
        """The kind of practice that is named."""
        return next((kind for kind, words in self._vocabulary.kinds.items() if self._score(words)), None)

    @property
    def minutes(self) -> int | None:
        found = MINUTES.search(self.text.lower())
        return int(found[1]) if found else None

    @property
    def is_brief(self) -> bool:
        return len(self.words) <= LONGEST_BRIEF

    @property
    def has_substance(self) -> bool:
        """Whether there is a word that is no greeting and nothing like it."""
        return not self._vocabulary.greetings.issuperset(self.words)

    @property
    def choices(self) -> frozenset[str]:
        return frozenset(name for name in self._vocabulary.choices if self._names(name))

    @property
    def number(self) -> int | None:
        """The number of a choice, from 0 on, in a message of one or two words."""
        numbers = [index for index, words in enumerate(self._vocabulary.ordinals) if set(words) & set(self.words)]
        return numbers[0] if self.is_brief and len(numbers) == 1 else None

    @property
    def _is_practical(self) -> bool:
        """Whether it asks for something that the help answers. "Why do I get no reminders" asks too."""
        return self._is_wishing and any(True for _ in self._matches(self._vocabulary.practical))

    @property
    def _wishes_practice(self) -> bool:
        """Whether it asks for something short to do, or names nothing else, and does not tell of it."""
        vocabulary = self._vocabulary
        if not self._score(vocabulary.practices) or self._score(vocabulary.telling):
            return False
        return self._is_wishing or len(self.words) <= LONGEST_NAMED

    @property
    def _is_wishing(self) -> bool:
        return self.asks or any(True for _ in self._matches(self._vocabulary.wishing))

    def _names(self, choice: str) -> bool:
        """Yes and no stand at the beginning, or in a short reader."""
        anywhere = choice not in {"yes", "no"} or len(self.words) <= LONGEST_YES
        matches = [match for match in self._matches(self._vocabulary.choices[choice]) if anywhere or not match.position]
        return any(choice == "no" or not self._is_negated(match) for match in matches)

    def _score(self, phrases: Sequence[str]) -> int:
        return sum(match.length for match in self._matches(phrases) if not self._is_negated(match))

    def _is_negated(self, match: Match) -> bool:
        before = self.words[max(match.position - NEGATION_REACH, 0) : match.position]
        return any(word in self._vocabulary.negations or word.endswith("n't") for word in before)

    def _matches(self, phrases: Sequence[str]) -> Iterator[Match]:
        for phrase in phrases:
            if phrase.endswith("*"):
                stem = phrase[:-1]
                yield from (Match(index, 1) for index, word in enumerate(self.words) if word.startswith(stem))
            else:
                yield from self._matches_of(phrase_of(phrase))

    def _matches_of(self, phrase: ListedPhrase) -> Iterator[Match]:
        first, *others = phrase.parts
        for start in self._phrases.get(first, ()):
            end: int | None = start + len(first)
            for part in others:
                end = self._end_of(part, end) if end is not None else None
            if end is None or (phrase.begins and not self._begins_clause(start)):
                continue
            if not phrase.ends or end in self._clause_ends:
                yield Match(start, sum(map(len, phrase.parts)))

    def _end_of(self, part: tuple[str, ...], start: int) -> int | None:
        """Where a part ends that begins at most so many words after `start`."""
        places = self._phrases.get(part, ())
        return next((place + len(part) for place in places if start <= place <= start + LONGEST_GAP), None)

    def _begins_clause(self, position: int) -> bool:
        """Whether there is nothing before it in its clause but words like "ok" and "then"."""
        begin = max((end for end in self._clause_ends if end <= position), default=0)
        return self._vocabulary.greetings.issuperset(self.words[begin:position])

    @cached_property
    def _clause_ends(self) -> frozenset[int]:
        """How many words there are up to the end of each clause."""
        lowered, ends = self.text.lower(), set[int]()
        spans = [found.span() for found in WORD.finditer(lowered)]
        for number, (_, end) in enumerate(spans, 1):
            following = spans[number][0] if number < len(spans) else len(lowered)
            if number == len(spans) or CLAUSE_END.search(lowered, end, following):
                ends.add(number)
        return frozenset(ends)

    @cached_property
    def _phrases(self) -> Mapping[tuple[str, ...], list[int]]:
        """The positions of all phrases of the reader."""
        phrases: dict[tuple[str, ...], list[int]] = {}
        for index in range(len(self.words)):
            for length in range(1, LONGEST_PHRASE + 1):
                if index + length <= len(self.words):
                    phrases.setdefault(tuple(self.words[index : index + length]), []).append(index)
        return phrases
