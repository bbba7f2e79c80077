"""The texts of insights."""

from itertools import product

import pytest

from functions.insights.discoveries.texts import INSIGHT_TEXTS, insight_text
from functions.insights.records import InsightRow
from shared.labels import LABELS
from tests.unit.insights.test_insight_changes import known_walk

LANGUAGES = sorted(INSIGHT_TEXTS.by_code)
CAUSAL = ("cause", "because", "makes", "leads to", "bewirkt", "weil", "führt zu", "macht ")


def an_insight(kind: str = "factor", outcome: str = "valence", lag: int = 0, **changes: object) -> InsightRow:
    about = "music" if kind == "practice" else "walk"
    return known_walk(kind=kind, outcome=outcome, lag=lag, about=about, **changes)


@pytest.mark.parametrize(
    ("language", "kind", "outcome", "lag", "effect"),
    [*product(LANGUAGES, ["factor", "measure", "content", "practice"], ["valence", "arousal"], [0, 1, 3], [2.0, -2.0])],
)
def test_no_text_speaks_of_causes(language: str, kind: str, outcome: str, lag: int, effect: float) -> None:
    """Every kind has a title and a body in every language, with all its values."""
    text = insight_text(an_insight(kind, outcome, lag, effect=effect), "A song", language)

    assert "{" not in text.title + text.body
    assert not [word for word in CAUSAL if word in (text.title + text.body).lower()]
    assert text.cautions[0] == INSIGHT_TEXTS.texts(language).cautions["no_cause"]


@pytest.mark.parametrize(("language", "kind", "effect"), [*product(LANGUAGES, ["factor", "measure"], [30.4, -30.4])])
def test_an_effect_on_a_single_mood_is_in_days_of_a_hundred(language: str, kind: str, effect: float) -> None:
    """In every language, with the name of the mood in it."""
    insight = an_insight(kind, "mood:anxious", effect=effect, low=effect - 10, high=effect + 10)
    text = insight_text(insight, None, language)
    mood = LABELS.texts(language).moods["anxious"]

    assert "{" not in text.title + text.body
    assert not [word for word in CAUSAL if word in (text.title + text.body).lower()]
    assert mood in text.title
    assert mood in text.body
    assert " 30 " in text.body


def test_an_unknown_language_falls_back_to_english() -> None:
    """As in all texts of Mend."""
    assert insight_text(an_insight(), None, "fi-FI") == insight_text(an_insight(), None, "en")


def test_copies_are_named_together() -> None:
    """Nobody can tell which of them it is, and a caution says so."""
    text = insight_text(an_insight(names=["walk", "dog", "sun"]), None, "de")

    assert text.title == "Walk, dog und sun geht mit besseren Tagen einher"
    assert len(text.cautions) == 2


def test_a_medicine_is_never_to_be_stopped() -> None:
    """The insight says so itself."""
    text = insight_text(an_insight(names=["lithium"], effect=-2.0), None, "en")

    assert INSIGHT_TEXTS.texts("en").cautions["medicine"] in text.cautions


def test_tags_that_are_forgotten_are_mentioned() -> None:
    """Nothing in the data can cure that."""
    text = insight_text(an_insight(forgets_tags=True), None, "en")

    assert INSIGHT_TEXTS.texts("en").cautions["forgets_tags"] in text.cautions
