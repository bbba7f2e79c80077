"""Trains the scorer of the output gate: `python -m infra.safety.reply_training` writes it.

It prints what the gate would have done with the replies of each writer, had it never seen that writer: the weights are
trained, and the bounds are set, on the replies of the others.
"""

import json
import lzma
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.linear_model import LogisticRegression

from functions.companion.help.articles import articles
from functions.companion.rules.sentences import complete_sentences
from infra.evaluate.replies import FOLDER, GOOD, OWN, replies_in
from infra.safety.reply_words import CONTENT, ROOT
from shared.safety.replies import scorer
from shared.safety.replies.gate import READ_TOGETHER, ReplyGate
from shared.safety.replies.rulebook import words_of
from shared.safety.replies.scorer import ReplyScorer
from shared.safety.replies.texts import REPLY_TEXTS
from shared.safety.scorer import CELLS, cells_of

Numbers: TypeAlias = NDArray[np.float64]

WRITERS = FOLDER / "writers"  # each wrote replies without having seen a phrase
AUTHOR = "author"  # of the phrases and of our own sentences, which measure nothing here
LIKELY, CERTAIN = 0.3, 0.03  # the shares of good replies with a sentence that reaches the bound
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

    @property
    def parts(self) -> list[tuple[list[str], str]]:
        """What the gate reads: the words of each sentence, and of those before it."""
        words = [words_of(sentence) for sentence in self.sentences]
        return [(words[max(0, end - READ_TOGETHER) : end], words[end]) for end in range(len(words))]

    @property
    def texts(self) -> set[str]:
        """What is learned from it: all of it, and each part of a good one, because no part of that is harmful."""
        parts = [text for before, words in self.parts for text in (words, "".join([*before, words]))]
        return {"".join(map(words_of, self.sentences)), *(parts if self.is_good else [])}

    def highest_score(self, model: ReplyScorer) -> float:
        return max(model.score(*part) for part in self.parts)

    def is_replaced(self, model: ReplyScorer) -> bool:
        gate = ReplyGate(self.language, model)
        gate.screen(self.sentences)
        return bool(gate.replaced)


def replies() -> Iterator[Reply]:
    for path in sorted(WRITERS.glob("*.tsv")):
        yield from _labelled(path, path.stem)
    for path in OWN:
        yield from _labelled(path, AUTHOR)
        yield from _own_texts(path.stem)


def _labelled(path: Path, writer: str) -> Iterator[Reply]:
    for reply in replies_in(path):
        yield Reply(writer, reply.language, reply.category == GOOD, _sentences(reply.text))


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
    """A scorer without bounds."""
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
    return ReplyScorer(sha256(packed).hexdigest()[:8], 0.0, 0.0, packed)


def _n_grams(texts: Iterable[str]) -> csr_array:
    cells = [sorted(cells_of(text)) for text in texts]
    values = np.concatenate([np.full(len(text), len(text) ** -0.5) for text in cells])
    ends = np.cumsum([0, *map(len, cells)], dtype=np.int32)
    return csr_array((values, np.concatenate(cells).astype(np.int32), ends), shape=(len(cells), CELLS))


def bounded(model: ReplyScorer, highest: Iterable[float]) -> ReplyScorer:
    """The scorer with bounds from the highest score of each good reply, by scorers that have not seen its writer."""
    scores = list(highest)
    likely, certain = (round(float(np.quantile(scores, 1 - share)), 2) for share in (LIKELY, CERTAIN))
    return model._replace(likely=likely, certain=certain)


def write() -> None:
    known = list(replies())
    by_writer = {writer: list(own) for writer, own in groupby(known, lambda reply: reply.writer) if writer != AUTHOR}
    without = ([reply for reply in known if reply.writer != writer] for writer in by_writer)
    with ProcessPoolExecutor() as processes:
        models = dict(zip(by_writer, processes.map(train, without), strict=True))
    highest = {
        writer: [reply.highest_score(models[writer]) for reply in own if reply.is_good]
        for writer, own in by_writer.items()
    }
    print("\n".join(_held_out(by_writer, models, highest)))
    model = bounded(train(known), (score for scores in highest.values() for score in scores))
    header = json.dumps({"version": model.version, "likely": model.likely, "certain": model.certain}).encode()
    scorer.FILE.write_bytes(lzma.compress(header + b"\n" + model.weights, preset=9))


def _held_out(
    by_writer: Mapping[str, Sequence[Reply]],
    models: Mapping[str, ReplyScorer],
    highest: Mapping[str, Sequence[float]],
) -> Iterator[str]:
    for writer, own in by_writer.items():
        others = (score for other, scores in highest.items() if other != writer for score in scores)
        model = bounded(models[writer], others)
        harmful = [reply.is_replaced(model) for reply in own if not reply.is_good]
        good = [reply.is_replaced(model) for reply in own if reply.is_good]
        yield f"{writer}: stopped {sum(harmful)} of {len(harmful)} harmful, replaced {sum(good)} of {len(good)} good"


if __name__ == "__main__":
    write()
