"""Reads what a language model writes, sentence by sentence, before it is stored or sent.

A sentence is read by itself, and together with the two before it as if they were one, because harm may be spread over
them. What a model must not say is replaced by a written answer. So is a sentence that is not surely English or German,
because no phrase of ours reads it; the reply ends with it. A phrase counts if the scorer finds harm likely, too; where
the scorer is certain, no phrase is needed.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from shared.safety.replies.language import FOREIGN, languages_of
from shared.safety.replies.rulebook import find, words_of
from shared.safety.replies.scorer import ReplyScorer, is_short, reply_scorer
from shared.safety.replies.texts import REPLY_TEXTS

READ_TOGETHER = 2  # sentences before one
MOST_IN_A_ROW = 3  # replaced sentences, with which a reply ends
OTHER = "other"  # what the scorer finds without a phrase
ENDING = {"harm", "romance", FOREIGN}  # the categories with which a reply ends at once


class Screened(NamedTuple):
    """What is sent in place of some sentences."""

    texts: list[str]
    ends_reply: bool


class ReplyGate:
    """Reads one reply. `replaced` counts its replaced sentences by category."""

    def __init__(self, locale: str | None, scorer: ReplyScorer | None = None) -> None:
        self.replaced: Counter[str] = Counter()
        self._scorer = scorer
        self._answers = REPLY_TEXTS.texts(locale).answers
        self._before: list[str] = []  # the words of the latest sentences
        self._short = ""  # the latest sentences that were too short to tell their language
        self._in_a_row = 0

    def screen(self, sentences: Iterable[str]) -> Screened:
        """The next sentences, with written answers in place of some, up to one that ends the reply."""
        texts = []
        for sentence in sentences:
            category = self._category(sentence)
            texts.append(self._answer(category, sentence) if category else sentence)
            if category:
                self._before = []  # nobody reads it
            self._in_a_row = self._in_a_row + 1 if category else 0
            if category in ENDING or self._in_a_row == MOST_IN_A_ROW:
                return Screened(texts, ends_reply=True)
        return Screened(texts, ends_reply=False)

    def _answer(self, category: str, sentence: str) -> str:
        """A written answer, with the blank space after the sentence. The same one does not come twice in a row."""
        wordings = self._answers[category]
        text = wordings[self.replaced.total() % len(wordings)]
        self.replaced[category] += 1
        return f"{text}{sentence[len(sentence.rstrip()) :] or ' '}"

    def _category(self, sentence: str) -> str | None:
        """What is wrong with the sentence, or None."""
        self._short += f" {sentence}"
        languages = languages_of(self._short)
        if FOREIGN in languages:
            return FOREIGN
        if languages:
            self._short = ""
        words = words_of(sentence)
        before, self._before = self._before, [*self._before, words][-READ_TOGETHER:]
        scorer = self._scorer or reply_scorer()
        score = scorer.score(before, words)
        if score < scorer.likely and not is_short(words):
            return None  # no phrase is looked for, which takes longer than all else
        category = find(words, languages) or find("".join([*before, words]), languages, sum(map(len, before)))
        return category or (OTHER if score >= scorer.certain else None)
