"""What `mend` prints of wrong arguments and wrong files: the problem in one line, and the remedy in another."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from infra import command_line


def lines_of(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines with which the command fails."""
    with pytest.raises(SystemExit) as ended:
        command_line.run(arguments)
    assert ended.value.code != 0
    return (ended.value.code if isinstance(ended.value.code, str) else capsys.readouterr().err).splitlines()


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the command, with files that are not what a command expects."""
    monkeypatch.setenv("MEND_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.md").write_text("# Notes\n", encoding="utf-8")
    (tmp_path / "other.json").write_text('{"receipt": {}}', encoding="utf-8")
    (tmp_path / "other.tsv").write_text("a\tb\n", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("# good\nGr\xfc\xdfe".encode("latin-1"))
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    ["receipt verify gone", "receipt verify other.json --keys gone", *(
        f"evaluate --{name} gone" for name in ("ratings", "search", "safety", "replies")
    )],
)  # fmt: skip
def test_a_file_that_is_not_there_is_named_before_anything_runs(
    arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not after a simulation, and not with the remedy for a folder that cannot be written to."""
    problem, remedy = lines_of(arguments.split(), capsys)

    assert problem.endswith("gone does not exist, or may not be read")
    assert remedy == f"`mend {arguments.split(maxsplit=1)[0]} --help` says what it takes."


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("receipt verify notes.md", "mend: notes.md has no receipt."),
        ("receipt verify other.json --keys other.json", "mend: other.json has no keys."),
        ("receipt verify other.json", "mend: The receipt was changed, or another key than the published ones"),
        ("evaluate --ratings notes.md", "mend: notes.md, line 1: not user, item, rating and time"),
        ("evaluate --safety other.tsv", "mend: other.tsv, line 1: not GRADE, KIND and TEXT."),
        ("evaluate --replies other.tsv", "mend: other.tsv: the columns are not language, label, category and reply."),
        ("evaluate --replies latin.txt", "mend: The file is not text in UTF-8."),
        ("evaluate --review-model a/b", "mend: --review-model needs --safety."),
        ("buckets", "mend: Files are kept in MEND_HOME: without SUPABASE_SERVICE_KEY there are no buckets."),
    ],
)
def test_a_file_of_another_kind_is_no_traceback(
    arguments: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first line says what is wrong with it, the second what to do."""
    first, second = lines_of(arguments.split(), capsys)

    assert first.startswith(problem)
    assert second


@pytest.mark.parametrize("one", ["--insights", "--companion", "--safety", "--replies", "--ratings other.tsv"])
def test_one_thing_is_measured_at_a_time(one: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A second one would not be measured, so it is refused."""
    problem, remedy = lines_of(["evaluate", *one.split(), "--search", "notes.md"], capsys)

    assert "not allowed with argument" in problem
    assert remedy == "`mend evaluate --help` says what it takes."
