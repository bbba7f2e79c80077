"""The scorer of the safety gate."""

import json
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.registry import ROOT
from infra.safety.lines import LANGUAGES, UNMEASURED, WRITERS, digest, lines_of
from shared.safety import gate, scorer
from shared.safety.findings import Findings
from shared.safety.gate import find_by_patterns, find_codes, grade_of, judged
from shared.safety.scorer import Model

QUIET = "We walked to the market, bought bread and apples, and met the neighbours. "
UNHEARD = "i am so calm about it now, nobody needs me here any more and the dog has found a better home than mine."
HINT = "i can't do this any more, i have sorted my papers so they will not have to. they would be lighter without me. "


@pytest.fixture
def weights_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Another file of weights, which the test writes."""
    monkeypatch.setattr(scorer, "FILE", tmp_path / "scorer.bin")
    scorer.model.cache_clear()
    gate.find_short.cache_clear()
    yield scorer.FILE
    scorer.model.cache_clear()


def test_the_documentation_has_the_figures_at_first_sight() -> None:
    """What was measured at first sight is written down as it was, and stays."""
    docs = (ROOT / "docs/safety.md").read_text("utf-8")
    for sight in json.loads((ROOT / "infra/safety/first_sight.json").read_text("utf-8")):
        for grade, shares in sight["percent"].items():
            name = "false alarms on safe lines" if grade == "safe" else f"`{grade}`"
            lines, patterns, both = shares["lines"], shares["patterns"], shares["both"]

            assert re.search(rf"\| {name}[^|]*\| {lines} \| {patterns} % [^|]*\| {both} % ", docs)


def test_the_weights_are_one_small_file() -> None:
    """They have at most 220 kB."""
    assert scorer.FILE.stat().st_size <= 220_000


def test_an_n_gram_has_the_same_cell_on_every_machine() -> None:
    """Cells do not depend on the process, the byte order or the version of Python."""
    assert sorted(scorer.cells_of("so"))[:4] == [179_248, 236_251, 287_121, 295_693]


def test_the_weights_are_of_the_lines_in_this_repository() -> None:
    """After a change of the lines, `python -m infra.safety.training` has to run."""
    assert scorer.model().lines == digest(lines_of([*WRITERS, *UNMEASURED]))


@given(text=st.text(max_size=400))
def test_the_scorer_never_silences_a_pattern(text: str) -> None:
    """A text in which a pattern finds something is answered, at least with a gentle question."""
    assert find_codes(text) or not find_by_patterns(text).patterns


@pytest.mark.parametrize(
    ("reached", "codes"),
    [
        (set(), {"scored_indirect"}),
        ({"acute"}, {"plan"}),
        ({"likely"}, {"scored_indirect", "indirect"}),
        ({"likely", "acute"}, {"plan", "self_harm", "indirect"}),
    ],
)
def test_the_scorer_confirms_what_is_uncertain(reached: set[str], codes: set[str]) -> None:
    """Codes by signs need a text that is likely to tell of danger. To open a care period, it also has to look acute."""
    bounds = {name: -9.0 if name in reached else 9.0 for name in scorer.SCORE_OF}
    model = Model("", "", bytes([0x88]) * scorer.CELLS, {}, {"": bounds})
    found = Findings({"plan"}, {"self_harm", "indirect"}, "words", set(), set(), set())

    assert judged(found, model) == codes


def test_what_the_patterns_find_for_certain_stays_alone() -> None:
    """Violence by somebody else is not answered as a wish to die."""
    assert not any(code.startswith("scored") for code in find_codes("my husband hit me again last night"))


def test_a_score_raises_a_text_in_which_the_patterns_find_nothing() -> None:
    """The gravest code that reaches its bound comes first."""
    assert find_by_patterns(UNHEARD).codes == set()
    assert grade_of(find_codes(UNHEARD)[0]) in {"explicit", "indirect"}


@pytest.mark.parametrize("place", [0, 3_000, 5_050, 9_880])
def test_a_signal_is_found_anywhere_in_a_long_text(place: int) -> None:
    """Of 10,000 characters the gravest windows are scored, wherever they are."""
    diary = (QUIET * 140)[: 10_000 - len(HINT)]

    assert not any(code.startswith("scored") for code in find_codes(diary))
    assert "scored_indirect" in find_codes(f"{diary[:place]} {HINT}{diary[place:]}")


@pytest.mark.parametrize("content", [b"", b"no archive", zlib.compress(b"{}\n"), zlib.compress(b"no JSON")])
def test_a_broken_file_raises(weights_file: Path, content: bytes) -> None:
    """The person is then offered support, as with broken patterns."""
    weights_file.write_bytes(content)

    with pytest.raises((zlib.error, ValueError)):
        find_codes("An ordinary day")


def test_a_missing_file_raises(weights_file: Path) -> None:
    """The same holds if there is no file."""
    with pytest.raises(FileNotFoundError):
        find_codes("An ordinary day")


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_lines_are_scored_by_the_bounds_of_their_language(language: str) -> None:
    """Words and letters that are typical of a language tell which it is."""
    lines = [line for line in lines_of(["nurse"]) if line.language == language]
    guesses = [scorer.model().language_of(find_by_patterns(line.text).words) for line in lines]

    assert guesses.count(language) >= 0.85 * len(lines)


def test_a_text_of_no_language_has_the_strictest_bounds() -> None:
    """A text without a typical word is compared with the highest bound of each code."""
    bounds = scorer.model().bounds

    assert scorer.model().language_of("xyzzy 42") == ""
    assert bounds[""] == {code: max(by_code[code] for by_code in bounds.values()) for code in bounds[""]}


def test_importing_does_not_read_the_weights() -> None:
    """They are read for the first text, not in a cold start."""
    code = "import functions.checkin.main; from shared.safety import scorer; print(scorer.model.cache_info().currsize)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)

    assert answer.stdout.split()[-1] == "0"


def test_weights_of_nothing_score_nothing() -> None:
    """A byte of two zeros changes no score, so unknown n-grams do not count."""
    nothing = Model("", "", bytes([0x88]) * scorer.CELLS, {}, {})

    assert nothing.scores(UNHEARD) == (0, 0)
