"""Reads a message of a person for its topic, for choices and for wishes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from functions.companion.guide.flows import Heard, Vocabulary
from functions.companion.rules.disclosure import asks_what_it_is
from functions.companion.rules.safe_words import says_safe

LONGEST_READ = 1_000  # characters
LONGEST_PHRASE = 5  # words
LONGEST_BRIEF = 2  # words
LONGEST_YES = 6  # words: more of them say more than yes or no
SHORT = frozenset({"bye", "thanks", "misread"})  # wishes that say all in few words: others go on to tell something
MEDICINE = "medicine"  # a wish only in a question: others tell of medicines too
SENTENCES = re.compile(r"[.!?\n,;]+(?:\s+(?:so|and|but|ok|und|aber|also)\b)?")
NEGATION_REACH = 3  # words
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Match(NamedTuple):
    position: int
    length: int  # words


def heard_in(text: str, vocabulary: Vocabulary) -> Heard:
    """What the guide hears in a message."""
    reader = MessageReader(text, vocabulary)
    return Heard(
        reader.topic, reader.wish, reader.choices, reader.number, reader.is_brief, reader.has_substance, reader.asks
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
                parts = tuple(WORD.findall(phrase))
                yield from (Match(index, len(parts)) for index in self._phrases.get(parts, ()))

    @cached_property
    def _phrases(self) -> Mapping[tuple[str, ...], list[int]]:
        """The positions of all phrases of the reader."""
        phrases: dict[tuple[str, ...], list[int]] = {}
        for index in range(len(self.words)):
            for length in range(1, LONGEST_PHRASE + 1):
                if index + length <= len(self.words):
                    phrases.setdefault(tuple(self.words[index : index + length]), []).append(index)
        return phrases
