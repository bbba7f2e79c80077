"""What a phone dials for the numbers that a person wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.account.phone_numbers import dialled_parts


def dialled(text: str) -> list[str]:
    return [number for _, number in dialled_parts(text) if number]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 171 5550134", "+491715550134"),
        ("(030) 5550-123", "0305550123"),
        ("*100", "*100"),
        ("030\u20135550123", "0305550123"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("0044 (0) 20 7946 0018", "00442079460018"),
        ("(0)20 7946 0018", "02079460018"),
        ("٠١٧١ ٥٥٥٠١٣٤", "01715550134"),  # noqa: RUF001 - the digits are meant
        ("+९१ ९८२०४६६७२६", "+919820466726"),
        ("\uff0b\uff14\uff19 171 5550134", "+491715550134"),
        ("\u202d+49 171 5550134\u202c", "+491715550134"),
    ],
)
def test_a_number_is_dialled_as_it_is_meant(text: str, number: str) -> None:
    """The zero of a trunk call, (0), falls away behind a country code. The digits of every script are digits."""
    assert dialled(text) == [number]


@pytest.mark.parametrize("text", ["030/9876543", "030 / 98 76 543", "+49 30/9876543", "038733/98765"])
def test_a_slash_behind_an_area_code_is_part_of_the_number(text: str) -> None:
    """As many people write it."""
    assert len(dialled(text)) == 1


@pytest.mark.parametrize(
    "text", ["0170 1234567 / 030 9876543", "0170 1234567, 030 9876543", "0170/1234567; 030/9876543"]
)
def test_two_numbers_are_dialled_apart(text: str) -> None:
    """Together they would be the number of somebody else, or of nobody."""
    assert dialled(text)[0].startswith("0170")
    assert dialled(text)[-1].endswith("9876543")
    assert not any("1234567030" in number for number in dialled(text))


@pytest.mark.parametrize("text", ["ask Jonas", "112 or 911", "+", "javascript:alert(1)", "0170 1234567 030 9876543"])
def test_another_text_is_not_dialled(text: str) -> None:
    """Nor are more digits than any number has."""
    assert dialled(text) == []


@given(text=st.text() | st.text("0123456789 /,;()+*.-\n٣"))
def test_the_parts_are_the_text(text: str) -> None:
    """Nothing that the person wrote is lost, and a phone gets digits, with `+` or `*` in front."""
    parts = list(dialled_parts(text))

    assert "".join(part for part, _ in parts) == text
    assert all(number.lstrip("+*").isdecimal() and number.isascii() for _, number in parts if number)
