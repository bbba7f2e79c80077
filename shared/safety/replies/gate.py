"""Reads what a language model writes, sentence by sentence, before it is stored or sent.

A sentence is read by itself, and together with the two before it as if they were one, because harm may be spread over
them. What a model must not say is replaced by a written answer. So is a sentence that is not surely English or German,
because nothing of ours reads it; the reply ends with it.

What it takes to die, and what speaks against help lines, is found by phrases alone: words that are harmless in
themselves say it. For all else, a scorer of n-grams passes on what may be harmful to an encoder, which reads better and
takes a hundred times as long. A phrase counts if the sum of both scores says that harm is likely; where it is certain,
no phrase is needed.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from shared.safety.replies.language import FOREIGN, languages_of
from shared.safety.replies.rulebook import find, find_certain, words_of
from shared.safety.replies.scorer import ReplyScorer, is_short, reply_scorer
from shared.safety.replies.texts import REPLY_TEXTS, foreign_answer

if TYPE_CHECKING:
    from shared.safety.replies.encoder import ReplyEncoder

READ_TOGETHER = 2  # sentences before one
MOST_IN_A_ROW = 3  # replaced sentences, with which a reply ends
OTHER = "other"  # what the scores find without a phrase
ENDING = {"harm", "romance", FOREIGN}  # the categories with which a reply ends at once


class Screened(NamedTuple):
    """What is sent in place of some sentences."""

    texts: list[str]
    ends_reply: bool


class Harm(NamedTuple):
    """What the scores say."""

    is_likely: bool
    is_certain: bool


class ReplyGate:
    """Reads one reply. `replaced` counts its replaced sentences by category."""

    def __init__(
        self, locale: str | None, scorer: ReplyScorer | None = None, encoder: "ReplyEncoder | None" = None
    ) -> None:
        self.replaced: Counter[str] = Counter()
        self._scorer = scorer
        self._encoder = encoder
        self._answers = dict(REPLY_TEXTS.texts(locale).answers)
        if foreign := foreign_answer(locale):
            self._answers[FOREIGN] = (foreign,)
        self._before: list[str] = []  # the latest sentences
        self._short = ""  # the latest sentences that were too short to tell their language
        self._latest: set[str] = set()  # the languages that were told last
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
            self._short, self._latest = "", languages
        before, self._before = self._before, [*self._before, sentence][-READ_TOGETHER:]
        words, words_before = words_of(sentence), "".join(map(words_of, before))
        if category := find_certain(words, languages):
            return category
        texts = {sentence: words, "".join([*before, sentence]): f"{words_before}{words}"}
        harm = self._harm(texts)
        if not harm.is_likely and not is_short(words):
            return None  # no phrase is looked for, which takes longer than the n-grams
        category = find(words, languages) or find(f"{words_before}{words}", languages, len(words_before))
        return category or (OTHER if harm.is_certain else None)

    def _harm(self, texts: Mapping[str, str]) -> Harm:
        """Whether the gravest of some texts is harmful, given their words."""
        n_grams = (self._scorer or reply_scorer()).suspects(texts)
        if not n_grams:
            return Harm(is_likely=False, is_certain=False)
        encoder = self._encoder or _encoder()
        bounds = encoder.bounds["german" if self._latest == {"german"} else "english"]
        score = encoder.highest(n_grams, bounds.share)
        return Harm(score >= bounds.likely, score >= bounds.certain)


def _encoder() -> "ReplyEncoder":
    # numpy reads this when it is imported. With two threads, which wait busily, a text takes three times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - no setting of ours
    from shared.safety.replies.encoder import reply_encoder

    return reply_encoder()
