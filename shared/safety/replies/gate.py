"""Reads what a language model writes, sentence by sentence, before it is stored or sent.

A sentence is read by itself, and together with the two before it as if they were one, because harm may be spread over
them. What a model must not say is replaced by a written answer. So is a sentence that is not surely English or German,
because no phrase of ours reads it; the reply ends with it.
"""

from collections import Counter
from typing import NamedTuple

from shared.safety.normalise import normalise
from shared.safety.replies.language import FOREIGN, SHORT, language_of
from shared.safety.replies.rulebook import find
from shared.safety.replies.texts import REPLY_TEXTS

READ_TOGETHER = 2  # sentences before one
MOST_IN_A_ROW = 3  # replaced sentences, with which a reply ends
ENDING = {"harm", "romance", FOREIGN}  # the categories with which a reply ends at once


class Screened(NamedTuple):
    """What is sent in place of a sentence."""

    text: str
    ends_reply: bool = False


class ReplyGate:
    """Reads one reply. `replaced` counts its replaced sentences by category."""

    def __init__(self, locale: str | None) -> None:
        self.replaced: Counter[str] = Counter()
        self._answers = REPLY_TEXTS.texts(locale).answers
        self._before: list[str] = []  # the words of the latest sentences
        self._short = ""  # the latest sentences that were too short to tell their language
        self._in_a_row = 0

    def screen(self, sentence: str) -> Screened:
        """The sentence, or a written answer in its place, which is never worded like the one before."""
        category = self._category(sentence)
        if category is None:
            self._in_a_row = 0
            return Screened(sentence)
        wordings = self._answers[category]
        space = sentence[len(sentence.rstrip()) :]
        text = wordings[self.replaced.total() % len(wordings)] + space
        self.replaced[category] += 1
        self._in_a_row += 1
        return Screened(text, category in ENDING or self._in_a_row == MOST_IN_A_ROW)

    def _category(self, sentence: str) -> str | None:
        """What is wrong with the sentence, or None."""
        self._short += f" {sentence}"
        language = language_of(self._short)
        if language == FOREIGN:
            return FOREIGN
        if language != SHORT:
            self._short = ""
        words = " ".join(normalise(sentence).replace(" ,", "").split(" . ")).strip(" .")
        before, self._before = self._before, [*self._before, words][-READ_TOGETHER:]
        start = len(" ".join(["", *before]))
        return find(f" {words} . ", 0) or find(f"{' '.join(['', *before, words])} . ", start)
