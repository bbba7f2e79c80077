"""Languages in which the gate knows the plainest announcements, and nothing else."""

import json
from pathlib import Path

import pytest

from shared.safety import announcements
from shared.safety.gate import OPENING_GRADES, find_by_patterns, find_codes, grade_of
from shared.safety.support import support_for

FILE = Path(__file__).parents[2] / "data" / "safety_more_languages.json"
LINES: dict[str, dict[str, list[str]]] = json.loads(FILE.read_text("utf-8"))


def lines(kind: str) -> list[tuple[str, str]]:
    return [(language, text) for language, kinds in LINES.items() for text in kinds[kind]]


def grade(text: str) -> str | None:
    codes = find_codes(text)
    return grade_of(codes[0]) if codes else None


def test_every_language_has_lines() -> None:
    """Five of each kind."""
    listed = [name for names in announcements.PLAIN.values() for name in names]
    assert sorted(LINES) == sorted(listed)
    assert {len(texts) for kinds in LINES.values() for texts in kinds.values()} == {5}


@pytest.mark.parametrize(("language", "text"), lines("found"))
def test_a_plain_announcement_opens_a_care_period(language: str, text: str) -> None:
    """In every language, without a scorer that knows it."""
    assert find_by_patterns(text).announced, language
    assert grade(text) in OPENING_GRADES


@pytest.mark.parametrize(("language", "text"), lines("ordinary"))
def test_what_others_say_and_what_is_ordinary_is_not_found(language: str, text: str) -> None:
    """A quotation, a figure of speech, a denial, a story and an ordinary wish."""
    assert not find_by_patterns(text).announced, language
    assert grade(text) not in OPENING_GRADES


@pytest.mark.parametrize(
    "text",
    [
        "Ikväll tar jag livet av mig",
        "dnes večer se zabiju",
        "tối nay tôi sẽ tự tử",
        "сьогодні повішусь",
        "σήμερα θα αυτοκτονήσω",
        "היום אני מתאבד",
        "امشب خودکشی می‌کنم",
        "आज म आत्महत्या गर्छु",
        "คืนนี้ฉันจะฆ่าตัวตาย",
    ],
)
def test_a_time_that_is_near_makes_it_immediate(text: str) -> None:
    """The call comes first."""
    assert grade(text) == "immediate"


@pytest.mark.parametrize("text", ["jag vill do", "chci umrit", "ΘΑ ΑΥΤΟΚΤΟΝΗΣΩ", "toi muon chet", "vreau sa mor"])
def test_accents_may_be_absent(text: str) -> None:
    """Many people type without them."""
    assert grade(text) == "explicit"


@pytest.mark.parametrize(("text", "code"), [("jag vill skära mig", "self_harm"), ("רוצה לישון ולא לקום", "indirect")])
def test_self_harm_and_hints_have_their_code(text: str, code: str) -> None:
    """A hint opens no care period."""
    assert find_codes(text)[0] == code


def test_support_has_the_lines_of_the_country() -> None:
    """Its message is in English where we have no text in the language."""
    support = support_for("explicit_ideation", 0, "SE", "sv-SE")
    assert {line.country for line in support.lines} == {"SE"}
    assert support.emergency_number == "112"
    assert support.message == support_for("explicit_ideation", 0, "SE", "en").message
