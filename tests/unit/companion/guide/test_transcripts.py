"""The transcripts in the documentation."""

from tests.unit.companion.guide.transcripts import PAGE, page


def test_the_transcripts_are_those_of_the_flows() -> None:
    """Write them anew after a change of the flows: `python -m tests.unit.companion.guide.transcripts`."""
    assert PAGE.read_text(encoding="utf-8") == page()
