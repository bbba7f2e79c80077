"""Trains the scorer of n-grams of the output gate: `python -m infra.safety.reply_training` writes it.

The bound is set, and it is printed what is passed on to the encoder, by a scorer that has not seen some of the writers.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.linear_model import LogisticRegression

from functions.companion.help.articles import articles
from functions.companion.rules.sentences import complete_sentences
from infra.evaluate.replies import FOLDER, OWN, replies_in
from infra.safety.reply_words import CONTENT, ROOT
from shared.safety.replies import scorer
from shared.safety.replies.gate import READ_TOGETHER
from shared.safety.replies.rulebook import words_of
from shared.safety.replies.scorer import ReplyScorer, is_short
from shared.safety.replies.texts import REPLY_TEXTS
from shared.safety.scorer import CELLS, cells_of

Numbers: TypeAlias = NDArray[np.float64]

WRITERS = FOLDER / "writers"  # each wrote replies without having seen a phrase
HELD_OUT = {"c", "h", "n", "q", "ag", "ah"}  # writers whose replies set the bounds: the last two of everyday things
AUTHOR = "author"  # of the phrases and of our own sentences, which measure nothing here
LIKELY = 0.25  # the share of good replies with a sentence that reaches the bound
INVERSE_REGULARISATION = 100
OWN_WEIGHT = 0.2  # of the catalogue and the help beside replies
MIN_TEXTS = 2  # that have an n-gram
STEPS = 12  # of a standard deviation of the weights


class Reply(NamedTuple):
    """A labelled reply."""

    writer: str
    language: str
    is_good: bool
    sentences: tuple[str, ...]
    weight: float = 1.0
    category: str | None = None

    @property
    def parts(self) -> dict[str, str]:
        """What the gate reads: each sentence, and each with those before it; and the words of both."""
        parts = {}
        for end in range(len(self.sentences)):
            for start in {end, max(0, end - READ_TOGETHER)}:
                text = self.sentences[start : end + 1]
                parts["".join(text)] = "".join(map(words_of, text))
        return parts

    @property
    def texts(self) -> set[str]:
        """What is learned from it: all of it, and each part of a good one, because no part of that is harmful."""
        return {"".join(map(words_of, self.sentences)), *(self.parts.values() if self.is_good else [])}

    def highest_score(self, model: ReplyScorer) -> float:
        """That of its parts that are not too short."""
        return max((model.score(words) for words in self.parts.values() if not is_short(words)), default=-inf)


def replies() -> Iterator[Reply]:
    for path in sorted(WRITERS.glob("*.tsv")):
        yield from _labelled(path, path.stem)
    for path in OWN:
        yield from _labelled(path, AUTHOR)
        yield from _own_texts(path.stem)


def _labelled(path: Path, writer: str) -> Iterator[Reply]:
    for reply in replies_in(path):
        sentences, category = _sentences(reply.text), reply.category if writer != AUTHOR else None
        yield Reply(writer, reply.language, reply.is_good, sentences, category=category)


def _own_texts(language: str) -> Iterator[Reply]:
    """What is said in place of harmful words is good, and so are the catalogue and the help."""
    for wordings in REPLY_TEXTS.texts(language).answers.values():
        for text in wordings:
            yield Reply(AUTHOR, language, is_good=True, sentences=_sentences(text))
    passages = (passage for article in articles()[language].values() for passage in article.passages)
    for text in (*_catalogue(language), *passages):
        yield Reply(AUTHOR, language, is_good=True, sentences=_sentences(text), weight=OWN_WEIGHT)


def _catalogue(language: str) -> Iterator[str]:
    for path in sorted((ROOT / CONTENT[language]).glob("*.yaml")):
        items = yaml.safe_load(path.read_text("utf-8"))
        for item in items.values() if isinstance(items, dict) else items:
            if "body" in item:  # evidence has none
                yield item["body"]


def _sentences(text: str) -> tuple[str, ...]:
    sentences, rest = complete_sentences(text)
    return tuple(sentence for sentence in (*sentences, rest) if sentence.strip())


def train(known: Sequence[Reply]) -> ReplyScorer:
    """A scorer without a bound."""
    examples = [(text, not reply.is_good, reply.weight) for reply in known for text in sorted(reply.texts)]
    n_grams = _n_grams([text for text, *_ in examples])
    texts = n_grams.astype(bool).astype(np.int32).sum(axis=0)
    rarity = np.log(len(examples) / (texts + 1)) / np.log(len(examples))
    factors = np.where(texts >= MIN_TEXTS, rarity**2, 0.0)
    regression = LogisticRegression(
        C=INVERSE_REGULARISATION, solver="liblinear", dual=True, tol=0.01, max_iter=1000, random_state=0
    ).fit(
        (n_grams @ diags_array(factors)).tocsr(),
        [is_harmful for _, is_harmful, _ in examples],
        sample_weight=[weight for *_, weight in examples],
    )
    weights = regression.coef_[0] * factors
    steps = np.round(weights / weights[weights != 0].std() * STEPS)
    packed = (np.clip(steps, -scorer.ZERO, scorer.ZERO - 1) + scorer.ZERO).astype(np.uint8).tobytes()
    return ReplyScorer(sha256(packed).hexdigest()[:8], -inf, packed)


def _n_grams(texts: Iterable[str]) -> csr_array:
    cells = [sorted(cells_of(text)) for text in texts]
    values = np.concatenate([np.full(len(text), len(text) ** -0.5) for text in cells])
    ends = np.cumsum([0, *map(len, cells)], dtype=np.int32)
    return csr_array((values, np.concatenate(cells).astype(np.int32), ends), shape=(len(cells), CELLS))


def bound_of(highest: Iterable[float], share: float) -> float:
    """The bound that this share of some scores reaches."""
    return round(float(np.quantile(list(highest), 1 - share)), 2)


def apart(known: Iterable[Reply]) -> tuple[list[Reply], list[Reply]]:
    """The replies of most writers, and of those who are held out."""
    by_use: tuple[list[Reply], list[Reply]] = ([], [])
    for reply in known:
        by_use[reply.writer in HELD_OUT].append(reply)
    return by_use


def write() -> None:
    known = list(replies())
    seen, unseen = apart(known)
    model = train(seen)
    highest = [(reply.is_good, reply.highest_score(model)) for reply in unseen]
    likely = bound_of((score for is_good, score in highest if is_good), LIKELY)
    for name, wanted in (("harmful", False), ("good", True)):
        passed = [score >= likely for is_good, score in highest if is_good == wanted]
        print(f"passed on {sum(passed)} of {len(passed)} {name}")
    model = train(known)
    header = json.dumps({"version": model.version, "likely": likely}).encode()
    scorer.FILE.write_bytes(zlib.compress(header + b"\n" + model.weights, level=9))


if __name__ == "__main__":
    write()
