"""The texts of insights."""

import json
from itertools import product

import pytest

from functions.insights.discoveries.texts import FOLDER, insight_text, load_language
from functions.insights.records import InsightRow
from tests.unit.insights.test_insight_changes import known_walk

LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.json"))
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
    assert text.cautions[0] == load_language(language).cautions["no_cause"]


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

    assert load_language("en").cautions["medicine"] in text.cautions


def test_tags_that_are_forgotten_are_mentioned() -> None:
    """Nothing in the data can cure that."""
    text = insight_text(an_insight(forgets_tags=True), None, "en")

    assert load_language("en").cautions["forgets_tags"] in text.cautions


def test_all_languages_have_the_same_texts() -> None:
    """No key is missing in one of them."""
    documents = [json.loads((FOLDER / f"{language}.json").read_text("utf-8")) for language in LANGUAGES]

    assert LANGUAGES == ["de", "en"]
    assert _keys(documents[0]) == _keys(documents[1])


def _keys(document: object) -> object:
    if isinstance(document, dict):
        return {name: _keys(value) for name, value in document.items()}
    return len(document) if isinstance(document, list) else None
