"""Reads a message of a person for its topic, for choices and for wishes."""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import dropwhile

from functions.companion.guide.flows import PARTING, PERSON, QUOTED, TOLD_GOODBYE, Heard, Vocabulary
from functions.companion.guide.rules.dialect import without_dialect
from functions.companion.guide.rules.phrases import MessageWords
from functions.companion.guide.rules.reflection import reflection
from functions.companion.rules.disclosure import asks_what_it_is
from functions.companion.rules.safe_words import says_safe

LONGEST_BRIEF = 2  # words
LONGEST_NAMED = 3  # words: a message that only names a practice asks for it
LONGEST_YES = 6  # words: more of them say more than yes or no
LONGEST_WISH = 8  # words
LONGEST_GOODBYE = 3  # words, after something else
LONGEST_AGE = 4  # words: longer messages tell more than an age
LONGEST_QUESTION = 12  # words: longer messages tell something, however they end
LONGEST_REQUEST = 20  # words, with a reason
SHORT = frozenset(  # wishes that say all in few words: longer messages tell something
    {"bye", "thanks", "misread", "explain", "itself", "normal", "outlook", "others_mind", "how_to_say"}
)
YOUNG = "young"  # a wish only if nothing else is told
MEDICINE = "medicine"  # a wish only in a question: others tell of medicines too
MINUTES = re.compile(r"\b([1-9][0-9]?)[\s-]?min")


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
        reader.signs,
        reader.hints,
        reader.person,
        reader.own_words,
    )


class MessageReader:
    """A message, read with the vocabulary of a language."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._read = MessageWords(text, vocabulary, without_dialect if vocabulary.has_dialects else None)
        self.text, self.words = self._read.text, self._read.words

    @cached_property
    def signs(self) -> frozenset[str]:
        """The names of all signs. One counts if all groups of one of its lines are there."""
        return frozenset(
            name
            for name, lines in self._vocabulary.signs.items()
            if self._is_meant(name) and any(self._has_sign(name, line) for line in lines)
        )

    def _has_sign(self, name: str, groups: Sequence[str]) -> bool:
        return self._read.has_sign(groups, is_spread=name in self._vocabulary.spread)

    @cached_property
    def topic(self) -> str | None:
        """The first topic that has a sign, or the one with the most words. Of several, the first in the vocabulary."""
        topics = self._vocabulary.topics
        scores = {name: self._read.score(phrases) for name, phrases in topics.items() if self._may_be_topic(name)}
        if signed := next((name for name in self._vocabulary.signs if name in self.signs and name in topics), None):
            return signed
        best = max(scores, key=lambda name: scores[name], default=None)
        return best if best and scores[best] else None

    def _may_be_topic(self, name: str) -> bool:
        return self._is_meant(name) and not self._read.says(self._vocabulary.contrary.get(name, ()))

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """What it says beside a topic, in the order of the vocabulary."""
        return tuple(name for name in self._vocabulary.hints if self._is_hinted(name))

    def _is_hinted(self, name: str) -> bool:
        if not self._is_meant(name):
            return False
        return self.person is not None if name == PERSON else self._read.score(self._vocabulary.hints[name]) > 0

    @cached_property
    def person(self) -> str | None:
        """The first of the people in the vocabulary of whom it speaks."""
        return next((name for name, words in self._vocabulary.people.items() if self._read.has(words)), None)

    @property
    def own_words(self) -> str | None:
        """What the person says about the first hint, turned to speak to them."""
        phrases = self._vocabulary.hints[self.hints[0]] if self.hints else ()
        if not phrases:
            return None
        vocabulary = self._vocabulary
        return reflection(
            self.text,
            vocabulary.turning.grammar,
            vocabulary.turning,
            lambda said: MessageWords(said, vocabulary).has(phrases),
        )

    @cached_property
    def wish(self) -> str | None:
        """What the person wants of the guide beside an answer."""
        if says_safe(self.text):
            return "safe"
        if quoted := next((name for name in QUOTED if name in self.signs and self._may_ask), None):
            return quoted
        if asks_what_it_is(self.text):
            return "nature"
        if self._is_practical:
            return "practical"
        if self._wishes_practice:
            return "practice"
        return self._listed_wish or ("question" if self.has_substance and self.asks else None)

    @property
    def _listed_wish(self) -> str | None:
        unfit = set[str]() if len(self.words) <= LONGEST_WISH else {*SHORT}
        unfit -= {"bye"} if self._ends_with_goodbye else set()
        unfit |= set() if self._has_question else {MEDICINE}
        unfit |= set() if len(self.words) <= LONGEST_AGE else {YOUNG}
        unfit |= PARTING if TOLD_GOODBYE in self.signs else set()
        wishes = {name: words for name, words in self._vocabulary.wishes.items() if name not in unfit}
        return next((name for name, words in wishes.items() if self._read.score(words) and self._is_meant(name)), None)

    @property
    def _ends_with_goodbye(self) -> bool:
        """Whether the last clause is a goodbye, and little else."""
        last = len(self.words) - len(self._read.clauses[-1]) if self.words else 0
        goodbyes = self._read.matches(self._vocabulary.wishes["bye"])
        return len(self.words) - last <= LONGEST_GOODBYE and any(match.position >= last for match in goodbyes)

    @cached_property
    def asks(self) -> bool:
        """Whether it is a short question, and nothing is told before it: "I got it, can you believe it?" is none."""
        if len(self.words) > LONGEST_QUESTION or self._read.has(self._vocabulary.rhetorical):
            return False
        greetings, clauses = self._vocabulary.greetings, self._read.clauses
        told = [clause for clause in clauses if not greetings.issuperset(clause)] or clauses
        return bool(told) and (self._is_question(told[0]) or (len(told) == 1 and self._ends_with_mark))

    @property
    def kind(self) -> str | None:
        """The kind of practice that is named."""
        return next((kind for kind, words in self._vocabulary.kinds.items() if self._read.score(words)), None)

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
    def _ends_with_mark(self) -> bool:
        return self.text.rstrip().endswith("?")

    @property
    def _has_question(self) -> bool:
        """Whether there is a question anywhere."""
        return self._ends_with_mark or any(map(self._is_question, self._read.clauses))

    def _is_question(self, clause: Sequence[str]) -> bool:
        """Whether a clause begins as a question does, after words like "so" and "hi"."""
        asked = " ".join(dropwhile(self._opens, clause))
        return f"{asked} ".startswith(tuple(f"{words} " for words in self._vocabulary.asking))

    def _opens(self, word: str) -> bool:
        """Whether a word may stand before a question: "so", or a greeting with which none begins. Not "I"."""
        vocabulary = self._vocabulary
        begins = any(words.split()[0] == word for words in vocabulary.asking)
        is_greeting = word in vocabulary.greetings and word not in vocabulary.oneself and not begins
        return is_greeting or word in vocabulary.turning.dropped

    @property
    def _is_practical(self) -> bool:
        """Whether it asks for something that the help answers. "Why do I get no reminders" asks too."""
        return self._requests and self._is_meant("practical") and self._read.has(self._vocabulary.practical)

    @property
    def _wishes_practice(self) -> bool:
        """Whether it asks for something short to do, or names nothing else, and does not tell of it."""
        vocabulary = self._vocabulary
        if not self._read.score(vocabulary.practices) or self._read.score(vocabulary.telling):
            return False
        return self._is_wishing or len(self.words) <= LONGEST_NAMED or self._begins_with_practice

    @property
    def _begins_with_practice(self) -> bool:
        matches = self._read.matches(self._vocabulary.practices)
        return len(self.words) <= LONGEST_WISH and any(self._read.begins_clause(match.position) for match in matches)

    @property
    def _is_wishing(self) -> bool:
        return self.asks or self._read.has(self._vocabulary.wishing)

    @property
    def _may_ask(self) -> bool:
        """Whether it asks for something, or has a question beside what it tells."""
        return self._requests or (len(self.words) <= LONGEST_REQUEST and self._has_question)

    @property
    def _requests(self) -> bool:
        return len(self.words) <= LONGEST_REQUEST and self._is_wishing

    def _is_meant(self, name: str) -> bool:
        """Whether nothing says that a topic or a wish is not meant: "reminders of him" are none of the app."""
        return not self._read.has(self._vocabulary.unlike.get(name, ()))

    def _names(self, choice: str) -> bool:
        """Yes and no stand at the beginning, or in a short reader."""
        anywhere = choice not in {"yes", "no"} or len(self.words) <= LONGEST_YES
        listed = self._read.matches(self._vocabulary.choices[choice])
        matches = [match for match in listed if anywhere or not match.position]
        return any(choice == "no" or not self._read.is_negated(match) for match in matches)
