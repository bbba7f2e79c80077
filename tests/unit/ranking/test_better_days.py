"""Which items are what goes with a person's better days, and how much that counts."""

from collections import Counter
from uuid import UUID

import pytest

from functions.insights.harm import could_harm
from infra.seed import CONTENT, read
from shared.ranking.better_days import BetterDays, activity_items, activity_of, better_days
from shared.ranking.candidates import Candidate, CandidateSet
from shared.ranking.reason_texts import REASON_TEXTS
from tests.unit.ranking.examples import content


def insight(effect: float = 2.0, low: float = 1.0, high: float = 3.0) -> BetterDays:
    return BetterDays("an insight", ["Running"], effect, low, high, 0.95, "running")


def items(*contents: Candidate) -> CandidateSet:
    return CandidateSet("sad", contents, 0.0)


def test_every_activity_has_items_and_texts_in_all_languages() -> None:
    """Each key is one of the catalogue, and each language has words and a sentence without digits."""
    rows = read(CONTENT)
    keys, kinds = {row["key"] for row in rows}, {row["kind"] for row in rows}

    for activity in activity_items().values():
        assert activity.keys | activity.kinds
        assert activity.keys <= keys
        assert activity.kinds <= kinds
    for texts in REASON_TEXTS.by_code.values():
        assert texts.activities.keys() == activity_items().keys()
        assert not any(letter.isdigit() for text in texts.activities.values() for letter in text.why)


@pytest.mark.parametrize("language", sorted(REASON_TEXTS.by_code))
def test_a_word_stands_for_one_activity(language: str) -> None:
    """And for the same one in every language. None is about something that could harm."""
    activities = REASON_TEXTS.texts(language).activities
    words = Counter(word for activity in activities.values() for word in activity.words)

    assert [word for word, count in words.items() if count > 1] == []
    assert {word: activity_of([word]) for word in words} == {
        word: name for name, activity in activities.items() for word in activity.words
    }
    assert [word for word in words if could_harm(word)] == []


@pytest.mark.parametrize(
    "name", ["running", "Running", "went for a run", "5k run", "\N{RUNNER} Running!", "Joggen", "eine lange Laufrunde"]
)
def test_a_run_has_many_names(name: str) -> None:
    """Letter case, digits, emoji and little words do not matter, nor does the language of the app."""
    assert activity_of([name]) == "running"


@pytest.mark.parametrize("name", ["", "no run", "running late", "run with Anna", "kein Lauf", "work", "wine"])
def test_other_words_are_no_run(name: str) -> None:
    """A sentence about a person must be true, so a name has to be that of the activity and of nothing else."""
    assert activity_of([name]) is None


def test_copies_of_a_factor_must_be_the_same_activity() -> None:
    """Otherwise nobody can tell which of them it is."""
    assert activity_of(["run", "Jogging"]) == "running"
    assert activity_of(["run", "friends"]) is None


def test_the_item_that_is_the_activity_has_the_insight() -> None:
    """By its key or its kind. Nothing is learned of an item whose provider forbids it."""
    run = content(1, "movement")._replace(key="movement-run-easy")
    song, forbidden = content(2, "music"), content(3, "music")._replace(learnable=False)
    stored = [("a", ["run"], 2.0, 1.0, 3.0, 0.95), ("b", ["music"], 2.0, 1.0, 3.0, 0.95)]

    found = better_days(stored, items(run, song, forbidden, content(4, "movement")))

    assert {key: row.insight_id for key, row in found.items()} == {str(UUID(int=1)): "a", str(UUID(int=2)): "b"}


def test_of_two_insights_about_an_item_the_stronger_one_counts() -> None:
    """Their effects may overlap, so they are not added."""
    run = content(1, "movement")._replace(key="movement-run-easy")
    stored = [("sport", ["sport"], 1.0, 0.1, 1.9, 0.95), ("run", ["run"], 1.5, 1.0, 2.0, 0.95)]

    [found] = better_days(stored, items(run)).values()

    assert found.insight_id == "run"


def test_an_uncertain_insight_counts_little() -> None:
    """It is shrunk by its interval, and halved as a trial is. None counts for more than the best fit to a mood."""
    certain, uncertain = insight(low=1.9, high=2.1), insight(low=0.1, high=3.9)

    assert certain.value == pytest.approx(0.5 * 2 / 3.5, abs=0.001)
    assert 0 < uncertain.value < 0.25 < certain.value
    assert insight(effect=9.0, low=8.0, high=10.0).value == 0.3
