"""The names of factors."""

import pytest

from shared.factors import distinct_factors, factor_name
from shared.visible import is_visible


@pytest.mark.parametrize(
    ("one", "other"),
    [("Work", " work "), ("\u0130\u015f", "i\u015f"), ("STRASSE", "stra\u00dfe"), ("\uff37\uff4f\uff52\uff4b", "work")],
)
def test_spellings_that_differ_in_case_or_spaces_are_one_factor(one: str, other: str) -> None:
    """Also the Turkish capital letter with a dot, whose lower case is i."""
    assert factor_name(one) == factor_name(other) == factor_name(factor_name(one))
    assert distinct_factors([one, other]) == [one.strip()]


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u2060", "\u3164", "\u2800", "\u00ad\u0301", "\x07", "\ufe0f"])
def test_what_shows_nothing_is_no_factor(text: str) -> None:
    """Spaces, signs without width, fillers, and marks without a letter."""
    assert not is_visible(text)
    assert distinct_factors([text, "work"]) == ["work"]


@pytest.mark.parametrize("text", ["a", "\u200bx", "1", "!", "\U0001f327\ufe0f", "\u5de5\u4f5c", "e\u0301", "\ue000"])
def test_what_shows_something_is_visible(text: str) -> None:
    """In any script, and an emoji alone."""
    assert is_visible(text)
