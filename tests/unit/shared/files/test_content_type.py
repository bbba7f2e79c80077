"""Whether bytes are what their media type says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.categories import CATEGORIES
from shared.files.content_type import CHECKS, matches
from tests.sample_files import HTML, JPEG, PNG, SAMPLES, WEBP, ZIP

APPENDED = (HTML, ZIP, b"\0", HTML + b"\xff\xd9", b"PK\x05\x06" + bytes(18))


def test_every_type_that_may_be_uploaded_is_checked() -> None:
    """No other type is checked. A category without a check would refuse all; a check without a category is unused."""
    assert set().union(*(category.media_types for category in CATEGORIES.values())) == CHECKS.keys() == SAMPLES.keys()


@pytest.mark.parametrize("media_type", SAMPLES)
def test_a_file_matches_its_own_type_alone(media_type: str) -> None:
    """Every other type's check refuses it."""
    assert [name for name in CHECKS if matches(name, SAMPLES[media_type])] == [media_type]


@pytest.mark.parametrize("media_type", sorted(SAMPLES.keys() - {"text/csv"}))
@pytest.mark.parametrize("appended", APPENDED, ids=["html", "zip", "zero", "html in a scan", "zip directory"])
def test_nothing_may_follow_a_file(media_type: str, appended: bytes) -> None:
    """A tail makes it a second file of another type."""
    assert not matches(media_type, SAMPLES[media_type] + appended)


@pytest.mark.parametrize("media_type", sorted(SAMPLES.keys() - {"text/csv"}))
def test_a_file_that_was_cut_off_is_refused(media_type: str) -> None:
    """Whatever the number of bytes that are left."""
    content = SAMPLES[media_type].rstrip()

    assert [length for length in range(len(content)) if matches(media_type, content[:length])] == []


@pytest.mark.parametrize("media_type", SAMPLES)
def test_nothing_may_precede_a_file(media_type: str) -> None:
    """Browsers guess a type by the first bytes."""
    assert not matches(media_type, HTML + SAMPLES[media_type])


def test_csv_is_text_and_no_page() -> None:
    """It is in UTF-8, says something, and holds no markup that a browser would run."""
    refused = [b"", b" \n", b"a,b\0", "Füße".encode("latin-1"), b"a,<SCRIPT >", b"<svg onload=x>"]

    assert [body for body in refused if matches("text/csv", body)] == []
    assert matches("text/csv", b"mood,energy\nlow,<3\n")


def test_a_type_that_no_category_allows_matches_nothing() -> None:
    """SVG and HTML run scripts."""
    assert not matches("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert not matches("text/html", HTML)


@given(
    body=st.binary(max_size=300),
    media_type=st.sampled_from(sorted(CHECKS)),
    start=st.sampled_from([b"", *SAMPLES.values()]),
)
def test_any_bytes_are_judged(body: bytes, media_type: str, start: bytes) -> None:
    """No input raises or runs on."""
    matches(media_type, start[: len(body)] + body)


@pytest.mark.parametrize("content", [PNG, JPEG, WEBP, ZIP], ids=["png", "jpeg", "webp", "zip"])
@given(data=st.data())
def test_a_lying_length_inside_a_file_is_no_trouble(content: bytes, data: st.DataObject) -> None:
    """Lengths that point backwards, nowhere or past the end are read as what they are."""
    at = data.draw(st.integers(0, len(content) - 4))
    broken = content[:at] + data.draw(st.binary(min_size=4, max_size=4)) + content[at + 4 :]
    for media_type in CHECKS:
        matches(media_type, broken)
