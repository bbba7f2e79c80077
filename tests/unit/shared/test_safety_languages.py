import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.safety.gate import find_by_patterns, grade_of, rulebook

DATA = Path(__file__).parents[2] / "data/safety_languages.jsonl"
LINES = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
LANGUAGES = sorted({line["lang"] for line in LINES})
DANGEROUS = [line["text"] for line in LINES if line["grade"] in ("immediate", "explicit")]
HARMLESS = [line["text"] for line in LINES if line["grade"] in ("sad", "idiom")]


def find_codes(text: str) -> list[str]:
    """What the patterns find, from the gravest on."""
    codes = find_by_patterns(text).codes
    return [code for code in rulebook().grades if code in codes]


def grade(text: str) -> str | None:
    codes = find_codes(text)
    return grade_of(codes[0]) if codes else None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_strongest_sentences_of_each_grade_are_found(language: str) -> None:
    """The plainest sentences of each grade have that grade, in every language."""
    graded = [line for line in LINES if line["lang"] == language and line["grade"] not in ("sad", "idiom")]

    assert len({line["grade"] for line in graded}) == 5
    assert [line for line in graded if grade(line["text"]) != line["grade"]] == []


@pytest.mark.parametrize("kind", ["sad", "idiom"])
def test_sad_texts_and_idioms_rarely_cause_false_alarms(kind: str) -> None:
    """At most one in thirty sad or idiomatic texts, over all languages, is a false alarm."""
    texts = [line["text"] for line in LINES if line["grade"] == kind]

    assert len(texts) >= 60
    assert sum(grade(text) is not None for text in texts) <= len(texts) / 30


def test_every_language_has_texts_of_every_kind() -> None:
    """There are fifteen languages, Hindi in two scripts, with at least four sad texts and four idioms each."""
    kinds = Counter((line["lang"], line["grade"]) for line in LINES)

    assert len(LANGUAGES) == 16
    assert all(kinds[language, kind] >= 4 for language in LANGUAGES for kind in ("sad", "idiom"))


@pytest.mark.parametrize(
    "text",
    [
        "我想自殺",  # traditional characters
        "想 死",
        "自.杀的念头",
        "وأُرِيدُ أن أموت",  # vowel signs, and "and" before the word
        "\u0425\u041e\u0427\u0423 \u0423\u041c\u0415\u0420\u0415\u0422\u042c",  # capitals
        "\uff93\uff73 死にたい",  # kana of half width
        unicodedata.normalize("NFD", "죽고 싶어"),
        "I am fine. 我想死. So it goes.",
    ],
)
def test_spellings_of_other_scripts_do_not_hide_danger(text: str) -> None:
    """Variants of letters, vowel signs, spaces inside words and other languages around are no disguise."""
    assert "explicit_ideation" in find_codes(text)


@given(
    before=st.lists(st.sampled_from(HARMLESS), max_size=3),
    danger=st.sampled_from(DANGEROUS),
    after=st.lists(st.sampled_from(HARMLESS), max_size=3),
)
def test_danger_is_found_among_harmless_sentences_of_all_languages(
    before: list[str], danger: str, after: list[str]
) -> None:
    """Sentences in other languages around a dangerous one change nothing."""
    assert set(find_codes(danger)) <= set(find_codes("\n".join([*before, danger, *after])))


def test_a_sentence_of_another_language_beside_german_is_in_no_dialect() -> None:
    """Spanish "mi" is Swiss German for "mich" elsewhere."""
    farewell = "Escribí mi carta de despedida"

    assert set(find_codes(farewell)) <= set(find_codes(f"Heute war ich nur traurig\n{farewell}"))
