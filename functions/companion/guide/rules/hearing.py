"""What a message of a person says, as far as the guide can tell: its topic, a choice, a wish."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from functions.companion.guide.flows import Vocabulary
from functions.companion.rules.disclosure import asks_what_it_is
from functions.companion.rules.safe_words import says_safe

LONGEST_READ = 1_000  # characters
LONGEST_PHRASE = 5  # words
LONGEST_BRIEF = 2  # words
LONGEST_YES = 6  # words: more of them say more than yes or no
CLOSING = frozenset({"bye", "thanks"})  # wishes that are said in few words
NEGATION_REACH = 3  # words
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Match(NamedTuple):
    position: int
    length: int  # words


class Heard:
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
        found = next(
            (name for name, words in wishes.items() if (short or name not in CLOSING) and self._score(words)), None
        )
        return found or ("question" if self.has_substance and self.text.rstrip().endswith("?") else None)

    @property
    def is_brief(self) -> bool:
        return len(self.words) <= LONGEST_BRIEF

    @property
    def has_substance(self) -> bool:
        """Whether there is a word that is no greeting and nothing like it."""
        return not self._vocabulary.greetings.issuperset(self.words)

    def choice(self, names: Sequence[str], *, by_number: bool = True) -> str | None:
        """The one of some choices that the message names, by its words or its number. None if it names several."""
        named = [name for name in names if self._names(name)]
        numbered = [
            name
            for name, ordinals in zip(names, self._vocabulary.ordinals, strict=False)
            if by_number and self.is_brief and set(ordinals) & set(self.words)
        ]
        found = named or numbered
        return found[0] if len(found) == 1 else None

    def _names(self, choice: str) -> bool:
        matches = self._matches(self._vocabulary.choices[choice])
        if choice in {"yes", "no"}:
            return any(not match.position or len(self.words) <= LONGEST_YES for match in matches)
        return any(not self._is_negated(match) for match in matches)

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
        """The positions of all phrases of the message."""
        phrases: dict[tuple[str, ...], list[int]] = {}
        for index in range(len(self.words)):
            for length in range(1, LONGEST_PHRASE + 1):
                if index + length <= len(self.words):
                    phrases.setdefault(tuple(self.words[index : index + length]), []).append(index)
        return phrases
