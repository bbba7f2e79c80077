"""German dialects, dropped endings and misspellings."""

import re

import pytest

from infra.safety.lines import WRITERS, lines_of
from shared.safety.dialects import standard_german
from shared.safety.gate import find_codes, grade_of, standard_words
from shared.safety.normalise import normalise


def grade(text: str) -> str | None:
    codes = find_codes(text)
    return grade_of(codes[0]) if codes else None


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("i mog nimma", "ich mag nicht mehr"),
        ("I bring mi heit um", "ich bring mich heute um"),
        ("ich wott nüm läbe", "ich will nicht mehr leben"),
        ("i hob koan Grund mehr", "ich hab keinen grund mehr"),
        ("ich will nich mehr leben", "ich will nicht mehr leben"),
        ("ich will mich umbringe", "ich will mich umbringen"),
        ("ich will sterbn", "ich will sterben"),
        ("i hob de Tablettn do liegn", "ich hab die tabletten da liegen"),
    ],
)
def test_dialects_are_written_in_standard_german(text: str, german: str) -> None:
    """So one pattern finds what is said in any of them."""
    assert standard_words(text).strip(" .") == german


@pytest.mark.parametrize(
    "text",
    [
        "i want to die, ned, not here",
        "um i feel sad",
        "mi piacciono i gatti",
        "mi casa, mi vida",
        "i ja ich lubie, mi tak dobrze",
        "ik wil net weg",
        "ik heb dat nimmer gezegd, de dagen",
        "trancado num quarto",
        "Ich gehe gern durchn Wald",
        "das Ende des Tages ist nicht mehr weit",
    ],
)
def test_other_languages_and_standard_german_stay_as_they_are(text: str) -> None:
    """The same letters are other words there: Italian "i", Spanish "mi", English and Dutch "net"."""
    assert re.findall("[a-z]+", normalise(text)) == re.findall("[a-z]+", text.casefold())


def test_no_line_in_another_language_is_rewritten() -> None:
    """They are 12,000 lines in fourteen languages, whose plain words pass unchanged."""
    plain = (" ".join(["", *line.text.casefold().split(), ""]) for line in lines_of(WRITERS) if line.language != "de")

    assert [words for words in plain if standard_german(words) != words] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i bring mi um", "explicit"),
        ("i mog nimma leben", "explicit"),
        ("ich will mich umbringe", "explicit"),
        ("ich will sterbn", "explicit"),
        ("i hob de Tablettn do liegn und überleg", "explicit"),
        ("i wui nimma", "indirect"),
        ("i pack des nimma", "indirect"),
        ("seit meine Frau weg is hab i koan Grund mehr", "indirect"),
        ("mi vermisst eh koana", "indirect"),
        ("wer würde mich schon vermissen", "indirect"),
        ("i mag nimmer", "indirect"),
        ("würde es jemand merken, wenn ich weg wäre", "indirect"),
        ("i mag eifach nüme", "indirect"),
        ("mir isch alles z vil, i gseh kei sinn me", "indirect"),
        ("i cha nümm", "indirect"),
        ("i wett am liebschte nüme da si", "explicit"),
        ("es isch mir alles z vill, ich wett nüm läbe", "explicit"),
        ("i wett sterbe", "explicit"),
        ("i wü nimma lem", "explicit"),
        ("oba manchmoi denk i ma wenns aus wa, wa a Ruah", "indirect"),
        ("i hob des Gwehr vom Voda no daham", "indirect"),
        ("mei freindin wui se umbringa", "indirect"),
        ("i want to dissapear", "indirect"),
        ("wanna dissapear forever", "indirect"),
    ],
)
def test_danger_is_found_in_any_spelling(text: str, expected: str) -> None:
    """Whoever is in danger writes as they speak, and spells as they can."""
    assert grade(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Des Wetter is heit schee, i geh mitm Hund",
        "is scho guat, i bin hoid müad",
        "hüt isch es schön gsi, i gang go poschte",
        "oba manchmoi is a lustig daham",
        "i chan hüt nöd cho, i bin am schaffe",
        "i mog di ned, du bist deppert",
        "I want the file to disapear from the list",
        "i net 200 euros a week",
    ],
)
def test_an_ordinary_sentence_in_dialect_is_safe(text: str) -> None:
    """A dialect is no danger."""
    assert grade(text) is None
