"""Trains the scorer of the safety gate: `python -m infra.safety.training` writes `shared/safety/scorer.bin`.

An n-gram, or two signs that meet, counts only if two writers use it, and the rarer it is, the more. The bounds follow
from the scores of safe lines, each scored by a model that has not seen its writer: as many of them as REACHED tells
reach a bound.
"""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from math import log
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.linear_model import LogisticRegression

from infra.safety.lines import LANGUAGES, SAFE, UNMEASURED, WRITERS, LabelledLine, digest, lines_of
from shared.safety import scorer
from shared.safety.findings import Findings
from shared.safety.gate import find_by_patterns
from shared.safety.scorer import Model

Numbers: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

REACHED = {  # the share of safe lines that reach a bound
    "likely": 0.15,
    "acute": 0.065,
    "scored_worth_asking": 0.022,
    "scored_indirect": 0.018,
    "asked_as_acute": 0.02,
    "scored_explicit": 0.003,
}
GRADES_OF = {  # what a score tells from all other lines
    "danger": ("immediate", "explicit", "indirect", "worth_asking", "danger_from_others"),
    "acute": ("immediate", "explicit"),
}
STEPS = {"danger": 0.7, "acute": 0.4}  # of a standard deviation of the weights; the file is the smaller, the fewer
MIN_WRITERS = 2  # that use an n-gram
INVERSE_REGULARISATION = 10
TYPICAL_SHARE = 0.7  # of the lines with a word that is typical of a language
TYPICAL_WORDS = 100  # of a language


class Corpus(NamedTuple):
    """Lines as the scorer sees them."""

    lines: Sequence[LabelledLine]
    found: Sequence[Findings]
    n_grams: csr_array  # by line and cell

    def mask(self, field: str, *values: str) -> Mask:
        """Which lines have one of the values in a field."""
        return np.array([getattr(line, field) in values for line in self.lines])

    @property
    def writers(self) -> list[str]:
        """Those who measure."""
        return sorted({line.writer for line in self.lines} - {*UNMEASURED})


def corpus_of(lines: Sequence[LabelledLine]) -> Corpus:
    found = [find_by_patterns(line.text) for line in lines]
    cells = [sorted(scorer.cells_of(findings.words, findings.names)) for findings in found]
    values = np.concatenate([np.full(len(line), len(line) ** -0.5) for line in cells])
    columns = np.concatenate(cells).astype(np.int32)  # scikit-learn reads no longer ones
    ends = np.cumsum([0, *map(len, cells)], dtype=np.int32)
    return Corpus(lines, found, csr_array((values, columns, ends), shape=(len(lines), scorer.CELLS)))


def train(corpus: Corpus, seen: Mask) -> Model:
    """A model without bounds, from the lines that are seen."""
    factors = _factors(corpus, seen)
    n_grams = (corpus.n_grams[seen] @ diags_array(factors)).tocsr()
    rounded = {}
    for name, grades in GRADES_OF.items():
        regression = LogisticRegression(
            C=INVERSE_REGULARISATION, solver="liblinear", dual=True, tol=0.01, max_iter=1000, random_state=0
        ).fit(n_grams, corpus.mask("grade", *grades)[seen])
        weights = regression.coef_[0] * factors
        steps = np.round(weights / weights[weights != 0].std() * STEPS[name])
        rounded[name] = np.clip(steps, scorer.LOWEST, scorer.HIGHEST).astype(np.int64) - scorer.LOWEST
    packed = (rounded["danger"] << 4 | rounded["acute"]).astype(np.uint8).tobytes()
    return Model(sha256(packed).hexdigest()[:8], digest(corpus.lines), packed, typical_words(corpus, seen), {})


def held_out_models(corpus: Corpus) -> dict[str, Model]:
    """For each writer, a model without bounds that has not seen their lines."""
    return {writer: train(corpus, ~corpus.mask("writer", writer)) for writer in corpus.writers}


def held_out_scores(corpus: Corpus, models: Mapping[str, Model]) -> dict[str, Numbers]:
    """The scores of each line by the model that has not seen its writer. Lines that measure nothing have none."""
    pairs = [pair for pair in zip(corpus.lines, corpus.found, strict=True) if pair[0].writer in models]
    scores = [models[line.writer].scores(found.words, found.names) for line, found in pairs]
    nothing = [np.nan] * (len(corpus.lines) - len(scores))
    return {name: np.array([*(getattr(score, name) for score in scores), *nothing]) for name in GRADES_OF}


def bounds_from(corpus: Corpus, scores: Mapping[str, Numbers], seen: Mask) -> dict[str, dict[str, float]]:
    """By language and code, the score from which on a code is found; "" is for a text of no language.

    How far a score lies from the mean of its language, in deviations, is compared for all languages together and for
    each, and the bound is half way between: a language has too few lines for a bound of its own.
    """
    bounds: dict[str, dict[str, float]] = {language: {} for language in LANGUAGES}
    safe = seen & corpus.mask("grade", SAFE) & ~corpus.mask("writer", *UNMEASURED)
    for name, score in scorer.SCORE_OF.items():
        masks = {language: safe & corpus.mask("language", language) for language in LANGUAGES}
        middles = {
            language: (scores[score][mask].mean(), scores[score][mask].std()) for language, mask in masks.items()
        }
        distances = {of: (scores[score][masks[of]] - mean) / spread for of, (mean, spread) in middles.items()}
        of_all = np.quantile(np.concatenate([*distances.values()]), 1 - REACHED[name])
        for language, (mean, spread) in middles.items():
            distance = (of_all + np.quantile(distances[language], 1 - REACHED[name])) / 2
            bounds[language][name] = round(float(mean + distance * spread), 2)
    return bounds | {"": {name: max(by_name[name] for by_name in bounds.values()) for name in scorer.SCORE_OF}}


def typical_words(corpus: Corpus, seen: Mask) -> dict[str, str]:
    """The language of the most frequent words that hardly occur in any other."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line, found, is_seen in zip(corpus.lines, corpus.found, seen, strict=True):
        for unit in scorer.units_of(found.words) if is_seen else ():
            counts[unit][line.language] += 1
    typical: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for unit, languages in counts.items():
        [(language, count)] = languages.most_common(1)
        if count >= TYPICAL_SHARE * languages.total():
            typical[language].append((-count, unit))
    return {unit: language for language in LANGUAGES for _, unit in sorted(typical[language])[:TYPICAL_WORDS]}


def write() -> None:
    corpus = corpus_of([*lines_of([*WRITERS, *UNMEASURED])])
    everyone = np.ones(len(corpus.lines), bool)
    model = train(corpus, everyone)
    content = {
        "version": model.version,
        "lines": model.lines,
        "bounds": bounds_from(corpus, held_out_scores(corpus, held_out_models(corpus)), everyone),
        "languages": model.languages,
    }
    header = json.dumps(content, ensure_ascii=False).encode()
    scorer.FILE.write_bytes(zlib.compress(header + b"\n" + model.weights, level=9))


def bounded_held_out_models() -> dict[str, Model]:
    """For each writer, a model with bounds, for neither of which their lines were used."""
    corpus = corpus_of([*lines_of([*WRITERS, *UNMEASURED])])
    models = held_out_models(corpus)
    scores = held_out_scores(corpus, models)
    return {
        writer: model._replace(bounds=bounds_from(corpus, scores, ~corpus.mask("writer", writer)))
        for writer, model in models.items()
    }


def _factors(corpus: Corpus, seen: Mask) -> Numbers:
    """What the n-grams of each cell are multiplied by: nothing if too few writers use it, or else its rarity."""
    used = corpus.n_grams.astype(bool).astype(np.int32)
    writers = [*corpus.writers, *UNMEASURED]
    users = sum((used[seen & corpus.mask("writer", writer)].sum(axis=0) > 0).astype(int) for writer in writers)
    rarity: Numbers = np.log(seen.sum() / (used[seen].sum(axis=0) + 1)) / log(seen.sum())
    return np.where(users >= MIN_WRITERS, rarity**2, 0.0)


if __name__ == "__main__":
    write()
