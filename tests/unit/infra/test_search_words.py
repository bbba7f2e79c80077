"""The words of the search are data reviewed like code."""

from collections.abc import Set as AbstractSet
from typing import get_args

import pytest

from infra.evaluate.search import ndcg
from infra.search_words import languages, phrases, topics_by_item
from infra.seed import CONTENT, read
from shared.http import Kind
from shared.moods import MOODS

ROWS = read(CONTENT)
TOPICS = {topic for topics in topics_by_item(row["key"] for row in ROWS).values() for topic in topics}
TAGS = {tag for row in ROWS for tag in row["tags"]}
CONCEPTS: AbstractSet[str] = {
    *(f"mood:{mood}" for mood in MOODS),
    *(f"kind:{kind}" for kind in get_args(Kind)),
    *(f"topic:{topic}" for topic in TOPICS),
}
OPTIONAL: AbstractSet[str] = {*(f"tag:{tag}" for tag in TAGS), *(f"minutes:{minutes}" for minutes in range(1, 121))}


@pytest.mark.parametrize("language", languages())
def test_every_mood_kind_and_topic_has_words_in_every_language(language: str) -> None:
    """A missing one would not be found by people who search in that language."""
    named = {phrase.concept for phrase in phrases() if phrase.language == language}

    assert named >= CONCEPTS
    assert named <= CONCEPTS | OPTIONAL


def test_a_mood_is_found_by_its_emoji() -> None:
    """The one that the app shows beside it."""
    meant = {(phrase.wording, phrase.concept) for phrase in phrases()}

    assert [mood.name for mood in MOODS.values() if (mood.emoji, f"mood:{mood.name}") not in meant] == []


def test_no_phrase_is_listed_twice_at_a_concept() -> None:
    listed = [*phrases()]

    assert len(listed) == len({*listed})


@pytest.mark.parametrize(("found", "figure"), [(["a", "b"], 1), (["b", "a"], 0.797), (["c"], 0), ([], 0)])
def test_a_ranking_is_measured_by_what_it_puts_on_top(found: list[str], figure: float) -> None:
    """The best order has 1, and what has no label counts nothing."""
    assert ndcg(found, {"a": 3, "b": 1}) == pytest.approx(figure, abs=0.001)
