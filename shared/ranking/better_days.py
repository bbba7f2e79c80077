"""What goes with a person's better days, by their insights, as a term of the score of the items that are just that.

A factor is what the person writes: "running", "went for a run". The words of `texts` say which activity that is, and
`activities.toml` which items are that activity. Words that stand for none of them count for nothing.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple, TypeAlias

from shared.factors import factor_name
from shared.languages import LabelledText
from shared.ranking.candidates import Candidate, CandidateSet
from shared.ranking.lessons import POINTS_PER_SD
from shared.ranking.reason_texts import REASON_TEXTS

ASSOCIATION_WEIGHT = 0.5  # as for the effect of a trial: what goes together is not all due to the activity
MOST = 0.3  # that it adds to a score, as much as the best fit to the mood

StoredInsight: TypeAlias = tuple[str, Sequence[str], float, float, float, float]


class BetterDays(NamedTuple):
    """An insight of the person about an activity."""

    insight_id: str
    names: Sequence[str]  # of the factor and its copies
    effect: float  # in points from -10 to 10, with its interval
    low: float
    high: float
    level: float  # of the interval
    activity: str

    @property
    def value(self) -> float:
        """What it adds to a score: the effect, less the more uncertain it is (James and Stein), and half of that."""
        error = (self.high - self.low) / 2 / NormalDist().inv_cdf((1 + self.level) / 2)
        shrunk = self.effect * max(1 - (error / self.effect) ** 2, 0.0)
        return min(ASSOCIATION_WEIGHT * shrunk / POINTS_PER_SD, MOST)


class ActivityItems(NamedTuple):
    """The items that are an activity."""

    keys: frozenset[str]
    kinds: frozenset[str]

    def include(self, content: Candidate) -> bool:
        return content.kind in self.kinds or content.key in self.keys


def better_days(stored: Iterable[StoredInsight], candidates: CandidateSet) -> Mapping[str, BetterDays]:
    """Of each candidate that is an activity of such an insight, the insight with the largest value."""
    found: dict[str, BetterDays] = {}
    for insight in stored:
        if activity := activity_of(insight[1]):
            row = BetterDays(*insight, activity)
            for key in _keys_of(candidates, activity):
                if key not in found or found[key].value < row.value:
                    found[key] = row
    return found


def activity_of(names: Sequence[str]) -> str | None:
    """The activity that all these names of a factor stand for. Copies of a factor that is something else have none."""
    activities = {_activity_named(name) for name in names}
    return activities.pop() if len(activities) == 1 else None


def better_days_text(insight: BetterDays, locale: str) -> LabelledText:
    """The label and the detail, with the figures of the insight."""
    texts = REASON_TEXTS.texts(locale)
    text = texts.terms.better_days
    points, low, high = (
        f"{figure:.1f}".replace(".", texts.decimal_point) for figure in (insight.effect, insight.low, insight.high)
    )
    detail = text.detail.format(names=", ".join(insight.names), points=points, low=low, high=high)
    return LabelledText.model_construct(label=text.label, detail=detail)


@cache
def activity_items() -> Mapping[str, ActivityItems]:
    document = tomllib.loads(Path(__file__).with_name("activities.toml").read_text("utf-8"))
    return {
        name: ActivityItems(frozenset(items.get("keys", ())), frozenset(items.get("kinds", ())))
        for name, items in document.items()
    }


@lru_cache(maxsize=512)
def _keys_of(candidates: CandidateSet, activity: str) -> Sequence[str]:
    items = activity_items()[activity]
    return [str(content.id) for content in candidates.items if content.learnable and items.include(content)]


@lru_cache(maxsize=1024)
def _activity_named(name: str) -> str | None:
    """The activity of this name in any language, whatever its letter case, digits, emoji and little words."""
    for language, words in _activities_by_words().items():
        if activity := words.get(_plain(name, frozenset(REASON_TEXTS.by_code[language].fillers))):
            return activity
    return None


@cache
def _activities_by_words() -> Mapping[str, Mapping[str, str]]:
    """By language, the activity of each of its words, plainly written."""
    return {
        language: {
            _plain(word, frozenset(texts.fillers)): name
            for name, activity in texts.activities.items()
            for word in activity.words
        }
        for language, texts in REASON_TEXTS.by_code.items()
    }


def _plain(name: str, fillers: frozenset[str]) -> str:
    words = re.findall(r"\w+", factor_name(name))
    return " ".join(word for word in words if word not in fillers and not any(map(str.isdigit, word)))
