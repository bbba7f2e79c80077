from infra.helpline_report import report
from shared.safety.helplines import book

ENTRIES = [entry for entries in book()["countries"].values() for entry in entries]


def test_the_report_has_every_line() -> None:
    """Each help line has a line of text with its source. The last line has the counts."""
    *lines, counts = report(unseen_only=False)

    assert len(lines) == len(ENTRIES)
    assert all(entry["source"] in line for entry, line in zip(ENTRIES, lines, strict=True))
    assert counts.startswith(f"{len(ENTRIES)} lines in ")


def test_the_unseen_lines_can_be_listed() -> None:
    """They are to be dialled before a release."""
    *lines, counts = report(unseen_only=True)

    assert len(lines) == sum(entry["seen_on"] is None for entry in ENTRIES)
    assert all("  seen never  " in line for line in lines)
    assert f" {len(lines)} is unseen" in counts
